"""Reads the Error DB of the run while Hinomi works; the demo never writes to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.orm import Session

from db.engine import read_only
from db.error_db.models import ActionRun, Incident, Occurrence, RejectedMessage
from shared.model import Mode, RunState, Severity, Status

UNSETTLED = (RunState.PLANNED, RunState.RUNNING)
# Not whole rows: those have documents that nobody looks at here.
_INCIDENT = select(
    *(Incident.id, Incident.rule, Incident.title, Incident.kind, Incident.severity, Incident.service),
    *(Incident.resource, Incident.principal, Incident.summary, Incident.status, Incident.opened_at),
    *(Incident.last_seen_at, Incident.resolved_at, Incident.resolution, Incident.occurrence_count),
    Incident.flapping_since,
).order_by(Incident.id)
_RUN = select(
    *(ActionRun.id, ActionRun.incident_id, ActionRun.handler_rule, ActionRun.action, ActionRun.trigger),
    *(ActionRun.mode, ActionRun.state, ActionRun.result, ActionRun.error, ActionRun.reason),
    *(ActionRun.approval_until, ActionRun.decided_by, ActionRun.undo_of),
).order_by(ActionRun.id)


@dataclass(frozen=True, slots=True)
class ObservedIncident:
    """An incident as of the last read."""

    id: int
    rule: str
    title: str
    kind: str
    severity: Severity
    service: str
    resource: str
    principal: str
    summary: str
    status: Status
    opened_at: datetime
    last_seen_at: datetime
    resolved_at: datetime | None
    resolution: str
    occurrences: int
    flapping: bool = False

    @property
    def words(self) -> str:
        """All texts that identify the failure, for the comparison with the planned failure."""
        return f"{self.rule} {self.resource} {self.principal} {self.summary}"


@dataclass(frozen=True, slots=True)
class ObservedRun:
    """An action run as of the last read."""

    id: int
    incident_id: int
    handler_rule: str
    action: str
    trigger: str
    mode: Mode
    state: RunState
    text: str
    waits: bool = False
    decided_by: str | None = None
    undo_of: int | None = None

    @property
    def settled(self) -> bool:
        """Whether the run has ended."""
        return self.state not in UNSETTLED


@dataclass(frozen=True, slots=True)
class RowCounts:
    """The numbers of rows, which a second delivery must not change."""

    incidents: int
    occurrences: int
    action_runs: int
    rejected: int


@dataclass
class Observer:
    """Reads the Error DB, a SQLite file, and returns changes since the last read. Functions never wait for its reads."""

    engine: Engine
    incidents: dict[int, ObservedIncident] = field(default_factory=dict)
    runs: dict[int, ObservedRun] = field(default_factory=dict)
    announced: set[int] = field(default_factory=set)
    _version: int | None = None

    def changes(self) -> Iterator[ObservedIncident | ObservedRun]:
        """Incidents that opened or changed their status, and action runs that ended, in order."""
        if not self._has_new_rows():
            return
        with Session(self._connection) as session:
            incidents = [_seen(row) for row in session.execute(_INCIDENT)]
            runs = [_run(row) for row in session.execute(_RUN)]
        opened = [seen for seen in incidents if seen.id not in self.incidents]
        moved = [seen for seen in incidents if seen.id in self.incidents and self._moved(seen)]
        settled = [run for run in runs if run.settled and not self._was_settled(run)]
        self.incidents = {seen.id: seen for seen in incidents}
        self.runs = {run.id: run for run in runs}
        yield from opened
        yield from settled
        yield from moved
        yield from (seen for seen in opened if seen.status == Status.RESOLVED)

    def runs_of(self, incident_id: int) -> list[ObservedRun]:
        """The action runs of one incident, in order."""
        return [run for run in self.runs.values() if run.incident_id == incident_id]

    @property
    def quiet(self) -> bool:
        """Whether no action run is planned or running."""
        return all(run.settled for run in self.runs.values())

    @property
    def progress(self) -> int:
        """The number of opened or resolved incidents and of ended action runs, as of the last read."""
        resolved = sum(seen.status == Status.RESOLVED for seen in self.incidents.values())
        return len(self.incidents) + resolved + sum(run.settled for run in self.runs.values())

    def totals(self) -> RowCounts:
        """The current numbers of rows."""
        tables = (Incident, Occurrence, ActionRun, RejectedMessage)
        with Session(self._connection) as session:
            counts = [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]
        return RowCounts(*counts)

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()
        self.engine.dispose()

    @cached_property
    def _connection(self) -> Connection:
        return read_only(self.engine).connect()

    def _has_new_rows(self) -> bool:
        """Whether another connection has written since the last call; most reads of a run find nothing new."""
        before = self._version
        self._version = self._connection.exec_driver_sql("PRAGMA data_version").scalar()
        self._connection.rollback()
        return self._version != before

    def _moved(self, seen: ObservedIncident) -> bool:
        return self.incidents[seen.id].status != seen.status

    def _was_settled(self, run: ObservedRun) -> bool:
        before = self.runs.get(run.id)
        return before is not None and before.settled


def _seen(row: Any) -> ObservedIncident:
    return ObservedIncident(
        id=row.id,
        rule=row.rule,
        title=row.title,
        kind=row.kind,
        severity=Severity(row.severity),
        service=row.service,
        resource=row.resource,
        principal=row.principal,
        summary=row.summary,
        status=Status(row.status),
        opened_at=row.opened_at,
        last_seen_at=row.last_seen_at,
        resolved_at=row.resolved_at,
        resolution=row.resolution or "",
        occurrences=row.occurrence_count,
        flapping=row.flapping_since is not None,
    )


def _run(row: Any) -> ObservedRun:
    return ObservedRun(
        id=row.id,
        incident_id=row.incident_id,
        handler_rule=row.handler_rule,
        action=row.action,
        trigger=row.trigger,
        mode=Mode(row.mode),
        state=RunState(row.state),
        text=_text(row),
        waits=row.approval_until is not None and row.decided_by is None,
        decided_by=row.decided_by,
        undo_of=row.undo_of,
    )


def _text(row: Any) -> str:
    """The error of a failed run, the result of a successful one, the reason of a skipped one."""
    text = row.error if row.state == RunState.FAILED else row.result
    return str(text or row.error or row.reason or "")
