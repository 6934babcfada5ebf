"""Queries on the Schema DB that collectors make before they read their source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from db.schema_db.models import Binding, Coverage, JobRun, Resource
from db.schema_db.selection import still_valid
from db.schema_db.store import SchemaStore
from db.schema_db.write.facts import UNFINISHED


class SchemaLookups:
    """Queries on the Schema DB; each opens a short transaction of its own."""

    def __init__(self, store: SchemaStore) -> None:
        self._store = store

    def unfinished_runs(self, service: str, project: str) -> Sequence[tuple[str, datetime | None]]:
        """Run id and creation time of the runs that had not ended when last seen, oldest first."""
        created = func.coalesce(JobRun.created_at, JobRun.start_at)
        query = select(JobRun.run_id, created).where(
            JobRun.service == service, JobRun.project == project, JobRun.state.in_(UNFINISHED)
        )
        with self._store.reading() as session:
            return [(run_id, time) for run_id, time in session.execute(query.order_by(created))]

    def roles_in_use(self) -> list[str]:
        """The names of all roles that are granted to a member, sorted."""
        query = select(Binding.role).where(still_valid(Binding)).distinct().order_by(Binding.role)
        with self._store.reading() as session:
            return list(session.scalars(query))

    def groups_in_use(self) -> list[str]:
        """The addresses of all groups that have a role, sorted."""
        groups = (still_valid(Binding), Binding.member.startswith("group:"))
        query = select(Binding.member).where(*groups).distinct().order_by(Binding.member)
        with self._store.reading() as session:
            return [member.removeprefix("group:") for member in session.scalars(query)]

    def chains(self) -> list[list[str]]:
        """The distinct ancestors of resources: projects/…, folders/…, organizations/…, nearest first."""
        with self._store.reading() as session:
            return sorted(session.scalars(select(Resource.ancestors).distinct()))

    def covered_until(self, prefix: str) -> dict[str, datetime]:
        """The time up to which evidence is complete, for each subject with this prefix."""
        query = select(Coverage.subject, func.max(Coverage.until)).where(Coverage.subject.startswith(prefix))
        with self._store.reading() as session:
            return {subject: until for subject, until in session.execute(query.group_by(Coverage.subject))}  # noqa: C416
