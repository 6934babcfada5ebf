"""Generates histories of policies: the real grants, what snapshots see, and the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import zip_longest

from hypothesis import strategies as st
from sqlalchemy.orm import Session

from db.schema_db.models import Snapshot
from db.schema_db.write.rows import write
from shared.history import BindingChangeRow, BindingEntry, GroupRow, PoliciesSeenRow, PolicyRow, Row

KEEPER = "user:keeper@example.org"
START = datetime(2026, 11, 1, tzinfo=UTC)
PROJECT = "example-project"
SCOPE = f"projects/{PROJECT}"
MANAGER = "//cloudresourcemanager.googleapis.com"
ORGANIZATION, FOLDER, OTHER_FOLDER = f"{MANAGER}/organizations/1", f"{MANAGER}/folders/2", f"{MANAGER}/folders/3"
PROJECT_NAME = f"{MANAGER}/projects/{PROJECT}"
BUCKET = "//storage.googleapis.com/example-exports"
DATASET = f"//bigquery.googleapis.com/projects/{PROJECT}/datasets/mart"
ANCESTORS = {
    ORGANIZATION: (),
    FOLDER: ("organizations/1",),
    OTHER_FOLDER: ("organizations/1",),
    PROJECT_NAME: (SCOPE, "folders/2", "organizations/1"),
    BUCKET: (SCOPE, "folders/2", "organizations/1"),
    DATASET: (SCOPE, "folders/2", "organizations/1"),
}
ROLES = ("roles/storage.objectViewer", "roles/bigquery.dataEditor")
VIEWER, PROJECT_VIEWER = "roles/viewer", f"projectViewer:{PROJECT}"
ALICE, BOB, DOMAIN = "user:alice@example.com", "user:bob@example.com", "domain:example.com"
GROUPS = ("group:analysts@example.com", "group:interns@example.com", "group:leads@example.com")
MEMBERS = (ALICE, *GROUPS[:2], "allUsers", DOMAIN)
CONDITIONS = (
    None,
    {"expression": "request.time < timestamp('2027-01-01T00:00:00Z')", "title": "until 2027"},
    {"expression": "request.time < timestamp('2028-01-01T00:00:00Z')", "title": "until 2028"},
)
HOURS = 6

Key = tuple[str, str, str, int]  # resource, role, member, number of the condition


def at(minutes: float) -> datetime:
    """The time this many minutes after the start of the history."""
    return START + timedelta(minutes=minutes)


def observed_at(hour: int, *, again: bool = False) -> datetime:
    """The time of the snapshot of that hour, or of a second one.

    It is between two full minutes, at which changes are made.
    """
    return at(hour * 60 + (0.7 if again else 0.5))


class Race(Enum):
    """The order in which two concurrent snapshots write their batches."""

    TURNS = "in turns"
    LOST = "the first one loses its lease after a batch and writes nothing any more"


@dataclass
class PolicyHistory:
    """The real history: when each grant began and ended. A snapshot may miss a grant of a resource once.

    With a keeper every resource always has a policy, so that its ancestors are known. In the hours `away`, the project
    and everything in it are in the other folder. `inside` are the direct members of a group from an hour on. A change
    in `late` arrives a snapshot later than others; until the hour `silent` no audit log is readable, and changes that
    arrive later are never read. In the hours of `races` a second snapshot runs concurrently, and the batches of both
    arrive in the given order.
    """

    turns: dict[Key, list[int]]
    missed: set[tuple[Key, int]] = field(default_factory=set)
    keeper: str = ""
    away: set[int] = field(default_factory=set)
    inside: dict[tuple[str, int], frozenset[str]] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)
    silent: int = 0
    races: dict[int, Race] = field(default_factory=dict)

    def ancestors(self, resource: str, hour: int) -> tuple[str, ...]:
        """The ancestors of a resource at the time of that hour's snapshot."""
        moved = {"folders/2": "folders/3"} if hour in self.away and resource != FOLDER else {}
        return tuple(moved.get(name, name) for name in ANCESTORS[resource])

    def members(self, group: str, hour: int) -> frozenset[str]:
        """The direct members of a group at the time of that hour's snapshot."""
        recorded = (self.inside[group, since] for since in range(hour, -1, -1) if (group, since) in self.inside)
        return next(recorded, frozenset())

    def holds(self, key: Key, time: datetime) -> bool:
        """Whether the policy had the grant at that time."""
        return sum(at(minute) <= time for minute in self.turns[key]) % 2 == 1

    def policy(self, resource: str, hour: int, *, again: bool = False) -> PolicyRow:
        """The policy of a resource in that hour's snapshot; with `again`, in the second one, seconds later and complete."""
        seen = [
            BindingEntry(role, member, CONDITIONS[index])
            for key in self.turns
            for name, role, member, index in [key]
            if name == resource and self.holds(key, observed_at(hour)) and (again or (key, hour) not in self.missed)
        ]
        if self.keeper:
            seen.append(BindingEntry("roles/browser", self.keeper))
        project = PROJECT if SCOPE in ANCESTORS[resource] else ""
        return PolicyRow(
            resource, "made/Up", project, self.ancestors(resource, hour), seen, observed_at(hour, again=again)
        )

    def changes(self) -> list[BindingChangeRow]:
        """The changes in the audit log."""
        found = []
        for number, (key, minutes) in enumerate(sorted(self.turns.items())):
            resource, role, member, index = key
            for turn, minute in enumerate(minutes):
                action = "REMOVE" if turn % 2 else "ADD"
                event = f"{number}-{turn}"
                found.append(
                    BindingChangeRow(
                        event, at(minute), resource, action, role, member, f"p{turn}@example.com", CONDITIONS[index]
                    )
                )
        return found


