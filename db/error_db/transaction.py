"""What may happen to an incident. Each change is made under the lock of its fault's row, so in one order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, false, or_, select
from sqlalchemy.orm import Session

from db.error_db.insert import insert
from db.error_db.models import UNRESOLVED, Fault, Incident, Occurrence
from db.error_db.state import SessionState
from db.error_db.views import incident_view, load_view
from db.sanitize import clean, clean_json, clean_key
from shared.model import Finding, Recovery, Severity, Status, Trigger
from shared.records import Change, IncidentView
from shared.redaction import Redactor
from shared.translation import TRANSLATIONS

QUIET_LIMIT = 200
_QUIET_UNITS = ((86400, "日間"), (3600, "時間"), (60, "分間"))


class Transaction(SessionState):
    """One transaction on the Error DB: findings, recoveries, and the state of rules, all or nothing."""

    def __init__(self, session: Session, now: datetime, message_id: str = "") -> None:
        super().__init__(session, now)
        self.message_id = clean_key(message_id, 100)

    def record(self, finding: Finding, *, redact: Sequence[str]) -> Change | None:
        """Keeps the finding as an occurrence of its incident.

        None when nothing is to be done about it: the event was known, or it belongs to a fault that is over.
        """
        fault = self._lock_fault(finding.fingerprint, finding.rule)
        if self._is_known(finding):
            return None
        redactor = Redactor(redact)
        evidence = _evidence(finding, redactor)
        incident = self._incident_at(fault, finding.time)
        before = Severity(incident.severity) if incident else None
        if incident is None:
            incident = self._open(finding, fault, redactor)
        else:
            _attach(incident, finding, redactor)
            incident.opened_at = min(incident.opened_at, _began(finding, fault))
        occurrence = self._add_occurrence(incident, finding, evidence, redactor)
        if incident.status == Status.RESOLVED:
            return None
        return self._change(incident, _trigger(before, finding.severity), finding.event_key, occurrence)

    def recover(self, recovery: Recovery) -> list[Change]:
        """Resolves the incident of the fault if it was last seen at or before the recovery.

        The fault remembers its latest recovery, so that an older finding that comes later opens nothing.
        """
        fault = self._lock_fault(recovery.fingerprint, recovery.rule)
        if fault.recovered_at is None or fault.recovered_at < recovery.time:
            fault.recovered_at = recovery.time
            fault.recovery = clean(recovery.summary)
        incident = self._unresolved(recovery.fingerprint)
        if incident is None or incident.last_seen_at > recovery.time:
            return []
        told = {language: texts["summary"] for language, texts in recovery.translations.items()}
        return [self._resolve(incident, recovery.summary, recovery.time, recovery.event_key, told)]

    def resolve(
        self, incident_id: int, *, reason: str, time: datetime, translations: Mapping[str, str] | None = None
    ) -> Change | None:
        """Resolves an incident because a person or a verified repair says so; None when it is resolved or unknown.

        An event up to `time` that comes later still belongs to this incident. `translations` are the reason by language.
        """
        incident = self._locked_incident(incident_id)
        if incident is None or incident.status == Status.RESOLVED:
            return None
        return self._resolve(incident, reason, time, f"resolved|{incident_id}", translations or {})

    def acknowledge(self, incident_id: int, *, by: str, time: datetime) -> IncidentView | None:
        """Notes who takes care of it; None when it is not open or unknown."""
        incident = self._locked_incident(incident_id)
        if incident is None or incident.status != Status.OPEN:
            return None
        incident.status = Status.ACKNOWLEDGED
        incident.acknowledged_by = clean(by)
        incident.acknowledged_at = time
        self.session.flush()
        return load_view(self.session, incident_id)

    def resolve_quiet(self, *, limit: int = QUIET_LIMIT) -> list[Change]:
        """Resolves the incidents that had no occurrence for their `quiet_seconds`, as of the end of that time."""
        changes = []
        for incident_id, fingerprint in self._gone_quiet(limit):
            self._lock_fault(fingerprint, "")
            incident = self.session.get(Incident, incident_id, populate_existing=True)
            quiet_since = _quiet_since(incident)
            if incident is not None and quiet_since is not None and quiet_since < self.now:
                seconds = incident.quiet_seconds or 0
                reason, told = f"no occurrence for {timedelta(seconds=seconds)}", {"ja": _quiet_in_japanese(seconds)}
                changes.append(self._resolve(incident, reason, quiet_since, f"quiet|{quiet_since.isoformat()}", told))
        return changes

    def _gone_quiet(self, limit: int) -> list[tuple[int, str]]:
        waiting = Incident.quiet_seconds.is_not(None), UNRESOLVED
        # There are few different times, and the two databases share no arithmetic of dates.
        times = self.session.scalars(select(Incident.quiet_seconds).where(*waiting).distinct()).all()
        quiet = [
            and_(Incident.quiet_seconds == seconds, Incident.last_seen_at < self.now - timedelta(seconds=seconds))
            for seconds in times
            if seconds is not None
        ]
        query = select(Incident.id, Incident.fingerprint).where(*waiting, or_(false(), *quiet))
        return [
            (row.id, row.fingerprint) for row in self.session.execute(query.order_by(Incident.fingerprint).limit(limit))
        ]

    def _lock_fault(self, fingerprint: str, rule: str) -> Fault:
        """The fault's row, made if need be, and locked until the transaction ends."""
        values = {"fingerprint": fingerprint, "rule": clean_key(rule, 200), "touched_at": self.now}
        added = insert(self.session, Fault).values(values)
        locked = added.on_conflict_do_update(
            index_elements=[Fault.fingerprint], set_={"touched_at": added.excluded.touched_at}
        ).returning(Fault)
        return self.session.scalars(locked, execution_options={"populate_existing": True}).one()

    def _is_known(self, finding: Finding) -> bool:
        key = Occurrence.rule == clean_key(finding.rule, 200), Occurrence.event_key == clean_key(finding.event_key, 300)
        known = select(Occurrence.id).where(*key, Occurrence.fingerprint == finding.fingerprint)
        return self.session.scalar(known) is not None

    def _incident_at(self, fault: Fault, time: datetime) -> Incident | None:
        """The incident that an event of this time belongs to, None when there is none."""
        unresolved = self._unresolved(fault.fingerprint)
        if unresolved is not None and time >= unresolved.opened_at:
            return unresolved
        past = select(Incident).where(Incident.fingerprint == fault.fingerprint, Incident.resolved_at >= time)
        found = self.session.scalar(past.order_by(Incident.resolved_at, Incident.id).limit(1))
        if found is not None or _is_over(fault, time):
            return found
        return unresolved

    def _unresolved(self, fingerprint: str) -> Incident | None:
        query = select(Incident).where(Incident.fingerprint == fingerprint, UNRESOLVED)
        return self.session.scalar(query.execution_options(populate_existing=True))

    def _locked_incident(self, incident_id: int) -> Incident | None:
        row = self.session.execute(
            select(Incident.fingerprint, Incident.rule).where(Incident.id == incident_id)
        ).one_or_none()
        if row is None:
            return None
        self._lock_fault(*row)
        return self.session.get(Incident, incident_id, populate_existing=True)

    def _open(self, finding: Finding, fault: Fault, redactor: Redactor) -> Incident:
        """A new incident; it is born resolved when the fault recovered after this event."""
        over = _is_over(fault, finding.time)
        incident = Incident(
            fingerprint=finding.fingerprint,
            rule=clean_key(finding.rule, 200),
            title=clean(finding.title),
            kind=finding.kind,
            severity=finding.severity,
            service=clean(finding.service, 40),
            project=clean(finding.project, 100),
            status=Status.RESOLVED if over else Status.OPEN,
            opened_at=_began(finding, fault),
            last_seen_at=finding.time,
            occurrence_count=1,
            resolved_at=fault.recovered_at if over else None,
            resolution=fault.recovery if over else None,
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

    def _change(self, incident: Incident, trigger: Trigger, cause: str, occurrence: Occurrence) -> Change:
        # What is planned for this change is about this occurrence, even when a later one came before it.
        return Change(incident_view(incident, occurrence), trigger, clean_key(cause, 300), occurrence.id)

    def _resolve(
        self, incident: Incident, reason: str, time: datetime, cause: str, translations: Mapping[str, str]
    ) -> Change:
        incident.status = Status.RESOLVED
        incident.resolved_at = max(time, incident.last_seen_at)
        incident.resolution = clean(reason)
        self._translate_resolution(incident, translations)
        self.session.flush()
        view = load_view(self.session, incident.id) or incident_view(incident, None)
        return Change(view, Trigger.RESOLVED, clean_key(cause, 300), None)

    def _translate_resolution(self, incident: Incident, translations: Mapping[str, str]) -> None:
        """Keeps the other languages with the latest occurrence, where the rest of its texts are."""
        latest = select(Occurrence).where(Occurrence.incident_id == incident.id)
        occurrence = self.session.scalar(latest.order_by(Occurrence.time.desc(), Occurrence.id.desc()).limit(1))
        if occurrence is None or not translations:
            return
        known = occurrence.evidence.get(TRANSLATIONS, {})
        told = {
            language: {**known.get(language, {}), "resolution": clean(text)} for language, text in translations.items()
        }
        occurrence.evidence = {**occurrence.evidence, TRANSLATIONS: {**known, **told}}


def _evidence(finding: Finding, redactor: Redactor) -> dict[str, Any]:
    """What is kept of the matched fields. The redactor learns from it what to mask in texts."""
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
    """The columns of an incident that follow its latest occurrence: a repair must see what broke last."""
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


def _began(finding: Finding, fault: Fault) -> datetime:
    """When the fault of a finding began: not before it was last over, if that was before the finding."""
    since = min(finding.since or finding.time, finding.time)
    over = fault.recovered_at if fault.recovered_at is not None and fault.recovered_at < finding.time else since
    return max(since, over)


def _trigger(before: Severity | None, severity: Severity) -> Trigger:
    if before is None:
        return Trigger.OPENED
    return Trigger.ESCALATED if severity.rank > before.rank else Trigger.REOCCURRED


def _quiet_in_japanese(seconds: int) -> str:
    size, unit = next(one for one in _QUIET_UNITS if seconds % one[0] == 0 or one[0] == 60)
    return f"{seconds // size} {unit}発生なし"


def _is_over(fault: Fault, time: datetime) -> bool:
    return fault.recovered_at is not None and fault.recovered_at >= time


def _quiet_since(incident: Incident | None) -> datetime | None:
    if incident is None or incident.status == Status.RESOLVED or incident.quiet_seconds is None:
        return None
    return incident.last_seen_at + timedelta(seconds=incident.quiet_seconds)
