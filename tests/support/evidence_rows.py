"""Writes what collectors would write about a simulated platform (tests/support/evidence_world.py)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise

from sqlalchemy import update
from sqlalchemy.orm import Session

from db.schema_db.models import AuditSetting, Coverage
from db.schema_db.selection import joined
from db.schema_db.write.rows import write
from shared.history import (
    AuditSettingsRow,
    BindingEntry,
    CoverageRow,
    GroupRow,
    PolicyRow,
    RoleRow,
    Row,
    UserActionRow,
)
from shared.identity.iam_names import MANAGER
from tests.support.access_world import BOB, FOLDER, NOW, ORGANIZATION, PROJECT, SCOPE
from tests.support.evidence_world import (
    COVERED,
    ELSEWHERE,
    HOURS,
    LISTER,
    READER,
    SECOND,
    SERVICE,
    START,
    Deed,
    Span,
    World,
    time_of,
    within,
)

LOGS = ("admin_activity", "data_access")
KINDS = ("ADMIN_READ", "DATA_READ", "DATA_WRITE")
ABOVE = (FOLDER.removeprefix(MANAGER), ORGANIZATION.removeprefix(MANAGER))
BETWEEN_LOOKS = 36  # hours; after a longer time a look does not cover the time before it


def play(session: Session, world: World) -> None:
    """Writes the rows that the collectors would write."""
    for number, hour in enumerate(sorted({0, world.moved, *world.granted.values()}), 1):
        write(session, number, list(_policies(world, hour)))
    for rows in _looks(world):
        write(session, 1, rows)
    write(session, 1, [*_coverage(world), *_actions(world)])
    _other_levels(session, world)
    _settings(session, world)
    session.flush()


def _policies(world: World, hour: int) -> Iterator[Row]:
    """The rows of the policies in the snapshot of that hour."""
    folder = ABOVE[:1] if hour >= world.moved else ()
    chains = {FOLDER: ABOVE, ORGANIZATION: ABOVE[1:], ELSEWHERE: (SECOND, ABOVE[1])}
    projects = {FOLDER: "", ORGANIZATION: "", ELSEWHERE: SECOND.removeprefix("projects/")}
    for resource in (*COVERED, ELSEWHERE):
        entries = [
            BindingEntry(key.role, key.member)
            for key, since in world.granted.items()
            if key.resource == resource and since <= hour
        ]
        chain = chains.get(resource, (SCOPE, *folder, ABOVE[1]))
        yield PolicyRow(resource, "x", projects.get(resource, PROJECT), chain, entries, time_of(hour))


def _looks(world: World) -> Iterator[list[Row]]:
    """Observations of the groups and roles; those that show no change are left out."""
    groups: dict[str, list[str]] = {}
    for hour in world.looks("group"):
        before, groups = (
            groups,
            {
                group: [member for member, span in members.items() if within(hour, span)]
                for group, members in world.inside.items()
            },
        )
        if groups != before:
            yield [GroupRow(group.partition(":")[2], inside, time_of(hour)) for group, inside in groups.items()]
    roles: dict[str, set[str]] = {}
    for hour in world.looks("role"):
        before_then, roles = roles, {role: world.permissions(role, hour) for role in (READER, LISTER)}
        if roles != before_then:
            yield [RoleRow(role, "", "GA", sorted(names), time_of(hour)) for role, names in roles.items()]


def _coverage(world: World) -> Iterator[Row]:
    groups = [f"group/{group.partition(':')[2]}" for group in world.inside]
    for kind, subjects in (("group", groups), ("role", [f"role/{READER}", f"role/{LISTER}"])):
        looked = [pair for pair in pairwise(world.looks(kind)) if pair[1] - pair[0] <= BETWEEN_LOOKS]
        for subject in subjects:
            yield from _covered(subject, looked)
    first, end = world.unread or (HOURS, HOURS)
    for log in LOGS:
        yield from _covered(f"{log}/{SCOPE}", [(0, first), (min(end, HOURS), HOURS)])
    turns = {f"audit_switch/{SCOPE}/{SERVICE}": world.off, f"audit_exempted/{SCOPE}/{BOB}": world.exempted}
    for subject, span in turns.items():
        yield from _covered(subject, [(hour, hour + 1) for hour in span or () if not within(hour, world.unread)])


def _covered(subject: str, spans: list[Span]) -> Iterator[Row]:
    periods = joined((time_of(first), time_of(end)) for first, end in spans if first < end)
    return (CoverageRow(subject, since, until) for since, until in periods)


def _settings(session: Session, world: World) -> None:
    """Observations of the project's audit configuration. Of equal ones in a row, those after the second only extend it."""
    seen = ((hour, _configuration(world, hour)) for hour in range(0, HOURS + 1, 3))
    for (logged, is_seen), equal in groupby(seen, lambda each: (each[1], not within(each[0], world.blind))):
        hours = [hour for hour, _ in equal]
        if is_seen:
            write(session, 1, [AuditSettingsRow(SCOPE, time_of(hour), logged) for hour in hours[:2]])
            rows = update(AuditSetting).where(AuditSetting.level == SCOPE, AuditSetting.until == time_of(hours[:2][-1]))
            session.execute(rows.values(until=time_of(hours[-1])))
            session.expire_all()


def _configuration(world: World, hour: int) -> dict[tuple[str, str], list[str]]:
    exempted = [BOB] if within(hour, world.exempted) else []
    return {} if within(hour, world.off) else {(SERVICE, kind): exempted for kind in KINDS}


def _other_levels(session: Session, world: World) -> None:
    """The logs and the audit configurations outside the project, which are read all the time and never change."""
    enabled = {SECOND, *(ABOVE[1:] if world.organization_logs else ())}
    for level in (SECOND, *ABOVE):
        session.add_all(Coverage(subject=f"{log}/{level}", since=START, until=NOW) for log in LOGS)
        settings = [("", ""), *((SERVICE, kind) for kind in KINDS if level in enabled)]
        session.add_all(
            AuditSetting(level=level, service=service, log_type=kind, since=START, until=NOW, exempted=[])
            for service, kind in settings
        )


def _actions(world: World) -> Iterator[Row]:
    counted: dict[tuple[int, str, str, str], list[Deed]] = {}
    for deed in world.deeds:
        if world.is_recorded(deed):
            name = deed.who.partition(":")[2] if deed.named else ""
            counted.setdefault((deed.hour, name, deed.permission, deed.resource), []).append(deed)
    for (hour, name, permission, resource), deeds in counted.items():
        times = [time_of(deed.time) for deed in deeds]
        project = SECOND.removeprefix("projects/") if resource == ELSEWHERE else PROJECT
        yield UserActionRow(
            time_of(hour), project, name, SERVICE, permission, resource, sum(deed.count for deed in deeds),
            sum(deed.denied for deed in deeds), min(times), max(times), permissions=[permission] if permission else [],
        )  # fmt: skip
    for hour in world.listing:
        if 0 < hour <= HOURS and not within(hour, world.unread):
            yield UserActionRow(
                time_of(hour), PROJECT, "admin@example.com", "iam.googleapis.com", "google.iam.admin.v1.UpdateRole",
                f"//iam.googleapis.com/{READER}", 1, 0, time_of(hour), time_of(hour), permissions=["iam.roles.update"],
            )  # fmt: skip
