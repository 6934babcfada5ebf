"""Random policy histories: what really was, what snapshots saw of it, and the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from sqlalchemy.orm import Session

from db.schema_db.models import Snapshot
from db.schema_db.write import write
from shared.history import BindingChangeRow, BindingEntry, PoliciesSeenRow, PolicyRow

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
MEMBERS = ("user:alice@example.com", "group:analysts@example.com", "allUsers")
CONDITIONS = (None, {"expression": "request.time < timestamp('2027-01-01T00:00:00Z')", "title": "until 2027"})
HOURS = 6

Grant = tuple[str, BindingEntry]


def at(minutes: float) -> datetime:
    """So many minutes after the start of the history."""
    return START + timedelta(minutes=minutes)


def look(hour: int) -> datetime:
    """When the snapshot of that hour looks: at half a minute, so that no change is at the same time."""
    return at(hour * 60 + 0.5)


@dataclass
class History:
    """What really was: when each grant was turned on and off. Snapshots may miss a resource's grant once.

    With a keeper every resource has a policy at any time, so that it is known where it hangs. In the hours `away` the
    project, with all that is in it, hangs in the other folder.
    """

    turns: dict[tuple[str, str, str, int], list[int]]
    missed: set[tuple[tuple[str, str, str, int], int]] = field(default_factory=set)
    keeper: str = ""
    away: set[int] = field(default_factory=set)

    def ancestors(self, resource: str, hour: int) -> tuple[str, ...]:
        """Where a resource hung when the snapshot of that hour looked."""
        moved = {"folders/2": "folders/3"} if hour in self.away and resource != FOLDER else {}
        return tuple(moved.get(name, name) for name in ANCESTORS[resource])

    def holds(self, key: tuple[str, str, str, int], time: datetime) -> bool:
        """Whether the grant was in the policy."""
        return sum(at(minute) <= time for minute in self.turns[key]) % 2 == 1

    def policy(self, resource: str, hour: int) -> PolicyRow:
        """What the snapshot of that hour saw of a resource."""
        seen = [
            BindingEntry(role, member, CONDITIONS[index])
            for key in self.turns
            for name, role, member, index in [key]
            if name == resource and self.holds(key, look(hour)) and (key, hour) not in self.missed
        ]
        if self.keeper:
            seen.append(BindingEntry("roles/browser", self.keeper))
        project = PROJECT if SCOPE in ANCESTORS[resource] else ""
        return PolicyRow(resource, "made/Up", project, self.ancestors(resource, hour), seen, look(hour))

    def changes(self) -> list[BindingChangeRow]:
        """The audit log."""
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


keys = st.tuples(
    st.sampled_from(list(ANCESTORS)), st.sampled_from(ROLES), st.sampled_from(MEMBERS), st.sampled_from((0, 1))
)
times = st.sets(st.integers(1, HOURS * 60 - 1), min_size=1, max_size=4).map(sorted)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Up to six grants; now and then a snapshot misses one, but not two snapshots in a row."""
    turns = draw(st.dictionaries(keys, times, min_size=1, max_size=6))
    chosen = draw(st.sets(st.tuples(st.sampled_from(list(turns)), st.integers(0, HOURS)), max_size=4))
    return History(turns, {(key, hour) for key, hour in chosen if (key, hour + 1) not in chosen})


def snapshot(session: Session, number: int, policies: Iterable[PolicyRow], seen_at: datetime) -> int:
    """Writes one whole snapshot of the organization in small batches; how many rows it wrote."""
    session.merge(
        Snapshot(
            id=number, collector="iam.bindings", scope="organizations/1", slot=seen_at, window_end=seen_at,
            state="done", started_at=seen_at,
        )
    )  # fmt: skip
    session.flush()
    rows = [row for row in policies if list(row.bindings)]
    written = sum(write(session, number, rows[start : start + 2]) for start in range(0, len(rows), 2))
    return written + write(session, number, [PoliciesSeenRow("organizations/1", seen_at)])


def play(session: Session, history: History, late: set[str]) -> None:
    """Snapshots every hour; a delta is written before the snapshot after it, or late: after all of them."""
    changes = sorted(history.changes(), key=lambda change: change.time)
    done: set[str] = set()
    for hour in range(HOURS + 1):
        due = [row for row in changes if row.time < look(hour) and row.event_key not in late | done]
        done |= {row.event_key for row in due}
        write(session, 10_000 + hour, due)
        snapshot(session, hour + 1, [history.policy(name, hour) for name in ANCESTORS], look(hour))
    write(session, 20_000, [row for row in changes if row.event_key in late])
