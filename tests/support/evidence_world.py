"""A simulated platform with known calls, of which audit logs and observations show a part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import strategies as st
from sqlalchemy.orm import Session

from db.schema_db.models import AuditSetting
from db.schema_db.write.rows import write
from insights.access.usage import SLACK
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
from tests.support.access_world import (
    ALICE,
    ANALYSTS,
    BOB,
    BUCKET,
    NOW,
    ORGANIZATION,
    PROJECT,
    PROJECT_NAME,
    SCOPE,
)

HOUR = timedelta(hours=1)
HOURS, DAYS = 5 * 24, 3
EARLY = HOURS - DAYS * 24 - 12  # shortly before the examined days
START = NOW - HOURS * HOUR
ROLE, GET, LIST = f"{SCOPE}/roles/own", "storage.objects.get", "storage.objects.list"
DOMAIN, SERVICE = "domain:example.com", "storage.googleapis.com"
KINDS = ("ADMIN_READ", "DATA_READ", "DATA_WRITE")
OTHER = f"{BUCKET}-other"
RESOURCES = {BUCKET: (BUCKET,), PROJECT_NAME: (BUCKET, OTHER), ORGANIZATION: (BUCKET, OTHER)}
Span = tuple[int, int]  # hours since the start, excluding the end


@dataclass(frozen=True, slots=True)
class Deed:
    """A call by a principal; `named` says whether the log entry names the caller."""

    minute: int
    who: str
    permission: str
    resource: str
    denied: bool
    named: bool

    @property
    def time(self) -> datetime:
        return START + timedelta(minutes=self.minute)

    @property
    def hour(self) -> int:
        return self.minute // 60


@dataclass(slots=True)
class World:
    """The calls and grants of the platform, and the gaps in its observation."""

    deeds: list[Deed] = field(default_factory=list)
    granted: dict[tuple[str, str], int] = field(default_factory=dict)  # resource and member: the hour of the grant
    off: list[Span] = field(default_factory=list)
    exempted: Span | None = None  # of Bob
    unread: Span | None = None  # in the logs
    blind: Span | None = None  # no observation of configurations
    away: Span = (0, 0)  # Bob is not in the group
    unseen_days: frozenset[int] = frozenset()  # no observation of groups and roles
    turn: int = 0  # the hour at which the role gains its second permission
    organization_logs: bool = False

    def is_use(self, deed: Deed, resource: str, member: str) -> bool:
        """Whether the call uses a grant."""
        since = self.granted[resource, member]
        mine = deed.resource in RESOURCES[resource] and deed.hour >= since and not deed.denied
        return mine and self._has(deed) and self._is_behind(deed, member)

    def is_logged(self, deed: Deed) -> bool:
        """Whether the call was logged and the entry was read."""
        on = self.organization_logs or not any(_within(deed.hour, span) for span in self.off)
        exempt = deed.who == BOB and _within(deed.hour, self.exempted)
        return on and not exempt and not _within(deed.hour, self.unread)

    def _has(self, deed: Deed) -> bool:
        return deed.permission == GET or deed.hour >= self.turn

    def _is_behind(self, deed: Deed, member: str) -> bool:
        if member == ANALYSTS:
            return deed.who == BOB and not _within(deed.hour, self.away)
        return member in (deed.who, DOMAIN)


def _within(hour: int, span: Span | None) -> bool:
    return span is not None and span[0] <= hour < span[1]


def play(session: Session, world: World) -> None:
    """Writes the rows that the collectors would write."""
    for number, hour in enumerate(sorted({0, *world.granted.values()}), 1):
        write(session, number, list(_policies(world, hour)))
    for rows in (*_looks(world), [*_read(world), *_actions(world), *_configurations(world)]):
        write(session, 1, rows)
    kinds = KINDS if world.organization_logs else ()
    for service, kind in (("", ""), *((SERVICE, kind) for kind in kinds)):
        session.merge(AuditSetting(
            level="organizations/1", service=service, log_type=kind, since=START, until=NOW, exempted=[]
        ))  # fmt: skip
    session.flush()


def _policies(world: World, hour: int) -> Iterator[Row]:
    """The rows of the policies in the snapshot of that hour."""
    for resource in RESOURCES:
        members = [
            member for (granted_on, member), since in world.granted.items() if granted_on == resource and since <= hour
        ]
        chain = ["organizations/1"] if resource == ORGANIZATION else [SCOPE, "organizations/1"]
        project = "" if resource == ORGANIZATION else PROJECT
        entries = [BindingEntry(ROLE, member) for member in members]
        yield PolicyRow(resource, "x", project, chain, entries, START + hour * HOUR)


def _looks(world: World) -> Iterator[list[Row]]:
    """Daily observations of the group and the role; the time between two consecutive ones is covered."""
    before: datetime | None = None
    for day in range(HOURS // 24 + 1):
        hour, time = day * 24, START + day * 24 * HOUR
        if day in world.unseen_days:
            continue
        since = before if before is not None and time - before <= 36 * HOUR else time
        before = time
        yield [
            GroupRow("analysts@example.com", [] if _within(hour, world.away) else [BOB], time),
            RoleRow(ROLE, "", "GA", [GET, LIST] if hour >= world.turn else [GET], time),
            CoverageRow("group/analysts@example.com", since, time),
            CoverageRow(f"role/{ROLE}", since, time),
        ]


def _read(world: World) -> Iterator[Row]:
    start, end = world.unread or (HOURS, HOURS)
    for log in ("admin_activity", "data_access"):
        yield CoverageRow(f"{log}/organizations/1", START, NOW)
        for first, last in ((0, start), (end, HOURS)):
            if first < last:
                yield CoverageRow(f"{log}/{SCOPE}", START + first * HOUR, START + last * HOUR)
    turns = [(hour, f"audit_switch/{SCOPE}/{SERVICE}") for span in world.off for hour in span]
    turns += [(hour, f"audit_exempted/{SCOPE}/{BOB}") for hour in world.exempted or ()]
    for hour, subject in turns:
        if not _within(hour, world.unread):
            yield CoverageRow(subject, START + hour * HOUR, START + (hour + 1) * HOUR)


def _configurations(world: World) -> Iterator[Row]:
    for hour in range(0, HOURS + 1, 3):
        if not _within(hour, world.blind):
            on = not any(_within(hour, span) for span in world.off)
            exempted = [BOB] if _within(hour, world.exempted) else []
            logged = {(SERVICE, kind): exempted for kind in KINDS} if on else {}
            yield AuditSettingsRow(SCOPE, START + hour * HOUR, logged)


def _actions(world: World) -> Iterator[Row]:
    counted: dict[tuple[int, str, str, str], list[Deed]] = {}
    for deed in world.deeds:
        if world.is_logged(deed) and (deed.named or not deed.denied):
            name = deed.who.partition(":")[2] if deed.named else ""
            counted.setdefault((deed.hour, name, deed.permission, deed.resource), []).append(deed)
    for (hour, name, permission, resource), deeds in counted.items():
        times = [deed.time for deed in deeds]
        yield UserActionRow(
            START + hour * HOUR, PROJECT, name, SERVICE, permission, resource, len(deeds),
            sum(deed.denied for deed in deeds), min(times), max(times), permissions=[permission],
        )  # fmt: skip


def spans(longest: int) -> st.SearchStrategy[Span]:
    """Spans of at least so many hours."""
    hours = st.integers(EARLY, HOURS - 1)
    return st.builds(lambda start, length: (start, min(HOURS, start + length)), hours, st.integers(1, longest))


deeds = st.builds(
    Deed,
    st.integers(EARLY * 60, HOURS * 60 - 1),
    st.sampled_from([ALICE, BOB]),
    st.sampled_from([GET, LIST]),
    st.sampled_from([BUCKET, OTHER]),
    st.booleans(),
    st.integers(0, 9).map(bool),
)


FLAWS = ("", "late", "off", "exempted", "unread", "blind", "away", "unseen", "turn")


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Generates worlds with one or two gaps in the observation, and a call near them. Memberships last longer than a day."""
    some = [(resource, member) for resource in RESOURCES for member in (ALICE, BOB, ANALYSTS, DOMAIN)]
    granted = draw(st.lists(st.sampled_from(some), min_size=2, max_size=6, unique=True))
    flaws = draw(st.lists(st.sampled_from(FLAWS), min_size=1, max_size=2, unique=True))
    start, end = draw(spans(30))
    minute = draw(st.integers(start * 60, end * 60 - 1))
    world = World(
        deeds=[replace(draw(deeds), minute=minute), *draw(st.lists(deeds, max_size=2))],
        granted=dict.fromkeys(granted, start if "late" in flaws else 0),
        exempted=(start, end) if "exempted" in flaws else None,
        unread=(start, end) if "unread" in flaws else None,
        blind=draw(spans(60)) if "blind" in flaws else None,
        turn=start if "turn" in flaws else 0,
        organization_logs=draw(st.integers(0, 1).map(bool)),
    )
    world.off = [(start, end)] if "off" in flaws else []
    world.away = (end, min(HOURS, end + draw(st.integers(25, HOURS)))) if "away" in flaws else (0, 0)
    if "unseen" in flaws:
        world.unseen_days = frozenset(range(start // 24 + 1, start // 24 + 1 + draw(st.integers(1, 5))))
        world.turn = start
    return world


def assessed_times() -> tuple[datetime, datetime]:
    """The period in which an unused grant was not used."""
    return NOW - timedelta(days=DAYS), NOW - SLACK
