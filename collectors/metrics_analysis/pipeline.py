"""Processes one message, from the request to the Error DB.

Steps without the database come first, so that a message that matches no rule opens no connection. Then one transaction
writes the occurrence, the incident and the planned action runs. Actions run after the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from collectors.metrics_analysis import envelope
from collectors.metrics_analysis.declared_calls import is_about_job, is_declared
from collectors.metrics_analysis.envelope import Message
from collectors.metrics_analysis.evidence import (
    MAX_AGE,
    MAX_SKEW,
    Evidence,
    LogEntry,
    MonitoringIncident,
    NotUnderstoodError,
    Report,
    Tick,
    UntrustedSenderError,
    WorkerMessage,
    entry_time,
    in_time,
    understand,
)
from collectors.metrics_analysis.loop_guard import caller, is_by_own_account, is_of_own_account, is_own, misused
from collectors.metrics_analysis.own_incidents import rejection
from collectors.metrics_analysis.reporters import Topics, check_attribute, use_topic
from collectors.metrics_analysis.routes import OPEN_ROUTE, check, check_shared, named
from collectors.metrics_analysis.rule_state import RuleState
from collectors.metrics_analysis.sigma import fields
from collectors.metrics_analysis.sigma.engine import Engine, RuleEvaluation
from collectors.metrics_analysis.split_entries import merge, part_of
from collectors.metrics_analysis.stateful import resolve_state
from shared.config import Settings
from shared.errors import HinomiError, InputError
from shared.lazy.dataclass import dataclass
from shared.logs import REJECTED, log
from shared.model import Finding, Recovery
from shared.texts import EMPTY, Text

if TYPE_CHECKING:
    from collectors.metrics_analysis.reason_lines.reader import ReasonReader
    from shared.events import EarlierPolicy
    from shared.identity.reported_run import ReportedRun
    from shared.quality.result import QualityResultRow
    from shared.records import IncidentChange

Effect = Finding | Recovery
DATED_AHEAD = "timestamp as written"


class Transaction(RuleState, Topics, Protocol):
    """The changes that a message can make in the Error DB; they commit together."""

    def record(self, finding: Finding, *, redact: tuple[str, ...]) -> list[IncidentChange]:
        """Records a finding; returns the changes of incidents, empty for duplicates and events of resolved incidents."""

    def recover(self, recovery: Recovery) -> list[IncidentChange]:
        """Applies a recovery; returns the incidents that it resolved."""

    def recovered_at(self, finding: Finding) -> datetime | None:
        """The time of the latest recovery of the fault before the finding; None if none is known."""

    def report_check(self, result: QualityResultRow, *, redact: tuple[str, ...]) -> None:
        """Stores a result of a data quality check until the history copies it."""

    def report_run(self, report: ReportedRun, *, redact: tuple[str, ...]) -> bool:
        """Adds a report to its run; returns whether it is the success of a job with an unresolved incident about lateness."""


class Store(Protocol):
    """The interface of the Error DB for the pipeline."""

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
    ) -> datetime:
        """Stores a message that can never be processed, once; returns when it was first received."""


@dataclass(frozen=True, slots=True)
class PipelineDependencies:
    """The dependencies of the pipeline, passed in instead of imported; main.py builds each heavy part on first use."""

    store: Callable[[], Store]
    detect: Callable[[Evidence, datetime], Iterable[Effect]]
    reporters: Sequence[Mapping[str, Any]]
    plan: Callable[[list[IncidentChange], Any, datetime], None]
    act: Callable[[datetime, list[int]], None]
    sweep: Callable[[datetime], str]
    explains: Callable[[dict[str, Any], datetime, Any], bool]
    permissions: Callable[[str], frozenset[str]]
    action_permissions: Callable[[str, datetime, Any], frozenset[str]]
    is_older: Callable[[Finding, str, datetime | None], bool]
    earlier_policy: Callable[[dict[str, Any], str, bool], EarlierPolicy | None]
    worker_message: Callable[[str, dict[str, Any], datetime], None]
    reasons: Callable[[], ReasonReader]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Turns messages into incidents."""

    engine: Engine
    settings: Settings
    dependencies: PipelineDependencies

    def handle(
        self,
        body: bytes,
        now: datetime,
        *,
        route: str = OPEN_ROUTE,
        headers: Mapping[str, str] | None = None,
        refusal: Text = EMPTY,
    ) -> str:
        """Processes one request body; returns the result in a few words.

        `route` is the path of the request, which accepts one kind of message; `headers` have lower-case names.
        `refusal` is a reason to reject the request whatever it contains. Raises TransientError if the message must be
        delivered again. The events of a batch are processed one by one.
        """
        if refusal:
            return self._reject(body, UntrustedSenderError(refusal), now, route, headers)
        events = envelope.batch(body)
        if events is None:
            return self._message(body, now, route, headers)
        return ", ".join(self._message(event, now, route, headers) for event in events)

    def _message(self, body: bytes, now: datetime, route: str, headers: Mapping[str, str] | None) -> str:
        try:
            message = envelope.read(body, received=now, headers=headers)
            evidence = understand(message.data, received=message.published, message_id=message.message_id)
            check(route, evidence)
            check_shared(route, evidence, self.settings.shared_reports_until, now.date())
            if isinstance(evidence, Report):
                check_attribute(evidence, message.attributes)
            evidence, dated = in_time(evidence, message.published, now)
            return self._take(evidence, message, now, dated, route)
        except NotUnderstoodError as error:  # also of a detector: a report with a field of the wrong form
            return self._reject(body, error, now, route, headers)

    def _take(self, evidence: Evidence, message: Message, now: datetime, dated: datetime | None, route: str) -> str:
        if isinstance(evidence, LogEntry):
            return self._log_entry(evidence.entry, message, now, dated)
        if isinstance(evidence, Tick) and evidence.job == "sweep":
            return self.dependencies.sweep(now)
        if isinstance(evidence, WorkerMessage):
            return self._of_worker(evidence, now)
        effects = list(self.dependencies.detect(evidence, now))
        if isinstance(evidence, MonitoringIncident):  # the detector reads its times
            effects = [_not_ahead(effect, min(message.published, now)) for effect in effects]
        if isinstance(evidence, Report):
            return self._report(evidence, _dated(effects, message.published, dated), message, now, route)
        return self._commit(message, now, lambda _: effects) if effects else "nothing to record"

    def _of_worker(self, evidence: WorkerMessage, now: datetime) -> str:
        try:
            self.dependencies.worker_message(evidence.worker, evidence.data, now)
        except InputError as error:
            raise UntrustedSenderError(error.text) from error
        return "recorded"

    def _report(self, report: Report, effects: list[Effect], message: Message, now: datetime, route: str) -> str:
        from collectors.metrics_analysis.quality_reports import result_of  # noqa: PLC0415 - most messages are no reports
        from collectors.metrics_analysis.reported_runs import on_time, run_of  # noqa: PLC0415

        until = self.settings.shared_reports_until
        is_shared = until >= now.date().isoformat()  # without a day there is no shared topic
        run = run_of(report, self.dependencies.reporters)
        result = result_of(report)
        if report.time < message.published - MAX_AGE:
            run = result = None

        def recorded(transaction: Transaction) -> list[Effect]:
            if is_shared:
                use_topic(route, report.source, message.sent, transaction)
            if result is not None:
                transaction.report_check(result, redact=self.settings.redact)
            if run is not None and transaction.report_run(run, redact=self.settings.redact):
                return [*effects, on_time(run)]
            return effects

        return self._commit(message, now, recorded) if effects or run or result or is_shared else "nothing to record"

    def late_split(self, parts: list[dict[str, Any]], transaction: Transaction) -> list[IncidentChange]:
        """Processes split entries whose missing parts never arrived."""
        entry = merge(parts)
        return self._apply(self._effects(self.engine.evaluate(entry), entry, transaction), transaction)

    def _reject(
        self, body: bytes, error: NotUnderstoodError, now: datetime, route: str, headers: Mapping[str, str] | None
    ) -> str:
        text = named(error.text, route)
        message_id, attributes = envelope.peek(body, headers)
        attributes[envelope.ROUTE] = route
        attributes.pop(envelope.UNTRUSTED, None)  # a sender's
        if isinstance(error, UntrustedSenderError):
            attributes[envelope.UNTRUSTED] = "true"
        reason = text.en
        store = self.dependencies.store()
        most = self.settings.rejected_megabytes * 1_000_000
        received = store.reject(
            message_id=message_id, body=body, reason=reason, attributes=attributes, now=now, most_bytes=most
        )
        log("WARNING", "message rejected", alert=REJECTED, reason=reason, message_id=message_id)
        with store.transaction(now, message_id) as transaction:
            # A redelivered message is the same event.
            changes = transaction.record(rejection(text, received, route), redact=self.settings.redact)
            if changes:
                self.dependencies.plan(changes, transaction, now)
        self._act(changes, now)
        return f"rejected: {reason}"

    def _log_entry(self, entry: dict[str, Any], message: Message, now: datetime, dated: datetime | None) -> str:
        if self._is_own(entry):
            return "caused by Hinomi itself"
        if is_of_own_account(entry, self.settings.service_accounts):
            effects = partial(self._own_call, entry)
        elif (split := entry.get("split")) and split.get("uid"):
            effects = partial(self._part, entry)
        elif evaluation := self.engine.evaluate(entry):
            effects = partial(self._effects, evaluation, entry)
        else:
            return "no rule matches"

        def current(transaction: Transaction) -> list[Effect]:
            return _dated(effects(transaction), message.published, dated, is_audited="protoPayload" in entry)

        return self._commit(message, now, current)

    def _is_own(self, entry: dict[str, Any]) -> bool:
        return is_own(
            entry,
            self.settings,
            lambda call: is_declared(call, self.dependencies.permissions(caller(call)), self.settings.bigquery_history),
        )

    def _own_call(self, entry: dict[str, Any], transaction: Transaction) -> list[Effect]:
        """The recoveries if an action run explains the call; otherwise also a finding about the call."""
        is_by_hinomi = is_by_own_account(entry, self.settings.service_accounts)
        if is_by_hinomi and (
            self._is_of_action(entry, transaction) or self.dependencies.explains(entry, entry_time(entry), transaction)
        ):
            return self._job_recoveries(entry, transaction)
        effects = self._effects(self.engine.evaluate(entry), entry, transaction)
        return [*effects, misused(entry, self.settings.service_accounts)]

    def _is_of_action(self, entry: dict[str, Any], transaction: Transaction) -> bool:
        """Whether a call in the Data Access logs is one that an enabled action declares."""

        def is_declared_by_action(call: dict[str, Any]) -> bool:
            permissions = self.dependencies.action_permissions(caller(call), entry_time(call), transaction)
            return is_declared(call, permissions, self.settings.bigquery_history)

        return is_own(entry, self.settings, is_declared_by_action)

    def _job_recoveries(self, entry: dict[str, Any], transaction: Transaction) -> list[Effect]:
        if not is_about_job(entry):
            return []
        _, recoveries = resolve_state(self.engine.evaluate(entry), transaction)
        return list(recoveries)

    def _part(self, entry: dict[str, Any], transaction: Transaction) -> list[Effect]:
        parts = transaction.part(*part_of(entry), entry)
        if not parts:
            return []
        joined = merge(parts)
        return self._effects(self.engine.evaluate(joined), joined, transaction)

    def _effects(self, evaluation: RuleEvaluation, entry: dict[str, Any], transaction: Transaction) -> list[Effect]:
        """The findings and recoveries of an entry, without states that the history already has."""
        history = partial(self.dependencies.earlier_policy, entry, _location(entry))
        findings, recoveries = resolve_state(evaluation, transaction, history)
        new = [one for one in findings if not one.state or not self._is_older(one, entry, transaction)]
        return [*new, *recoveries]

    def _is_older(self, finding: Finding, entry: dict[str, Any], transaction: Transaction) -> bool:
        return self.dependencies.is_older(finding, _location(entry), transaction.recovered_at(finding))

    def _commit(self, message: Message, now: datetime, effects: Callable[[Transaction], list[Effect]]) -> str:
        with self.dependencies.store().transaction(now, message.message_id) as transaction:
            applied = effects(transaction)
            changes = self._apply(applied, transaction)
            if changes:
                self.dependencies.plan(changes, transaction, now)
        for change in changes:
            log("INFO", f"incident {change.trigger}", incident=change.incident.id, rule=change.incident.rule)
        if changes and any(isinstance(effect, Finding) and self._reads_log(effect) for effect in applied):
            self.dependencies.reasons().read_first(now, changes)
        self._act(changes, now)
        return ", ".join(f"incident {change.incident.id} {change.trigger}" for change in changes) or "recorded"

    def _apply(self, effects: list[Effect], transaction: Transaction) -> list[IncidentChange]:
        changes: list[IncidentChange] = []
        # All instances lock groups and fingerprints in the same order, to avoid deadlocks.
        for effect in sorted(
            effects, key=lambda effect: (effect.links.group or effect.fingerprint, effect.fingerprint)
        ):
            if isinstance(effect, Recovery):
                changes += transaction.recover(effect)
            else:
                effect = effect if self._reads_log(effect) else replace(effect, reason_log="")  # noqa: PLW2901
                changes += transaction.record(effect, redact=self.settings.redact)
        return changes

    def _reads_log(self, finding: Finding) -> bool:
        """Whether the log should and can be read for the reason of the failure."""
        if not finding.reason_log:
            return False
        from collectors.metrics_analysis.reason_lines import can_read  # noqa: PLC0415 - most entries match no rule

        return can_read(self.settings)

    def _act(self, changes: list[IncidentChange], now: datetime) -> None:
        if not changes:
            return
        try:
            self.dependencies.act(now, [change.incident.id for change in changes])
        except HinomiError as error:
            # The effect is committed and the runs are planned: the sweep runs them later.
            log("ERROR", "actions wait for the next sweep", error=str(error))


