"""The common part of the checks on the history: their dependencies, and how they write to the Error DB."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db.error_db.incidents import feedback
from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from shared.config import Settings
from shared.model import Finding, Recovery
from shared.records import IncidentChange

Plan = Callable[[list[IncidentChange], Any, datetime], None]  # decides in the same transaction which actions run


@dataclass(frozen=True, slots=True)
class IncidentCheck:
    """A check with its dependencies. `plan` plans the actions in the same transaction."""

    schema: SchemaStore
    errors: Callable[[], ErrorStore]
    settings: Settings
    plan: Plan

    def without_feedback(self, findings: Sequence[Finding]) -> list[Finding]:
        """The findings that no feedback suppresses. Raises TransientError if the database is unavailable."""
        if not findings:
            return []
        with self.errors().reading() as session:
            given = feedback.active(session, {each.fingerprint for each in findings})
        return [each for each in findings if not feedback.suppresses(given.get(each.fingerprint, ()), each)]


def write(
    errors: ErrorStore,
    plan: Plan,
    effects: tuple[Iterable[Finding], Iterable[Recovery]],
    redact: Sequence[str],
    now: datetime,
) -> int:
    """Records findings and recoveries and plans their actions in one transaction; returns the number of changed incidents."""
    found, ended = effects
    with errors.transaction(now) as transaction:
        changes: list[IncidentChange] = []
        for finding in found:
            changes += transaction.record(finding, redact=redact)
        for recovery in ended:
            changes += transaction.recover(recovery)
        plan(changes, transaction, now)
    return len(changes)
