"""The path of one message to its effect in the Error DB.

Everything that needs no database comes first, so that a message that matches no rule opens no connection. Then one
transaction writes the occurrence, the incident and the planned action runs. Actions run after its commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from collectors.metrics_analysis import envelope
from collectors.metrics_analysis.envelope import Message
from collectors.metrics_analysis.evidence import (
    MAX_AGE,
    Evidence,
    LogEntry,
    NotUnderstoodError,
    Report,
    Tick,
    entry_time,
    in_time,
    understand,
)
from collectors.metrics_analysis.loop_guard import is_own, is_own_change, misused
from collectors.metrics_analysis.own_incidents import rejection
from collectors.metrics_analysis.reporters import check_attribute
from collectors.metrics_analysis.routes import OPEN_ROUTE, check
from collectors.metrics_analysis.rule_state import RuleState
from collectors.metrics_analysis.sigma.engine import Engine, RuleEvaluation
from collectors.metrics_analysis.split_entries import merge, place
from collectors.metrics_analysis.stateful import resolve_state
from shared.config import Settings
from shared.errors import HinomiError
from shared.logs import REJECTED, log
from shared.model import Finding, Recovery
from shared.texts import Text

if TYPE_CHECKING:
    from shared.records import IncidentChange

Effect = Finding | Recovery
DATED_AHEAD = "timestamp as written"


class Transaction(RuleState, Protocol):
    """What a message can change in the Error DB; everything commits together."""

    def record(self, finding: Finding, *, redact: tuple[str, ...]) -> list[IncidentChange]:
        """The changes of incidents; empty for a duplicate and for an event of a resolved incident."""

    def recover(self, recovery: Recovery) -> list[IncidentChange]:
        """The incidents that the recovery resolved."""


class Store(Protocol):
    """The Error DB, as far as the pipeline uses it."""

    def transaction(self, now: datetime, message_id: str = "") -> AbstractContextManager[Transaction]:
        """Commits at the end; raises TransientError when the database is unavailable."""

    def reject(
        self,
        *,
        message_id: str,
        body: bytes,
        reason: str,
        attributes: dict[str, str],
        now: datetime,
        most_bytes: int,
    ) -> None:
        """Keeps a message that can never be understood, once."""


@dataclass(frozen=True, slots=True)
class PipelineDependencies:
    """What the pipeline calls but does not import; main.py builds each heavy part on first use."""

    store: Callable[[], Store]
    detect: Callable[[Evidence, datetime], Iterable[Effect]]
    plan: Callable[[list[IncidentChange], Any, datetime], None]
    act: Callable[[datetime, list[int]], None]
    sweep: Callable[[datetime], str]
    explains: Callable[[dict[str, Any], datetime, Any], bool]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Turns messages into incidents."""

    engine: Engine
    settings: Settings
    dependencies: PipelineDependencies

    def handle(
        self, body: bytes, now: datetime, *, route: str = OPEN_ROUTE, headers: Mapping[str, str] | None = None
    ) -> str:
        """Processes one request body; returns the result in a few words.

        `route` is the path that it came to, which takes one kind of message; `headers` have lower-case names. Raises
        TransientError when the message must be delivered again.
        """
        try:
            message = envelope.read(body, received=now, headers=headers)
            evidence = understand(message.data, received=message.published, message_id=message.message_id)
            check(route, evidence)
            if isinstance(evidence, Report):
                check_attribute(evidence, message.attributes)
            evidence, dated = in_time(evidence, message.published, now)
            return self._take(evidence, message, now, dated)
        except NotUnderstoodError as error:  # also of a detector: a report with a field of the wrong form
            return self._reject(body, error.text, now, route, headers)

    def _take(self, evidence: Evidence, message: Message, now: datetime, dated: datetime | None) -> str:
        if isinstance(evidence, LogEntry):
            return self._log_entry(evidence.entry, message, now, dated)
        if isinstance(evidence, Tick) and evidence.job == "sweep":
            return self.dependencies.sweep(now)
        effects = list(self.dependencies.detect(evidence, now))
        if isinstance(evidence, Report):
            effects = _dated(effects, message.published, dated)
        return self._commit(message, now, lambda _: effects) if effects else "nothing to record"

    def late_split(self, parts: list[dict[str, Any]], transaction: Transaction) -> list[IncidentChange]:
        """What the parts of a split entry say whose other parts never came."""
        return self._apply(self._effects(self.engine.evaluate(merge(parts)), transaction), transaction)

    def _reject(self, body: bytes, text: Text, now: datetime, route: str, headers: Mapping[str, str] | None) -> str:
        message_id, attributes = envelope.peek(body, headers)
        attributes = {**attributes, envelope.ROUTE: route}
        reason = text.en
        store = self.dependencies.store()
        most = self.settings.rejected_megabytes * 1_000_000
        store.reject(message_id=message_id, body=body, reason=reason, attributes=attributes, now=now, most_bytes=most)
        log("WARNING", "message rejected", alert=REJECTED, reason=reason, message_id=message_id)
        with store.transaction(now, message_id) as transaction:
            changes = transaction.record(rejection(text, now), redact=self.settings.redact)
            if changes:
                self.dependencies.plan(changes, transaction, now)
        self._act(changes, now)
        return f"rejected: {reason}"

    def _log_entry(self, entry: dict[str, Any], message: Message, now: datetime, dated: datetime | None) -> str:
        who, names = self.settings.service_accounts, self.settings.function_names
        if is_own(entry, project=self.settings.project, service_accounts=who, function_names=names):
            return "our own doing"
        if is_own_change(entry, who):
            return self._commit(message, now, lambda transaction: self._own_change(entry, message, transaction))
        split = entry.get("split")
        if split and split.get("uid"):
            return self._commit(message, now, lambda transaction: self._part(entry, message, transaction))
        evaluation = self.engine.evaluate(entry)
        if not evaluation:
            return "no rule matches"
        return self._commit(
            message, now, lambda transaction: _dated(self._effects(evaluation, transaction), message.published, dated)
        )

    def _own_change(self, entry: dict[str, Any], message: Message, transaction: Transaction) -> list[Effect]:
        """Nothing when an action run explains the change, else what the rules say of it and that it is not explained."""
        if self.dependencies.explains(entry, entry_time(entry), transaction):
            return []
        effects = self._effects(self.engine.evaluate(entry), transaction)
        return _dated([*effects, misused(entry)], message.published, None)

    def _part(self, entry: dict[str, Any], message: Message, transaction: Transaction) -> list[Effect]:
        parts = transaction.part(*place(entry), entry)
        if not parts:
            return []
        return _dated(self._effects(self.engine.evaluate(merge(parts)), transaction), message.published, None)

    def _effects(self, evaluation: RuleEvaluation, transaction: Transaction) -> list[Effect]:
        findings, recoveries = resolve_state(evaluation, transaction)
        return [*findings, *recoveries]

    def _commit(self, message: Message, now: datetime, effects: Callable[[Transaction], list[Effect]]) -> str:
        with self.dependencies.store().transaction(now, message.message_id) as transaction:
            changes = self._apply(effects(transaction), transaction)
            if changes:
                self.dependencies.plan(changes, transaction, now)
        for change in changes:
            log("INFO", f"incident {change.trigger}", incident=change.incident.id, rule=change.incident.rule)
        self._act(changes, now)
        return ", ".join(f"incident {change.incident.id} {change.trigger}" for change in changes) or "recorded"

    def _apply(self, effects: list[Effect], transaction: Transaction) -> list[IncidentChange]:
        changes: list[IncidentChange] = []
        # All instances lock fingerprints in one order, so that they wait for each other instead of dead-locking.
        for effect in sorted(effects, key=lambda effect: effect.fingerprint):
            if isinstance(effect, Recovery):
                changes += transaction.recover(effect)
            else:
                changes += transaction.record(effect, redact=self.settings.redact)
        return changes

    def _act(self, changes: list[IncidentChange], now: datetime) -> None:
        if not changes:
            return
        try:
            self.dependencies.act(now, [change.incident.id for change in changes])
        except HinomiError as error:
            # The effect is committed and the runs are planned: the sweep goes on from there.
            log("ERROR", "actions wait for the next sweep", error=str(error))


def _dated(effects: list[Effect], published: datetime, dated: datetime | None) -> list[Effect]:
    """The effects of an event with what is to be said of its time.

    What was dated ahead of its publication is marked; what is older than MAX_AGE changes nothing that is open now: its
    findings are kept as expired, and it resolves nothing.
    """
    marked = [_marked(effect, dated) if dated else effect for effect in effects]
    oldest = published - MAX_AGE
    return [kept for effect in marked if (kept := _current(effect, oldest)) is not None]


def _current(effect: Effect, oldest: datetime) -> Effect | None:
    if effect.time >= oldest:
        return effect
    return None if isinstance(effect, Recovery) else replace(effect, expired=True)


def _marked(effect: Effect, dated: datetime) -> Effect:
    if isinstance(effect, Recovery):
        return effect
    text = f"{dated.isoformat()}: ahead of its publication, taken at its publication time"
    return replace(effect, fields={**effect.fields, DATED_AHEAD: text})