plain = st.tuples(
    st.sampled_from(list(ANCESTORS)), st.sampled_from(ROLES), st.sampled_from(MEMBERS), st.sampled_from((0, 1, 2))
)
# Basic roles have no condition; a convenience value means everybody with one on the project.
basic = st.tuples(st.sampled_from([PROJECT_NAME, FOLDER]), st.just(VIEWER), st.sampled_from(MEMBERS), st.just(0))
convenient = st.tuples(
    st.sampled_from([BUCKET, DATASET]), st.sampled_from(ROLES), st.just(PROJECT_VIEWER), st.sampled_from((0, 1))
)
keys = st.one_of(plain, plain, basic, convenient)
times = st.sets(st.integers(1, HOURS * 60 - 1), min_size=1, max_size=4).map(sorted)


@st.composite
def histories(draw: st.DrawFn) -> PolicyHistory:
    """Histories of up to eight grants; a snapshot may miss a grant, but never two in a row."""
    turns = draw(st.dictionaries(keys, times, min_size=1, max_size=8))
    chosen = draw(st.sets(st.tuples(st.sampled_from(list(turns)), st.integers(0, HOURS)), max_size=4))
    history = PolicyHistory(turns, {(key, hour) for key, hour in chosen if (key, hour + 1) not in chosen})
    names = [change.event_key for change in history.changes()]
    history.late = draw(st.sets(st.sampled_from(names)))
    history.silent = draw(st.sampled_from((0, 0, *range(1, HOURS + 2))))
    history.races = draw(st.dictionaries(st.integers(0, HOURS), st.sampled_from(Race), max_size=3))
    return history


@st.composite
def moving(draw: st.DrawFn) -> PolicyHistory:
    """Histories with a changing hierarchy, and nested groups with changing members."""
    history = draw(histories())
    history.keeper = KEEPER
    history.away = draw(st.sets(st.integers(0, HOURS)))
    people = st.frozensets(st.sampled_from([BOB, *GROUPS]), max_size=3)
    history.inside = draw(st.dictionaries(st.tuples(st.sampled_from(GROUPS), st.integers(0, HOURS)), people))
    return history


