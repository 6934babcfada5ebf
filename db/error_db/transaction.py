"""The changes of incidents. Each is made under the row lock of its fingerprint, so all instances make them in one order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.error_db.insert import insert
from db.error_db.models import UNRESOLVED, FingerprintState, Incident, Occurrence
from db.error_db.quiet import QUIET, candidates, is_over
from db.error_db.recoveries import as_json, began_at, keep, repair_closed, repaired, with_failure
from db.error_db.replay import Replay
from db.error_db.rule_state import StoredRuleState
from db.error_db.timeline import FailureEvent, IncidentPeriod, RecoveryEvent
from db.error_db.views import incident_view, load_view
from db.sanitize import clean, clean_json, clean_key
from shared.model import Finding, IncidentKind, Recovery, Severity, Status, Trigger
from shared.records import IncidentChange, IncidentView
from shared.redaction import Redactor
from shared.texts import findings
from shared.texts.locale import duration
from shared.texts.recorded import TRANSLATIONS

QUIET_LIMIT = 200
EXPIRED = "expired"


class ErrorTransaction(StoredRuleState):
    """One transaction on the Error DB: findings, recoveries, and the state of rules, all or nothing."""

    def __init__(self, session: Session, now: datetime, message_id: str = "") -> None:
        super().__init__(session, now)
        self.message_id = clean_key(message_id, 100)

    def record(self, finding: Finding, *, redact: Sequence[str]) -> list[IncidentChange]:
        """Records the finding as an occurrence of its incident; the changes of incidents, for handlers.

        Empty when there is nothing to handle: the event is a duplicate, or it belongs to a resolved incident.
        """
        state = self._lock_fingerprint(finding.fingerprint, finding.rule)
        if self._is_known(finding):
            return []
        redactor = Redactor(redact)
        evidence = _evidence(finding, redactor)
        if finding.expired:
            return self._record_expired(finding, evidence, redactor)
        late, incident = self._state_at(state, finding.time)
        if late:
            return self._record_late(finding, evidence, redactor)
        if incident is None or not is_over(self.session, incident, finding.time):
            return [self._record_in_order(finding, evidence, redactor, incident)]
        closed = self._close_quietly(incident)
        return [closed, self._record_in_order(finding, evidence, redactor, None)]

    def recover(self, recovery: Recovery) -> list[IncidentChange]:
        """Resolves the incident of the fingerprint if the recovery leaves no run of it unrepaired.

        Recoveries are stored, so that a finding which arrives after its recovery opens no incident.
        """
        state = self._lock_fingerprint(recovery.fingerprint, recovery.rule)
        event = RecoveryEvent(recovery.time, clean_key(recovery.run, 200), "recovery", clean(recovery.summary))
        late, incident = self._state_at(state, recovery.time)
        if not self._keep(state, event):
            return []
        repair_closed(self.session, recovery.fingerprint, event)
        translations = {language: texts["summary"] for language, texts in recovery.translations.items()}
        if late or (incident is not None and incident.last_seen_at > recovery.time):
            return self._recover_late(recovery, translations)
        if incident is None or not repaired(incident, event):
            return []
        return [self._resolve(incident, event, recovery.event_key, translations)]

    def resolve(
        self,
        incident_id: int,
        *,
        reason: str,
        time: datetime,
        by: str = "person",
        translations: Mapping[str, str] | None = None,
    ) -> IncidentChange | None:
        """Resolves an incident for a person or a verified repair; None when it is resolved or unknown.

        An event up to `time` that arrives later still belongs to this incident. `translations` hold the reason by
        language; `by` is `person` or `repair`.
        """
        incident = self._locked_incident(incident_id)
        if incident is None or incident.status == Status.RESOLVED:
            return None
        event = RecoveryEvent(max(time, incident.last_seen_at), "", by, clean(reason))
        return self._end(incident, event, f"resolved|{incident_id}", translations or {})

    def acknowledge(self, incident_id: int, *, by: str, time: datetime) -> IncidentView | None:
        """Acknowledges an open incident for the person `by`; None when it is not open or unknown."""
        incident = self._locked_incident(incident_id)
        if incident is None or incident.status != Status.OPEN:
            return None
        incident.status = Status.ACKNOWLEDGED
        incident.acknowledged_by = clean(by)
        incident.acknowledged_at = time
        self.session.flush()
        return load_view(self.session, incident_id)

    def quiet_incidents(self, *, limit: int = QUIET_LIMIT) -> list[IncidentView]:
        """Unresolved incidents without an occurrence for their `quiet_seconds`."""
        return [incident_view(one, None) for one in candidates(self.session, self.now, limit)]

    def resolve_quiet(
        self, *, usual: Mapping[int, timedelta] | None = None, limit: int = QUIET_LIMIT
    ) -> list[IncidentChange]:
        """Closes the incidents without an occurrence for their `quiet_seconds`, as of the end of that period.

        `usual` is how often their jobs run, by incident, where the history knows it: an incident stays open for longer
        than that.
        """
        changes = []
        for one in candidates(self.session, self.now, limit):
            self._lock_fingerprint(one.fingerprint, "")
            incident = self.session.get(Incident, one.id, populate_existing=True)
            if incident is not None and is_over(self.session, incident, self.now, (usual or {}).get(incident.id)):
                changes.append(self._close_quietly(incident))
        return changes

    def _lock_fingerprint(self, fingerprint: str, rule: str) -> FingerprintState:
        """The row of the fingerprint, inserted if necessary, and locked until the transaction ends."""
        values = {"fingerprint": fingerprint, "rule": clean_key(rule, 200), "touched_at": self.now}
        added = insert(self.session, FingerprintState).values(values)
        locked = added.on_conflict_do_update(
            index_elements=[FingerprintState.fingerprint], set_={"touched_at": added.excluded.touched_at}
        ).returning(FingerprintState)
        return self.session.scalars(locked, execution_options={"populate_existing": True}).one()

    def _is_known(self, finding: Finding) -> bool:
        key = Occurrence.rule == clean_key(finding.rule, 200), Occurrence.event_key == clean_key(finding.event_key, 300)
        known = select(Occurrence.id).where(*key, Occurrence.fingerprint == finding.fingerprint)
        return self.session.scalar(known) is not None

    def _state_at(self, state: FingerprintState, time: datetime) -> tuple[bool, Incident | None]:
        """Whether a recovery of the fingerprint at `time` or later is known; and the unresolved incident."""
        later = select(Incident).where(
            Incident.fingerprint == state.fingerprint,
            Incident.resolved_by.is_distinct_from(EXPIRED),
            or_(UNRESOLVED, Incident.resolved_at >= time),
        )
        # The unresolved incident comes first; of the resolved ones one is enough.
        query = later.order_by(Incident.resolved_at.is_not(None), Incident.id).limit(2)
        found = self.session.scalars(query.execution_options(populate_existing=True)).all()
        unresolved = next((one for one in found if one.status != Status.RESOLVED), None)
        over = any(one.status == Status.RESOLVED for one in found)
        return over or (state.recovered_at is not None and state.recovered_at >= time), unresolved

    def _record_in_order(
        self, finding: Finding, evidence: dict[str, Any], redactor: Redactor, incident: Incident | None
    ) -> IncidentChange:
        before = Severity(incident.severity) if incident else None
        began, run = began_at(self.session, finding), clean_key(finding.run, 200)
        if incident is None:
            incident = self._open(finding, redactor, IncidentPeriod(began, [], {run: finding.time}))
        else:
            _attach(incident, finding, redactor)
            incident.opened_at = min(incident.opened_at, began)
            incident.unrepaired = with_failure(incident, run, finding.time)
        occurrence = self._add_occurrence(incident, finding, evidence, redactor)
        return self._change(incident, _trigger(before, finding.severity), finding.event_key, occurrence)

    def _record_late(self, finding: Finding, evidence: dict[str, Any], redactor: Redactor) -> list[IncidentChange]:
        """A finding that arrives after a recovery of its own time or later: the incidents are evaluated again."""
        failure = FailureEvent(finding.time, finding.since or finding.time, clean_key(finding.run, 200), None)
        history = Replay(self.session, finding.fingerprint, finding.time, failure)
        period, incident = history.of_new_failure()
        before = Severity(incident.severity) if incident and incident.status != Status.RESOLVED else None
        history.apply()
        if incident is None:
            incident = self._open(finding, redactor, period)
        else:
            _attach(incident, finding, redactor)
        occurrence = self._add_occurrence(incident, finding, evidence, redactor)
        if period.ended is not None:
            return []
        return [self._change(incident, _trigger(before, finding.severity), finding.event_key, occurrence)]

    def _record_expired(self, finding: Finding, evidence: dict[str, Any], redactor: Redactor) -> list[IncidentChange]:
        """A finding that was too old when it arrived: recorded in a resolved incident of its own, without any handler."""
        mine = Incident.fingerprint == finding.fingerprint, Incident.resolved_by == EXPIRED
        incident = self.session.scalar(select(Incident).where(*mine).limit(1))
        if incident is None:
            ended = RecoveryEvent(finding.time, "", EXPIRED, findings.TOO_OLD.en)
            incident = self._open(finding, redactor, IncidentPeriod(finding.time, [], ended=ended))
        else:
            _attach(incident, finding, redactor)
            incident.resolved_at = incident.last_seen_at
            incident.opened_at = min(incident.opened_at, finding.time)
        self._add_occurrence(incident, finding, evidence, redactor)
        self._translate_resolution(incident, findings.TOO_OLD.translations)
        return []

    def _recover_late(self, recovery: Recovery, translations: Mapping[str, str]) -> list[IncidentChange]:
        """A recovery that arrives after events of its own time or later: the incidents are evaluated again."""
        changes = []
        for incident in Replay(self.session, recovery.fingerprint, recovery.time).apply():
            self._translate_resolution(incident, translations)
            changes.append(self._resolved(incident, recovery.event_key))
        return changes

    def _close_quietly(self, incident: Incident) -> IncidentChange:
        """Closes an incident at the end of its quiet period. What failed is as unrepaired as before."""
        length = timedelta(seconds=incident.quiet_seconds or 0)
        template = findings.QUIET_JOB if incident.kind == IncidentKind.JOB_FAILURE else findings.QUIET
        text, time = template(duration=duration(length)), incident.last_seen_at + length
        event = RecoveryEvent(time, "", QUIET, text.en, unless_after=incident.last_seen_at)
        return self._end(incident, event, f"quiet|{time.isoformat()}", text.translations)

    def _end(
        self, incident: Incident, event: RecoveryEvent, cause: str, translations: Mapping[str, str]
    ) -> IncidentChange:
        state = self._lock_fingerprint(incident.fingerprint, incident.rule)
        self._keep(state, event)
        return self._resolve(incident, event, cause, translations)

    def _keep(self, state: FingerprintState, event: RecoveryEvent) -> bool:
        """Stores a recovery; False for a duplicate."""
        if state.recovered_at is None or state.recovered_at < event.time:
            state.recovered_at, state.recovery = event.time, event.summary
        return keep(self.session, state.fingerprint, event)

    def _locked_incident(self, incident_id: int) -> Incident | None:
        row = self.session.execute(
            select(Incident.fingerprint, Incident.rule).where(Incident.id == incident_id)
        ).one_or_none()
        if row is None:
            return None
        self._lock_fingerprint(*row)
        return self.session.get(Incident, incident_id, populate_existing=True)

    def _open(self, finding: Finding, redactor: Redactor, period: IncidentPeriod) -> Incident:
        """A new incident; resolved at once when the problem recovered after this event."""
        ended = period.ended
        incident = Incident(
            fingerprint=finding.fingerprint,
            rule=clean_key(finding.rule, 200),
            title=clean(finding.title),
            kind=finding.kind,
            severity=finding.severity,
            service=clean(finding.service, 40),
            project=clean(finding.project, 100),
            status=Status.RESOLVED if ended else Status.OPEN,
            opened_at=period.opened_at,
            last_seen_at=finding.time,
            occurrence_count=1,
            resolved_at=ended.time if ended else None,
            resolution=ended.summary if ended else None,
            resolved_by=ended.kind if ended else None,
            unrepaired=as_json(period.unrepaired),
            later_success_at=period.later_success_at,
            received_at=self.now,
            **_latest(finding, redactor),
        )
        self.session.add(incident)
        self.session.flush()
        return incident

    def _add_occurrence(
        self, incident: Incident, finding: Finding, evidence: dict[str, Any], redactor: Redactor
    ) -> Occurrence:
        occurrence = Occurrence(
            incident_id=incident.id,
            rule=clean_key(finding.rule, 200),
            fingerprint=finding.fingerprint,
            event_key=clean_key(finding.event_key, 300),
            severity=finding.severity,
            time=finding.time,
            began_at=finding.since,
            run=clean_key(finding.run, 200),
            received_at=self.now,
            message_id=self.message_id,
            log_name=clean(finding.log_name),
            insert_id=clean(finding.insert_id),
            log_url=clean(finding.log_url),
            principal=_shown(finding.principal, redactor),
            summary=_shown(finding.summary, redactor),
            evidence=evidence,
        )
        self.session.add(occurrence)
        self.session.flush()
        return occurrence

    def _change(self, incident: Incident, trigger: Trigger, cause: str, occurrence: Occurrence) -> IncidentChange:
        # What is planned for this change is about this occurrence, even when a later one came before it.
        return IncidentChange(incident_view(incident, occurrence), trigger, clean_key(cause, 300), occurrence.id)

    def _resolve(
        self, incident: Incident, event: RecoveryEvent, cause: str, translations: Mapping[str, str]
    ) -> IncidentChange:
        incident.status = Status.RESOLVED
        incident.resolved_at = event.time
        incident.resolution = event.summary
        incident.resolved_by = event.kind
        if event.kind != QUIET:
            incident.unrepaired = {}
        self._translate_resolution(incident, translations)
        return self._resolved(incident, cause)

    def _resolved(self, incident: Incident, cause: str) -> IncidentChange:
        self.session.flush()
        view = load_view(self.session, incident.id) or incident_view(incident, None)
        return IncidentChange(view, Trigger.RESOLVED, clean_key(cause, 300), None)

    def _translate_resolution(self, incident: Incident, translations: Mapping[str, str]) -> None:
        """Stores the translations with the latest occurrence, which has the other texts too."""
        latest = select(Occurrence).where(Occurrence.incident_id == incident.id)
        occurrence = self.session.scalar(latest.order_by(Occurrence.time.desc(), Occurrence.id.desc()).limit(1))
        if occurrence is None or not translations:
            return
        known = occurrence.evidence.get(TRANSLATIONS, {})
        added = {
            language: {**known.get(language, {}), "resolution": clean(text)} for language, text in translations.items()
        }
        occurrence.evidence = {**occurrence.evidence, TRANSLATIONS: {**known, **added}}


def _evidence(finding: Finding, redactor: Redactor) -> dict[str, Any]:
    """The matched fields as stored. The redactor learns from them which values to mask in texts."""
    evidence = {
        "fields": clean_json(redactor.redact(finding.fields)),
        "elements": clean_json(redactor.redact(finding.elements)),
        "labels": _labels(finding, redactor),
    }
    if finding.translations:
        evidence[TRANSLATIONS] = {
            language: {name: _shown(text, redactor) for name, text in texts.items()}
            for language, texts in finding.translations.items()
        }
    return evidence


def _labels(finding: Finding, redactor: Redactor) -> dict[str, str]:
    return {clean(name): _shown(value, redactor) for name, value in redactor.redact(finding.labels).items()}


def _shown(text: str, redactor: Redactor) -> str:
    return clean(redactor.mask(text))


def _latest(finding: Finding, redactor: Redactor) -> dict[str, Any]:
    """The columns of an incident that follow its latest occurrence, which a repair is about."""
    return {
        "resource": _shown(finding.resource, redactor),
        "principal": _shown(finding.principal, redactor),
        "summary": _shown(finding.summary, redactor),
        "labels": _labels(finding, redactor),
        "quiet_seconds": finding.quiet_seconds,
    }


def _attach(incident: Incident, finding: Finding, redactor: Redactor) -> None:
    if finding.time >= incident.last_seen_at:
        for column, value in _latest(finding, redactor).items():
            setattr(incident, column, value)
    incident.last_seen_at = max(incident.last_seen_at, finding.time)
    incident.occurrence_count += 1
    incident.severity = max(Severity(incident.severity), finding.severity, key=lambda severity: severity.rank)


def _trigger(before: Severity | None, severity: Severity) -> Trigger:
    if before is None:
        return Trigger.OPENED
    return Trigger.ESCALATED if severity.rank > before.rank else Trigger.REOCCURRED
