"""The monitored projects: those in the settings, and those that snapshots find in the folder or organization."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import Resource
from shared.config import Settings
from shared.logs import log

PROJECT_TYPE = "cloudresourcemanager.googleapis.com/Project"
# Every Apps Script has a project with this prefix (developers.google.com/apps-script/guides/cloud-platform-projects).
APPS_SCRIPT = "sys-"


def settings(session: Session, named: Settings) -> Settings:
    """The settings with all monitored projects: first `named`, then those of HINOMI_SCOPE, up to HINOMI_PROJECTS_MAX in total.

    A project is discovered by its policy, so a new one is monitored from the next snapshot of iam.bindings on.
    """
    if not named.scope:
        return named
    seen = [project for project in sorted(set(_in_scope(session, named.scope))) if project not in named.projects]
    room = max(0, named.projects_max - len(named.projects))
    if len(seen) > room:
        message = "more projects in HINOMI_SCOPE than HINOMI_PROJECTS_MAX: metrics and history of the rest are not read"
        log("WARNING", message, monitored=len(named.projects) + room, left_out=len(seen) - room)
    return replace(named, projects=(*named.projects, *seen[:room]))


def numbers(session: Session, named: Settings) -> frozenset[str]:
    """The numbers of the monitored projects: of all that snapshots find in HINOMI_SCOPE, or of those in HINOMI_PROJECTS.

    Empty without a snapshot. Also empty without HINOMI_SCOPE while the number of one of the projects is unknown,
    because it would look like the number of a project that is not monitored.
    """
    query = select(Resource.project, Resource.number, Resource.ancestors).where(
        Resource.asset_type == PROJECT_TYPE, Resource.missing_since.is_(None), Resource.number != ""
    )
    rows = session.execute(query).all()
    if named.scope:
        return frozenset(row.number for row in rows if named.scope in row.ancestors)
    by_project = {row.project: row.number for row in rows if row.project in named.projects}
    return frozenset(by_project.values()) if by_project.keys() >= set(named.projects) else frozenset()


def _in_scope(session: Session, scope: str) -> Iterator[str]:
    query = select(Resource.project, Resource.ancestors).where(
        Resource.asset_type == PROJECT_TYPE, Resource.missing_since.is_(None), Resource.project != ""
    )
    for project, ancestors in session.execute(query):
        if scope in ancestors and not project.startswith(APPS_SCRIPT):
            yield project
