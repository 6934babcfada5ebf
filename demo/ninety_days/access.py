"""Ninety days of access: weekly snapshots of policies, grants that began and ended, roles, groups and calls.

The snapshot of the demo itself follows them, so the last policies are also those of the simulated platform.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from db.schema_db.models import Snapshot
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from demo.entries import PIPELINE, PROJECT
from demo.ninety_days.times import DAYS as JOB_DAYS
from demo.ninety_days.times import is_weekend
from demo.past import LEGACY, OWNER
from demo.platform.services import SimulatedServices
from shared.history import (
    AuditSettingsRow,
    BindingChangeRow,
    BindingEntry,
    CoverageRow,
    GroupRow,
    PoliciesSeenRow,
    PolicyRow,
    RoleRow,
    Row,
    UserActionRow,
)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SCOPE = f"projects/{PROJECT}"
ANCESTORS = [SCOPE, "organizations/1"]
PROJECT_NAME = f"//cloudresourcemanager.googleapis.com/{SCOPE}"
DAYS = JOB_DAYS + 10  # the report of last week looks at the ninety days before its end
UNTIL = 2  # days ago; the demo reads the audit log since then
BETWEEN = 7
LAST = 1 / 24  # days ago: the collector runs hourly, and a longer pause is an incident
ENGINEERS, ANALYSTS, SCIENTISTS, PARTNERS = (
    f"group:{name}" for name in ("data-engineers@example.com", "analysts@example.com", "ml-engineers@example.com", "partners@example.net")
)  # fmt: skip
ROBOT, OLD_EXPORT = f"serviceAccount:{PIPELINE}", f"serviceAccount:{LEGACY}"
REPORTING = f"serviceAccount:reporting@{PROJECT}.iam.gserviceaccount.com"
DAVE = "user:dave@example.com"
VIEWER, EDITOR, JOB_USER = "roles/bigquery.dataViewer", "roles/bigquery.dataEditor", "roles/bigquery.jobUser"
OBJECTS, WRITER = "roles/storage.objectViewer", "roles/storage.objectUser"
ROLES = {
    VIEWER: ("bigquery.tables.get", "bigquery.tables.getData"),
    EDITOR: ("bigquery.tables.getData", "bigquery.tables.updateData"),
    JOB_USER: ("bigquery.jobs.create",),
    OBJECTS: ("storage.objects.get", "storage.objects.list"),
    WRITER: ("storage.objects.create", "storage.objects.get", "storage.objects.list"),
    "roles/pubsub.publisher": ("pubsub.topics.publish",),
    "roles/pubsub.subscriber": ("pubsub.subscriptions.consume", "pubsub.topics.attachSubscription"),
}
GROUPS = {
    ENGINEERS: ("user:grace@example.com", "user:heidi@example.com"),
    ANALYSTS: ("user:alice@example.com", "user:bob@example.com", "user:erin@example.com"),
    SCIENTISTS: ("user:frank@example.com",),
}
TYPES = {"datasets": "bigquery.googleapis.com/Dataset", "topics": "pubsub.googleapis.com/Topic"}


@dataclass(frozen=True, slots=True)
class PastGrant:
    """A grant on a resource from one day to another, in days ago; without `until` it still exists."""

    resource: str
    role: str
    member: str
    since: float = DAYS + 1
    until: int = 0
    granted_by: str = OWNER
    revoked_by: str = "alice@example.com"

    @property
    def entry(self) -> BindingEntry:
        """The grant in a policy."""
        return BindingEntry(self.role, self.member)


@dataclass(frozen=True, slots=True)
class RegularCalls:
    """The calls of an account on a resource on a number of days out of a hundred, the last one `until` days ago."""

    account: str
    service: str
    permission: str
    resource: str
    share: int = 100
    until: int = 2
    times: int = 12


def _dataset(name: str) -> str:
    return f"//bigquery.googleapis.com/{SCOPE}/datasets/{name}"


def _bucket(name: str) -> str:
    return f"//storage.googleapis.com/{name}"


def _topic(name: str) -> str:
    return f"//pubsub.googleapis.com/{SCOPE}/topics/{name}"


PROJECT_GRANTS = (
    PastGrant(PROJECT_NAME, "roles/owner", f"user:{OWNER}"),
    PastGrant(PROJECT_NAME, EDITOR, ROBOT),
    PastGrant(PROJECT_NAME, EDITOR, OLD_EXPORT),
    PastGrant(PROJECT_NAME, JOB_USER, ANALYSTS),
    PastGrant(_bucket("example-exports"), OBJECTS, ANALYSTS),
    PastGrant(_bucket("example-exports"), OBJECTS, DAVE, 3 / 24),
)
GRANTS = (
    *(PastGrant(_dataset(name), EDITOR, ENGINEERS) for name in ("raw", "raw_crm", "staging", "mart", "sharing")),
    *(PastGrant(_dataset(name), VIEWER, ANALYSTS) for name in ("mart", "report", "sharing")),
    PastGrant(_dataset("staging"), VIEWER, ANALYSTS, 74, 51),
    PastGrant(_dataset("staging"), VIEWER, SCIENTISTS),
    PastGrant(_dataset("mart"), VIEWER, SCIENTISTS),
    PastGrant(_dataset("mart"), VIEWER, REPORTING, 66),
    PastGrant(_dataset("report"), EDITOR, REPORTING),
    PastGrant(_dataset("ml"), EDITOR, SCIENTISTS),
    PastGrant(_dataset("ml"), VIEWER, OLD_EXPORT),
    PastGrant(_dataset("sharing"), VIEWER, PARTNERS),
    PastGrant(_dataset("finance"), VIEWER, f"user:{OWNER}"),
    PastGrant(_dataset("finance"), VIEWER, DAVE, 30, 23),
    PastGrant(_dataset("finance"), VIEWER, OLD_EXPORT),
    PastGrant(_bucket("example-landing"), WRITER, ROBOT),
    PastGrant(_bucket("example-landing"), OBJECTS, ENGINEERS),
    PastGrant(_bucket("example-models"), WRITER, SCIENTISTS, 58),
    PastGrant(_bucket("example-models"), OBJECTS, OLD_EXPORT),
    PastGrant(_bucket("example-backups"), OBJECTS, DAVE, 44),
    PastGrant(_topic("events"), "roles/pubsub.publisher", ROBOT),
    PastGrant(_topic("events"), "roles/pubsub.subscriber", REPORTING),
    PastGrant(_topic("orders-cdc"), "roles/pubsub.publisher", ROBOT),
)
BIGQUERY, STORAGE = "bigquery.googleapis.com", "storage.googleapis.com"
CALLS = (
    RegularCalls(PIPELINE, BIGQUERY, "bigquery.tables.updateData", f"{_dataset('mart')}/tables/orders_daily", times=48),
    RegularCalls(PIPELINE, BIGQUERY, "bigquery.tables.updateData", f"{_dataset('staging')}/tables/orders", times=24),
    RegularCalls(PIPELINE, STORAGE, "storage.objects.get", _bucket("example-landing"), times=60),
    RegularCalls("alice@example.com", BIGQUERY, "bigquery.tables.getData", f"{_dataset('mart')}/tables/orders_daily", 70),
    RegularCalls("bob@example.com", BIGQUERY, "bigquery.tables.getData", f"{_dataset('report')}/tables/revenue_daily", 40),
    RegularCalls("erin@example.com", BIGQUERY, "bigquery.tables.getData", f"{_dataset('mart')}/tables/sessions", 60),
    RegularCalls("frank@example.com", BIGQUERY, "bigquery.tables.updateData", f"{_dataset('ml')}/tables/churn_features", 50),
    RegularCalls("grace@example.com", BIGQUERY, "bigquery.tables.updateData", f"{_dataset('raw')}/tables/orders", 30),
    RegularCalls(f"reporting@{PROJECT}.iam.gserviceaccount.com", BIGQUERY, "bigquery.tables.getData", f"{_dataset('mart')}/tables/customers", times=40),
    RegularCalls("dave@example.com", BIGQUERY, "bigquery.tables.getData", f"{_dataset('finance')}/tables/salaries", 100, 24, 2),
)  # fmt: skip


def write_access(store: SchemaStore, services: SimulatedServices, now: datetime) -> None:
    """Writes the access of the ninety days before `now`, and gives the simulated platform the final policies."""
    with store.transaction() as session:
        for ago in (*range(DAYS, UNTIL, -BETWEEN), UNTIL, LAST):
            _snapshot(session, now, ago)
        write(session, 1, [*_roles(now), *_logs(now), *_calls(now)])
    _update_platform(services)


def _update_platform(services: SimulatedServices) -> None:
    access = services.access
    for resource in sorted({grant.resource for grant in GRANTS}):
        policy = [{"role": each.role, "members": [each.member]} for each in GRANTS if _exists(each, resource, 0)]
        access.asset.set_policy(resource, _type(resource), policy, project=PROJECT)
    for role, permissions in ROLES.items():
        access.iam.add_role(role, permissions)
    for group, members in GROUPS.items():
        access.iam.add_group(group.removeprefix("group:"), members)


def _snapshot(session: Session, now: datetime, ago: float) -> None:
    """A snapshot of all policies, with the changes of the audit log in the days before it."""
    seen_at = now - ago * DAY
    number = session.query(Snapshot).count() + 1
    slot = seen_at.replace(minute=0, second=0, microsecond=0)
    session.add(
        Snapshot(
            id=number, collector="iam.bindings", scope=SCOPE, slot=slot, window_start=slot - HOUR, window_end=seen_at,
            state="done", started_at=seen_at, taken_at=seen_at, finished_at=seen_at + timedelta(seconds=2),
        )
    )  # fmt: skip
    session.flush()
    every = (*PROJECT_GRANTS, *GRANTS)
    policies = [_policy(resource, seen_at, ago) for resource in sorted({grant.resource for grant in every})]
    write(session, number, policies)
    write(session, number, [PoliciesSeenRow(SCOPE, seen_at)])
    write(session, number, list(_changes(now, ago)))


def _policy(resource: str, seen_at: datetime, ago: float) -> PolicyRow:
    return PolicyRow(resource, _type(resource), PROJECT, ANCESTORS, policy_of(resource, ago), seen_at)


def policy_of(resource: str, ago: float) -> list[BindingEntry]:
    """The grants on a resource `days` days ago."""
    return [each.entry for each in (*PROJECT_GRANTS, *GRANTS) if _exists(each, resource, ago)]


def _exists(grant: PastGrant, resource: str, ago: float) -> bool:
    """Whether a grant existed this many days ago; changes happen 37 minutes before the full day."""
    return grant.resource == resource and grant.since >= ago and (not grant.until or grant.until < ago)


def _type(resource: str) -> str:
    if resource == PROJECT_NAME:
        return "cloudresourcemanager.googleapis.com/Project"
    return next((name for part, name in TYPES.items() if f"/{part}/" in resource), "storage.googleapis.com/Bucket")


def _changes(now: datetime, ago: float) -> Iterator[BindingChangeRow]:
    """The grants and revocations of the days before the snapshot."""
    for grant in GRANTS:
        for action, day, person in (("ADD", grant.since, grant.granted_by), ("REMOVE", grant.until, grant.revoked_by)):
            if day and ago <= day < ago + BETWEEN and day <= DAYS:
                time = now - day * DAY - timedelta(minutes=37)
                key = f"ninety-days-{grant.resource}-{grant.member}-{action}"[-290:]
                yield BindingChangeRow(key, time, grant.resource, action, grant.role, grant.member, person)


def _roles(now: datetime) -> Iterator[Row]:
    since = now - DAYS * DAY - HOUR
    for name, permissions in ROLES.items():
        yield RoleRow(name, name.rpartition("/")[2], "GA", sorted(permissions), since)
        yield CoverageRow(f"role/{name}", since, now)
    for group, members in GROUPS.items():
        name = group.removeprefix("group:")
        yield GroupRow(name, members, since)
        yield CoverageRow(f"group/{name}", since, now)


def _logs(now: datetime) -> Iterator[Row]:
    """The coverage of the audit logs, which were always read; the platform logs reads of data, but no writes."""
    since = now - DAYS * DAY - HOUR
    logged: Mapping[tuple[str, str], Sequence[str]] = {("allServices", "DATA_READ"): []}
    for log in ("admin_activity", "data_access"):
        yield CoverageRow(f"{log}/{SCOPE}", since, now.replace(minute=0, second=0, microsecond=0))
    for seen_at in (since, now - HOUR):
        yield AuditSettingsRow(SCOPE, seen_at, logged)
        yield AuditSettingsRow("organizations/1", seen_at, {})


def _calls(now: datetime) -> Iterator[UserActionRow]:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for each in CALLS:
        chance = Random(each.account + each.resource)  # noqa: S311 - made-up calls
        is_person = each.account.endswith("example.com")
        for ago in range(DAYS if each.until == UNTIL else each.until + 5, each.until - 1, -1):
            hour = midnight - ago * DAY + timedelta(hours=chance.randint(8, 17))
            if chance.random() * 100 < each.share and not (is_person and is_weekend(hour)):
                yield UserActionRow(
                    hour, PROJECT, each.account, each.service, each.permission, each.resource,
                    chance.randint(1, each.times), 0, hour + timedelta(minutes=3), hour + timedelta(minutes=48),
                    ["203.0.113.0/24"] if is_person else [], [each.permission],
                )  # fmt: skip
