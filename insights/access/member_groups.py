"""The current groups of a person, from the latest snapshot of `iam.groups`."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.schema_db.models import Coverage
from insights.access.membership import Memberships

RECENT = timedelta(days=2)  # a group that was not read for longer may have lost the person meanwhile
SUBJECT = "group/"


def groups_of_person(session: Session, email: str, now: datetime) -> frozenset[str]:
    """The addresses of the groups that contain the person, directly or through other groups, all from recent snapshots."""
    found = Memberships(session, (now, now)).groups_of(f"user:{email.casefold()}")
    paths = {_address(group): [*map(_address, between), _address(group)] for group, between in found.items()}
    read = _read_lately(session, {each for path in paths.values() for each in path}, now)
    return frozenset(group for group, path in paths.items() if read.issuperset(path))


def _read_lately(session: Session, groups: set[str], now: datetime) -> set[str]:
    subjects = [SUBJECT + group for group in groups]
    latest = select(Coverage.subject, func.max(Coverage.until)).where(Coverage.subject.in_(subjects))
    rows = session.execute(latest.group_by(Coverage.subject))
    return {subject.removeprefix(SUBJECT) for subject, until in rows if until and until >= now - RECENT}


def _address(group: str) -> str:
    return group.removeprefix("group:")
