"""Changes of incidents, each under the row lock of its fingerprint, so that all instances apply them in one order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.error_db.incidents import log_readings
from db.error_db.incidents.log_readings import LogReadings
from db.error_db.job_groups import follow_ups, merges, reasons, related
from db.error_db.job_groups.corrections import corrected, is_refuted, overwrite, recorded, withdraw
from db.error_db.job_groups.groups import connect
from db.error_db.job_groups.missing_runs import repair_closed
from db.error_db.job_groups.related import IncidentGroup, Names
from db.error_db.job_groups.situation import Situation
from db.error_db.models import UNRESOLVED, FingerprintState, Incident, Occurrence
from db.error_db.periods import EXPIRED, IncidentPeriod, RecoveryEvent
from db.error_db.quiet import candidates, is_over
from db.error_db.recording import (
    attach,
    cancel,
    evidence_of,
    failure_of,
    new_incident,
    new_occurrence,
    retitle,
    shown,
)
from db.error_db.recoveries import (
    began_at,
    covered_names,
    event_of,
    keep,
    needs_replay,
    recovered_at,
    repaired,
    with_failure,
)
from db.error_db.replay import Replay, show_cause
from db.error_db.reporters import ReporterTopics
from db.error_db.reporters.checks import ReportedChecks
from db.error_db.reporters.readings import ProbeReadings
from db.error_db.reporters.runs import ReportedRuns
from db.error_db.rule_state import StoredRuleState
from db.error_db.rules.staging import StagedRules
from db.error_db.timeline import failed_text
from db.error_db.views import incident_view, load_view
from db.sanitize import clean, scrubbed_key
from db.types import bounded
from shared.model import STABLE, Finding, IncidentKind, Recovery, Severity, Status, Trigger
from shared.records import IncidentChange, IncidentView
from shared.redaction import Redactor
from shared.texts import findings

QUIET_LIMIT = 200


class ErrorTransaction(
    LogReadings, StoredRuleState, StagedRules, ReporterTopics, ReportedRuns, ReportedChecks, ProbeReadings
):
    """One transaction on the Error DB: findings, recoveries, and the state of rules, all or nothing."""

    def __init__(self, session: Session, now: datetime, message_id: str = "") -> None:
        super().__init__(session, now)
        self.message_id = scrubbed_key(message_id, 100)

    def record(self, finding: Finding, *, redact: Sequence[str]) -> list[IncidentChange]:
        """Records the finding as an occurrence of its incident; returns the changes of incidents, for handlers.

        Empty if there is nothing to handle: the event is a duplicate, it belongs to a resolved incident, or its rule is
        staged or disabled.
        """
        finding = replace(finding, time=bounded(finding.time), since=finding.since and bounded(finding.since))
        redactor = Redactor(redact)
        if self._is_held(finding, redactor):
            return []
        return self._explain(finding, redactor) if finding.explains else self._record(finding, redactor)

    def _record(self, finding: Finding, redactor: Redactor) -> list[IncidentChange]:
        """Records a finding of a rule that opens incidents."""
        state = self._lock_links(finding)
        group = IncidentGroup(state.fingerprint, finding.fingerprint)
        if finding.links.group or group.name != finding.fingerprint:
            finding = replace(finding, links=replace(finding.links, group=group.name))
        occurrence = corrected(self.session, finding, group)
        if occurrence is None and (known := recorded(self.session, finding, finding.fingerprint)) is not None:
            if not is_refuted(known):
                return []
            occurrence = known
        evidence = evidence_of(finding, redactor)
        if occurrence is not None:
            return self._correct(occurrence, finding, evidence, redactor)
        if finding.expired:
            return self._record_expired(finding, evidence, redactor)
        if finding.links.group and not finding.state and not finding.failed:
            new = failure_of(finding, redactor)
            group = group.concerned_by(self.session, Names.of_failures([new]), finding.time)
        now = self._state_at(state, group, finding.time)
        over = now.over(self.session)
        closed = list(map(self._close_quietly, over))
        if finding.links.group or now.needs_replay(finding.quiet_seconds) or finding.failed:
            return [*closed, *self._record_by_replay(finding, evidence, redactor, group)]
        incident = next((one for one in now.unresolved if one not in over), None)
        return [*closed, self._record_in_order(finding, evidence, redactor, incident)]

    def recover(self, recovery: Recovery) -> list[IncidentChange]:
        """Resolves the incident of the fingerprint if the recovery leaves no run of it unrepaired.

        Recoveries are stored, so that a finding that arrives after its recovery opens no incident.
        """
        recovery = replace(recovery, time=bounded(recovery.time))
        state = self._lock_links(recovery)
        group = IncidentGroup(state.fingerprint, recovery.fingerprint)
        translations = {language: texts["summary"] for language, texts in recovery.translations.items()}
        if recovery.withdrawn:
            return self._withdraw(recovery, group)
        if recovery.failed:
            self._unstage(recovery, recovery.fingerprint)
            began = cancel(self.session, recovery)
            return self._recover_by_replay(recovery, group, translations, since=began) if began else []
        event, names = event_of(recovery), covered_names(recovery)
        whole = group
        group = group.concerned_by(self.session, Names.of_recovery([recovery.fingerprint, *names]), recovery.time)
        now = self._state_at(state, group, recovery.time)
        if not self._keep(state, event):
            return []
        for name in names:
            keep(self.session, name, event)
        over = now.over(self.session)
        ended = list(map(self._close_quietly, over))
        repair_closed(self.session, whole, event, names)
        is_joined, unresolved = group.name != recovery.fingerprint, [one for one in now.unresolved if one not in over]
        if now.is_late or any(is_joined or needs_replay(one, recovery) for one in unresolved):
            return [*ended, *self._recover_by_replay(recovery, group, translations)]
        incident = next(iter(unresolved), None)
        if incident is None or not repaired(incident, event):
            return ended
        return [*ended, self._resolve(incident, event, recovery.event_key, translations)]

    def recovered_at(self, finding: Finding) -> datetime | None:
        """The time of the latest recovery of the fault before the finding; None if none is known."""
        return recovered_at(self.session, finding)

    def resolve(
        self,
        incident_id: int,
        *,
        reason: str,
        time: datetime,
        by: str = "person",
        translations: Mapping[str, str] | None = None,
    ) -> IncidentChange | None:
        """Resolves an incident for a person or a verified remediation; None when it is resolved or unknown.

        An event up to `time` that arrives later still belongs to this incident. `translations` have the reason by
        language; `by` is `person` or `repair`.
        """
        incident = merges.locked_incident(self.session, incident_id, self.now)
        if incident is None or incident.status == Status.RESOLVED:
            return None
        event = RecoveryEvent(max(time, incident.last_seen_at), "", by, clean(reason), fingerprint=incident.fingerprint)
        return self._end(incident, event, f"resolved|{incident.id}", translations or {})

    def acknowledge(self, incident_id: int, *, by: str, time: datetime) -> IncidentView | None:
        """Acknowledges an open incident for the person `by`; None when it is not open or unknown."""
        incident = merges.locked_incident(self.session, incident_id, self.now)
        if incident is None or incident.status != Status.OPEN:
            return None
        incident.status = Status.ACKNOWLEDGED
        incident.acknowledged_by = clean(by)
        incident.acknowledged_at = time
        self.session.flush()
        return load_view(self.session, incident.id)

    def quiet_incidents(self, *, limit: int = QUIET_LIMIT) -> list[IncidentView]:
        """Unresolved incidents without an occurrence for their `quiet_seconds`."""
        return [incident_view(one, None) for one in candidates(self.session, self.now, limit)]

    def resolve_quiet(
        self, *, usual: Mapping[int, timedelta] | None = None, limit: int = QUIET_LIMIT
    ) -> list[IncidentChange]:
        """Closes incidents without an occurrence for their `quiet_seconds`, as of the end of that period.

        `usual` has the interval of their jobs by incident, if known from the history; an incident stays open longer
        than that interval.
        """
        changes = []
        for one in candidates(self.session, self.now, limit):
            self._lock_group(one.fault_group or one.fingerprint, "")
            incident = self.session.get(Incident, one.id, populate_existing=True)
            if incident is not None and is_over(self.session, incident, self.now, (usual or {}).get(incident.id)):
                changes.append(self._close_quietly(incident))
        return changes

    def end_flapping(self, *, limit: int = QUIET_LIMIT) -> list[IncidentChange]:
        """Resolves flapping incidents without a recent failure, as of their last recovery."""
        calm = UNRESOLVED, Incident.calm_at < self.now - STABLE
        query = select(Incident.fault_group, Incident.fingerprint, Incident.calm_at).where(*calm).limit(limit)
        changes = []
        for row in self.session.execute(query.order_by(Incident.fault_group)).all():
            group = IncidentGroup(row.fault_group or row.fingerprint, row.fingerprint)
            self._lock_group(group.name, "")
            for incident, trigger in Replay(self.session, group, row.calm_at, self.now).apply():
                if trigger is Trigger.RESOLVED:
                    changes.append(self._changed(incident, trigger, f"stable|{incident.resolved_at}"))
        return changes

    def _lock_links(self, effect: Finding | Recovery) -> FingerprintState:
        """The locked row of the group of a finding or a recovery, with all groups that it connects or corrects."""
        if isinstance(effect, Finding) and effect.replaces:
            fingerprint, group = effect.replaces
            joins = tuple({*effect.links.joins, group or fingerprint} - {effect.links.group or effect.fingerprint})
            effect = replace(effect, links=replace(effect.links, joins=joins))
        if not effect.links.joins:
            return self._lock_group(effect.links.group or effect.fingerprint, effect.rule)
        return connect(self.session, effect, self.now)

    def _explain(self, finding: Finding, redactor: Redactor) -> list[IncidentChange]:
        """Records why a run failed. Its incident shows the reason, and the named jobs join the incident."""
        text = shown(finding.summary, redactor)
        if finding.expired or not finding.links.own or reasons.is_repeated(self.session, finding, text):
            return []
        group = IncidentGroup(self._lock_links(finding).fingerprint, "")
        reasons.keep(self.session, finding, text, group.name)
        replay = Replay(self.session, group, finding.time, self.now)
        changed = [self._changed(incident, trigger, finding.event_key) for incident, trigger in replay.apply()]
        return changed + [self._cause_found(incident) for incident in follow_ups.due(replay.explained(), self.now)]

    def _state_at(self, state: FingerprintState, group: IncidentGroup, time: datetime) -> Situation:
        incidents = group.touched(self.session, time)
        unresolved = [one for one in incidents if one.status != Status.RESOLVED]
        ended = [one for one in incidents if one.status == Status.RESOLVED and one.resolved_at is not None]
        is_late = state.recovered_at is not None and state.recovered_at >= time
        # An equal state that was seen after a person closed the incident is its latest occurrence.
        was_later = any(time <= max(one.resolved_at or time, one.last_seen_at) for one in ended)
        return Situation(time, unresolved, len(ended), is_late or was_later)

    def _record_in_order(
        self, finding: Finding, evidence: dict[str, Any], redactor: Redactor, incident: Incident | None
    ) -> IncidentChange:
        before = Severity(incident.severity) if incident else None
        is_news = incident is not None and self._is_news(finding, [incident], redactor)
        began, run = began_at(self.session, finding), scrubbed_key(finding.run, 200)
        if incident is None:
            period = IncidentPeriod(began, [], {(finding.fingerprint, run): finding.time})
            incident = self._open(finding, redactor, period)
        else:
            attach(incident, finding, redactor)
            incident.opened_at = min(incident.opened_at, began)
            incident.unrepaired = with_failure(incident, run, finding.time)
        occurrence = self._add_occurrence(incident, finding, evidence, redactor)
        if is_news:
            return self._open_again(incident, finding, occurrence)
        return self._change(incident, _trigger(before, finding.severity), finding.event_key, occurrence)

    def _record_by_replay(
        self, finding: Finding, evidence: dict[str, Any], redactor: Redactor, group: IncidentGroup
    ) -> list[IncidentChange]:
        """Records a finding for which the order of events matters: the incidents of its group are evaluated again."""
        new, shows_state = failure_of(finding, redactor), bool(finding.state)
        draft = new_incident(finding, IncidentPeriod(finding.time, []), redactor, self.now)
        replay = Replay(self.session, group, finding.time, self.now, new, shows_state=shows_state, draft=draft)
        continued = replay.continued()
        is_news = self._is_news(finding, continued, redactor)
        unresolved = [Severity(one.severity) for one in continued if one.status != Status.RESOLVED]
        is_resolved = bool(continued) and not unresolved
        before = max(unresolved, key=lambda severity: severity.rank, default=None)
        changed = replay.apply()
        period, incident = replay.of_new_failure()
        joins = sum(one.fingerprint == finding.fingerprint for one in period.failures) == 1
        if incident is None:
            incident = self._open(finding, redactor, period)
        else:
            attach(incident, finding, redactor)
        occurrence = self._add_occurrence(incident, finding, evidence, redactor)
        if group.is_of_jobs:
            related.keep(self.session, incident.id, period.failures)
        show_cause(self.session, incident, period, occurrence)
        replay.explain(incident, period)
        self._translate_quiet([incident, *replay.closed_quietly()])
        repeated = before is not None and _is_repeated(replay, period)
        if finding.failed and period.ended is not None:
            self._translate_resolution(incident, failed_text(finding.failed).translations)
        if period.ended is not None or repeated or finding.failed:
            return []
        if any(one is incident and trigger is Trigger.FLAPPING for one, trigger in changed):
            return [self._change(incident, Trigger.FLAPPING, finding.event_key, occurrence)]
        if is_news:
            return [self._open_again(incident, finding, occurrence)]
        if before is not None and joins:
            found = follow_ups.due([incident] if follow_ups.is_cause(finding, period) else [], self.now)
            joined = self._change(incident, Trigger.OPENED, finding.event_key, occurrence, joined=True)
            return [joined, *map(self._cause_found, found)]
        trigger = Trigger.REOPENED if is_resolved else _trigger(before, finding.severity)
        return [self._change(incident, trigger, finding.event_key, occurrence)]

    def _is_news(self, finding: Finding, continued: Sequence[Incident], redactor: Redactor) -> bool:
        """Whether another principal makes an acknowledged change again: nobody has acknowledged this call yet."""
        known = [one.id for one in continued if one.status == Status.ACKNOWLEDGED]
        is_change = finding.kind is IncidentKind.IRREGULAR_ACCESS and not finding.state
        if not (known and is_change and finding.principal):
            return False
        principals = self.session.scalars(select(Occurrence.principal).where(Occurrence.incident_id.in_(known)))
        return shown(finding.principal, redactor) not in set(principals)

    def _open_again(self, incident: Incident, finding: Finding, occurrence: Occurrence) -> IncidentChange:
        incident.status, incident.acknowledged_at, incident.acknowledged_by = Status.OPEN, None, None
        return self._change(incident, Trigger.OPENED, finding.event_key, occurrence)

    def _open(self, finding: Finding, redactor: Redactor, period: IncidentPeriod) -> Incident:
        incident = new_incident(finding, period, redactor, self.now)
        merges.number_anew(self.session, incident)
        self.session.add(incident)
        self.session.flush()
        return incident

    def _add_occurrence(
        self, incident: Incident, finding: Finding, evidence: dict[str, Any], redactor: Redactor
    ) -> Occurrence:
        occurrence = new_occurrence(incident.id, finding, evidence, redactor, now=self.now, message_id=self.message_id)
        self.session.add(occurrence)
        self.session.flush()
        log_readings.plan(self.session, occurrence.id, finding, self.now)
        return occurrence

    def _record_expired(self, finding: Finding, evidence: dict[str, Any], redactor: Redactor) -> list[IncidentChange]:
        """Records a finding that arrived too late, in a separate incident that is resolved at once, without handlers."""
        expired = Incident.fingerprint == finding.fingerprint, Incident.resolved_by == EXPIRED
        incident = self.session.scalar(select(Incident).where(*expired).limit(1))
        if incident is None:
            ended = RecoveryEvent(finding.time, "", EXPIRED, findings.TOO_OLD.en)
            incident = self._open(finding, redactor, IncidentPeriod(finding.time, [], ended=ended))
        else:
            attach(incident, finding, redactor)
            incident.resolved_at = incident.last_seen_at
            incident.opened_at = min(incident.opened_at, finding.time)
        self._add_occurrence(incident, finding, evidence, redactor)
        self._translate_resolution(incident, findings.TOO_OLD.translations)
        return []

    def _recover_by_replay(
        self, recovery: Recovery, group: IncidentGroup, translations: Mapping[str, str], since: datetime | None = None
    ) -> list[IncidentChange]:
        """Applies a recovery for which the order of events matters: the incidents of its group are evaluated again.

        If it changes what was known since an earlier time, `since` is that time.
        """
        replay = Replay(self.session, group, since or recovery.time, self.now)
        changed = replay.apply()
        self._translate_quiet(replay.closed_quietly())
        for incident in replay.recovered_by(recovery.time):
            self._translate_resolution(incident, translations)
        return [self._changed(incident, trigger, recovery.event_key) for incident, trigger in changed]

    def _correct(
        self, occurrence: Occurrence, finding: Finding, evidence: dict[str, Any], redactor: Redactor
    ) -> list[IncidentChange]:
        """Gives a recorded occurrence the content of a finding, and its incident what follows from that."""
        new = new_occurrence(
            occurrence.incident_id, finding, evidence, redactor, now=self.now, message_id=self.message_id
        )
        overwrite(self.session, occurrence, new)
        log_readings.plan(self.session, occurrence.id, finding, self.now)
        replay = Replay(self.session, IncidentGroup.of(finding), occurrence.time, self.now)
        changed = replay.apply()
        period, incident = replay.of_occurrence(occurrence.id)
        if incident is not None:
            related.keep(self.session, incident.id, period.failures)
        if incident is not None and period.cause.occurrence_id == occurrence.id:
            retitle(incident, finding, redactor)
            show_cause(self.session, incident, period)
        return [self._changed(one, trigger, finding.event_key) for one, trigger in changed]

    def _withdraw(self, recovery: Recovery, group: IncidentGroup) -> list[IncidentChange]:
        """Withdraws a recovery; incidents that no other recovery resolves are unresolved again."""
        resolved = withdraw(self.session, recovery, group)
        changed = Replay(self.session, group, recovery.time, self.now).apply()
        reopened = [one for one in resolved if one in self.session and one.status != Status.RESOLVED]
        cause = f"{recovery.event_key}|withdrawn"
        return [
            *(self._changed(one, trigger, recovery.event_key) for one, trigger in changed),
            *(self._changed(one, Trigger.REOPENED, cause) for one in reopened),
        ]


def _is_repeated(replay: Replay, period: IncidentPeriod) -> bool:
    """Whether the new failure shows the state that is already known."""
    new = replay.new
    return new is not None and new.state != "" and period.state_of(new) == new.state


def _trigger(before: Severity | None, severity: Severity) -> Trigger:
    is_worse = before is not None and severity.rank > before.rank
    return Trigger.OPENED if before is None else Trigger.ESCALATED if is_worse else Trigger.REOCCURRED
