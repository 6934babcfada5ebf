"""A small platform with known access: a bucket and a dataset, people, groups, roles, and recorded calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from db.schema_db.models import AuditSetting, Snapshot
from db.schema_db.write.rows import write
from insights.access import queries
from insights.access.model import Usage, Use
from shared.history import (
    AuditSettingsRow,
    BindingEntry,
    CoverageRow,
    GroupRow,
    PoliciesSeenRow,
    PolicyRow,
    RoleRow,
    Row,
    UserActionRow,
)
from shared.identity.iam_names import MANAGER

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)
OLD = NOW - timedelta(days=200)
PROJECT = "example-project"
SCOPE = f"projects/{PROJECT}"
PROJECT_NAME = f"{MANAGER}{SCOPE}"
ORGANIZATION, FOLDER = f"{MANAGER}organizations/1", f"{MANAGER}folders/2"
BUCKET = "//storage.googleapis.com/example-raw"
DATASET = f"//bigquery.googleapis.com/{SCOPE}/datasets/mart"
VIEWER, DATA_VIEWER, JOB_USER = "roles/storage.objectViewer", "roles/bigquery.dataViewer", "roles/bigquery.jobUser"
ALICE, BOB, DAVE = "user:alice@example.com", "user:bob@example.com", "user:dave@example.com"
ROBOT = f"serviceAccount:etl@{PROJECT}.iam.gserviceaccount.com"
ANALYSTS, SECRET = "group:analysts@example.com", "group:secret@example.com"
ROLES = {
    VIEWER: ["storage.objects.get", "storage.objects.list"],
    DATA_VIEWER: ["bigquery.tables.getData"],
    JOB_USER: ["bigquery.jobs.create"],
}


def grant(session: Session, resource: str, *entries: BindingEntry, number: int = 1, seen_at: datetime = OLD) -> None:
    """Writes a snapshot of a resource with these grants."""
    row = PolicyRow(resource, "x/Y", PROJECT, [SCOPE, "organizations/1"], entries, seen_at)
    slot = Snapshot(
        id=number, collector="iam.bindings", scope=SCOPE, slot=seen_at, window_end=seen_at, state="done",
        started_at=seen_at,
    )  # fmt: skip
    session.merge(slot)
    session.flush()
    write(session, number, [row])


def see(session: Session, number: int, seen_at: datetime, policies: dict[str, list[BindingEntry]]) -> None:
    """Writes one complete snapshot of these policies."""
    for resource, entries in policies.items():
        grant(session, resource, *entries, number=number, seen_at=seen_at)
    write(session, number, [PoliciesSeenRow(SCOPE, seen_at)])


def fail(session: Session, number: int, slot: datetime | None = None, error: str = "403 refused") -> None:
    """Marks a snapshot as failed; without one of this number, adds a failed snapshot at `slot`."""
    found = session.get(Snapshot, number)
    if found is None:
        assert slot is not None
        found = Snapshot(id=number, collector="iam.bindings", scope=SCOPE, slot=slot, started_at=slot)
        session.add(found)
    found.state, found.error = "failed", error
    session.flush()


def roles(session: Session) -> None:
    """Stores the permissions of roles."""
    for name, permissions in ROLES.items():
        role(session, name, *permissions)


def logged(session: Session, *services: str, since: datetime = OLD, exempted: Sequence[str] = ()) -> None:
    """Records that the audit logs were read all the time, with Data Access logs enabled for these services; "*" means all."""
    names = ["allServices" if service == "*" else f"{service}.googleapis.com" for service in services]
    kinds = ("ADMIN_READ", "DATA_READ", "DATA_WRITE")
    whole = {(name, kind): exempted for name in names for kind in kinds}
    rows: list[Row] = [CoverageRow(f"{log}/{SCOPE}", since, NOW) for log in ("admin_activity", "data_access")]
    rows += [AuditSettingsRow(SCOPE, time, whole) for time in (since, NOW)]
    write(session, 1, rows)
    session.merge(  # the rows of hourly observations; the log itself is not read
        AuditSetting(level="organizations/1", service="", log_type="", since=since, until=NOW, exempted=[])
    )
    session.flush()


def members(session: Session, group: str, *inside: str, since: datetime = OLD) -> None:
    """Stores the members of a readable group."""
    name = group.removeprefix("group:")
    rows: list[Row] = [GroupRow(name, inside, since), CoverageRow(f"group/{name}", since, NOW)]
    write(session, 1, rows)


def act(
    session: Session, who: str, days_ago: float = 3, *, permission: str = "storage.objects.get", resource: str = BUCKET,
    denied: int = 0, service: str = "storage.googleapis.com",
) -> None:  # fmt: skip
    """Stores a call that a principal made the given number of days ago."""
    time = NOW - timedelta(days=days_ago)
    hour = time.replace(minute=0, second=0)
    row = UserActionRow(
        hour, PROJECT, who.partition(":")[2], service, permission, resource, 1, denied, time, time,
        permissions=[permission] if permission else [],
    )  # fmt: skip
    write(session, 1, [row])


def usage_of(session: Session, member: str, role: str = VIEWER, days: int = 90) -> Usage:
    """The usage of a member's grant; a grant that the report of unused access leaves out is used."""
    rows = {
        (row.principal, row.grant.role): row.usage for row in queries.unused(session, NOW, days=days, with_unknown=True)
    }
    return rows.get((member, role), Usage(Use.USED))


def role(session: Session, name: str, *permissions: str) -> str:
    """Stores a role with these permissions for the whole time."""
    write(session, 1, [RoleRow(name, "", "GA", permissions, OLD), CoverageRow(f"role/{name}", OLD, NOW)])
    return name


def place(session: Session, name: str, chain: Sequence[str], *entries: BindingEntry, days: float = 200) -> None:
    """Writes a snapshot of a project, folder or organization with its ancestors (`chain`)."""
    project = name.removeprefix(f"{MANAGER}projects/") if "/projects/" in name else ""
    write(session, round(400 - days), [PolicyRow(name, "x", project, chain, entries, NOW - days * DAY)])


def level_logged(session: Session, level: str, *, on: bool = True) -> None:
    """Records that logs and audit configuration of a level were read; with `on`, all Data Access logs are enabled."""
    kinds = ("ADMIN_READ", "DATA_READ", "DATA_WRITE") if on else ()
    whole: dict[tuple[str, str], list[str]] = {("allServices", kind): [] for kind in kinds}
    write(session, 1, [
        *(CoverageRow(f"{log}/{level}", OLD, NOW) for log in ("admin_activity", "data_access")),
        *(AuditSettingsRow(level, time, whole) for time in (OLD, NOW)),
    ])  # fmt: skip
