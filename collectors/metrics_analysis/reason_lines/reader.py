"""Reads the logs around failures whose readings are due, and records the lines found as the reasons of their incidents.

The incident is committed before, so a reading that fails, times out or dies with the process does not affect it. The first
attempt is made at once, before the first message about the incident, and may take FIRST_SECONDS; the sweep makes the
others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from collectors.metrics_analysis.evidence import LogEntry, NotUnderstoodError, understand
from collectors.metrics_analysis.reason_lines import can_read
from collectors.metrics_analysis.reason_lines.lines import reason_line
from collectors.metrics_analysis.reason_lines.logging_reads import ReadingError, entries
from db.error_db.incidents.log_readings import MOST_ATTEMPTS, claim
from shared.log_readings import LogReading, ReadingOutcome, ReadingResult
from shared.logs import log_error
from shared.model import Finding, Trigger
from shared.records import IncidentChange

if TYPE_CHECKING:
    from collectors.metrics_analysis.sigma.engine import Engine
    from db.error_db.store import ErrorStore
    from db.error_db.transaction import ErrorTransaction
    from shared.clients import Clients
    from shared.config import Settings

FIRST_SECONDS, LATER_SECONDS = 4.0, 10.0
MOST_AT_ONCE = 2  # of the failures of one message
MOST_IN_SWEEP = 10
MOST_ENTRIES = 500
TOO_LATE = timedelta(hours=1)  # after a storm: a person has read the log by then

Plan = Callable[[list[IncidentChange], Any, datetime], None]


@dataclass(frozen=True, slots=True)
class ReasonReader:
    """Reads with these clients and settings; `engine` has the rules that find reasons, `plan` plans what follows from them."""

    store: ErrorStore
    clients: Clients
    settings: Settings
    engine: Engine
    plan: Plan

    def read_first(self, now: datetime, changes: Sequence[IncidentChange]) -> None:
        """Reads for the incidents that one message changed, before people are notified. Never raises."""
        opened = {each.incident.id for each in changes if each.trigger in (Trigger.OPENED, Trigger.REOPENED)}
        try:
            for reading in self._claimed(now, MOST_AT_ONCE, {each.incident.id for each in changes}):
                self._read(reading, now, FIRST_SECONDS, opened)
        except Exception as error:  # noqa: BLE001 - the incident is recorded, and the sweep reads again
            log_error("the reason of a failure was not looked for", error)

    def read_due(self, now: datetime) -> int:
        """Makes all readings that are due; returns their number. Raises TransientError if the Error DB is unavailable."""
        claimed = self._claimed(now, MOST_IN_SWEEP) if can_read(self.settings) else []
        for reading in claimed:
            self._read(reading, now, LATER_SECONDS)
        return len(claimed)

    def _claimed(self, now: datetime, limit: int, incident_ids: Collection[int] | None = None) -> list[LogReading]:
        with self.store.transaction(now) as transaction:
            return claim(transaction.session, now, limit=limit, incident_ids=incident_ids)

    def _read(self, reading: LogReading, now: datetime, seconds: float, opened: Collection[int] = ()) -> None:
        """Reads and records one reading. Incidents in `opened` are about to be notified and need no further message."""
        read, result = self._result(reading, now, seconds)
        is_final = not result.outcome.may_change or reading.attempt >= MOST_ATTEMPTS
        redact = self.settings.redact
        # Two transactions, each with one order of locks; the first has no second effect if the process dies after it.
        with self.store.transaction(now) as transaction:
            self._follow(_explained(transaction, self._explanations(read, reading), redact), transaction, now, opened)
        with self.store.transaction(now) as transaction:
            changes = transaction.record_reading(reading, result, redact=redact, is_final=is_final)
            self._follow(changes, transaction, now, opened)

    def _follow(
        self, changes: list[IncidentChange], transaction: ErrorTransaction, now: datetime, opened: Collection[int]
    ) -> None:
        remaining = [
            each for each in changes if each.trigger is not Trigger.CAUSE_FOUND or each.incident.id not in opened
        ]
        if remaining:
            self.plan(remaining, transaction, now)

    def _result(
        self, reading: LogReading, now: datetime, seconds: float
    ) -> tuple[Sequence[Mapping[str, Any]], ReadingResult]:
        """Reads the log; returns the lines found and the record of the reading."""
        by = next(iter(self.settings.service_accounts), "")
        if now - reading.planned_at > TOO_LATE:
            return (), ReadingResult(ReadingOutcome.SKIPPED, by)
        most = min(self.settings.reason_log_entries, MOST_ENTRIES)
        try:
            read = entries(self.clients, reading, most=most, timeout=seconds)
        except ReadingError as error:
            return (), ReadingResult(error.outcome, by, error=str(error))
        line = reason_line(read, reading, self.settings.redact)
        outcome = ReadingOutcome.FOUND if line else ReadingOutcome.NOTHING
        return read, ReadingResult(outcome, by, len(read), line)

    def _explanations(self, read: Sequence[Mapping[str, Any]], reading: LogReading) -> Iterator[Finding]:
        """The reasons that rules find in the entries, with the jobs that they name."""
        for entry in read:
            try:
                evidence = understand(dict(entry), received=reading.until)
            except NotUnderstoodError:
                continue
            if isinstance(evidence, LogEntry):
                yield from (each for each in self.engine.evaluate(evidence.entry).findings if each.explains)


def _explained(
    transaction: ErrorTransaction, findings: Iterator[Finding], redact: tuple[str, ...]
) -> list[IncidentChange]:
    ordered = sorted(findings, key=lambda each: (each.links.group or each.fingerprint, each.fingerprint, each.time))
    return [change for each in ordered for change in transaction.record(each, redact=redact)]