def _location(entry: dict[str, Any]) -> str:
    """The location or region of the entry's resource; empty if there is none."""
    locations = [
        location for name in ("location", "region") for location in fields.find(entry, ("resource", "labels", name))
    ]
    return next((location for location in locations if location and isinstance(location, str)), "")


def _dated(
    effects: list[Effect], published: datetime, dated: datetime | None, *, is_audited: bool = False
) -> list[Effect]:
    """The effects of an event, adjusted for its age and clock.

    An event dated after its publication is marked; an entry of an audit log then resolves nothing, because Google's
    clock is never hours ahead. An event older than MAX_AGE changes nothing that is open now: its findings are stored
    as expired, and it resolves nothing.
    """
    if dated and is_audited:
        effects = [effect for effect in effects if not isinstance(effect, Recovery)]
    marked = [_marked(effect, dated) if dated else effect for effect in effects]
    oldest = published - MAX_AGE
    return [current for effect in marked if (current := _current(effect, oldest)) is not None]


def _not_ahead(effect: Effect, latest: datetime) -> Effect:
    """The effect, dated no later than the publication of its message."""
    if effect.time <= latest + MAX_SKEW:
        return effect
    return _marked(replace(effect, time=latest), effect.time)


def _current(effect: Effect, oldest: datetime) -> Effect | None:
    if effect.time >= oldest:
        return effect
    return None if isinstance(effect, Recovery) else replace(effect, expired=True)


def _marked(effect: Effect, dated: datetime) -> Effect:
    if isinstance(effect, Recovery):
        return effect
    text = f"{dated.isoformat()}: ahead of its publication, taken at its publication time"
    return replace(effect, fields={**effect.fields, DATED_AHEAD: text})