def begin(session: Session, number: int, seen_at: datetime) -> None:
    """Writes the row of a snapshot of the organization."""
    session.merge(
        Snapshot(
            id=number, collector="iam.bindings", scope="organizations/1", slot=seen_at, window_end=seen_at,
            state="done", started_at=seen_at,
        )
    )  # fmt: skip
    session.flush()


def batches(policies: Iterable[PolicyRow], seen_at: datetime) -> list[list[Row]]:
    """The batches of rows of a snapshot; the last one says that it is complete."""
    rows = [row for row in policies if list(row.bindings)]
    found: list[list[Row]] = [[*rows[start : start + 2]] for start in range(0, len(rows), 2)]
    return [*found, [PoliciesSeenRow("organizations/1", seen_at)]]


def snapshot(session: Session, number: int, policies: Iterable[PolicyRow], seen_at: datetime) -> int:
    """Writes one complete snapshot; returns the number of written rows."""
    begin(session, number, seen_at)
    return sum(write(session, number, rows) for rows in batches(policies, seen_at))


def race(session: Session, number: int, history: PolicyHistory, hour: int, how: Race) -> None:
    """Writes two concurrent snapshots, the second one with the next number, in the order `how`."""
    written = []
    for again in (False, True):
        begin(session, number + again, observed_at(hour, again=again))
        policies = [history.policy(name, hour, again=again) for name in ANCESTORS]
        written.append([(number + again, rows) for rows in batches(policies, observed_at(hour, again=again))])
    first, second = written
    order = first[:1] + second
    if how is Race.TURNS:
        order = [batch for pair in zip_longest(first, second) for batch in pair if batch]
    else:
        session.get_one(Snapshot, number).state = "failed"
    for which, rows in order:
        write(session, which, rows)


def play(session: Session, history: PolicyHistory) -> None:
    """Writes hourly snapshots and observations of groups; a delta is written before the next snapshot, or later."""
    changes = sorted(history.changes(), key=lambda change: change.time, reverse=True)
    for hour in range(HOURS + 1):
        write(session, 10_000 + hour, [row for row in changes if _shown(history, row) == hour])
        write(session, 30_000 + hour, [_group(history, group, hour) for group in GROUPS])
        if hour in history.races:
            race(session, 2 * hour + 1, history, hour, history.races[hour])
        else:
            snapshot(session, 2 * hour + 1, [history.policy(name, hour) for name in ANCESTORS], observed_at(hour))
    write(session, 20_000, [row for row in changes if _shown(history, row) > HOURS])


def _shown(history: PolicyHistory, change: BindingChangeRow) -> int:
    """The hour of the first snapshot before which the delta of a change is read."""
    after = next(hour for hour in range(HOURS + 2) if change.time < observed_at(hour))
    return max(after + (change.event_key in history.late), history.silent)


def _group(history: PolicyHistory, group: str, hour: int) -> GroupRow:
    return GroupRow(group.removeprefix("group:"), sorted(history.members(group, hour)), observed_at(hour))


# An example of everything, so that no run of the tests depends on luck.
RICH = PolicyHistory(
    turns={
        (PROJECT_NAME, ROLES[0], GROUPS[0], 0): [65, 170, 250],
        (PROJECT_NAME, VIEWER, GROUPS[0], 0): [10, 130],
        (OTHER_FOLDER, ROLES[1], ALICE, 1): [20, 140],
        (FOLDER, ROLES[1], ALICE, 2): [20, 310],
        (BUCKET, ROLES[0], PROJECT_VIEWER, 1): [30],
        (BUCKET, ROLES[0], PROJECT_VIEWER, 0): [30, 200],
        (DATASET, ROLES[1], DOMAIN, 0): [100, 110, 290],
    },
    missed={((BUCKET, ROLES[0], PROJECT_VIEWER, 1), 2)},
    keeper=KEEPER,
    away={2, 3, 5},
    inside={(GROUPS[0], 0): frozenset(GROUPS[1:2]), (GROUPS[1], 0): frozenset({BOB}), (GROUPS[1], 5): frozenset()},
    late={"0-0", "1-1", "5-1"},
    races={1: Race.TURNS, 4: Race.LOST},
)
