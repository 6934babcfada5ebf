"""The changes of one incident: the columns that they write, and the change that handlers get."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.error_db.job_groups.groups import lock_group
from db.error_db.models import FingerprintState, Incident, Occurrence
from db.error_db.periods import QUIET, RecoveryEvent
from db.error_db.quiet import closing_text
from db.error_db.recoveries import keep
from db.error_db.views import incident_view, job_view, load_view
from db.sanitize import clean, scrubbed_key
from shared.model import Status, Trigger
from shared.records import IncidentChange
from shared.texts.recorded import TRANSLATIONS


class IncidentChanges:
    """Changes of one incident, within the transaction of `session` at `now`."""

    session: Session
    now: datetime

    def _lock_group(self, fingerprint: str, rule: str) -> FingerprintState:
        """The row of a fingerprint or of a group, inserted if necessary, and locked until the transaction ends."""
        return lock_group(self.session, fingerprint, rule, self.now)

    def _close_quietly(self, incident: Incident) -> IncidentChange:
        """Closes an incident at the end of its quiet period. The failed runs stay unrepaired."""
        length = timedelta(seconds=incident.quiet_seconds or 0)
        text, time = closing_text(incident.kind, length), incident.last_seen_at + length
        event = RecoveryEvent(time, "", QUIET, text.en, incident.last_seen_at, incident.fingerprint)
        return self._end(incident, event, f"quiet|{time.isoformat()}", text.translations)

    def _end(
        self, incident: Incident, event: RecoveryEvent, cause: str, translations: Mapping[str, str]
    ) -> IncidentChange:
        state = self._lock_group(incident.fault_group or incident.fingerprint, incident.rule)
        self._keep(state, event)
        return self._resolve(incident, event, cause, translations)

    def _keep(self, state: FingerprintState, event: RecoveryEvent) -> bool:
        """Stores a recovery; False for a duplicate."""
        if state.recovered_at is None or state.recovered_at < event.time:
            state.recovered_at, state.recovery = event.time, event.summary
        return keep(self.session, event.fingerprint, event)

    def _change(
        self, incident: Incident, trigger: Trigger, cause: str, occurrence: Occurrence, *, joined: bool = False
    ) -> IncidentChange:
        # The plans for this change concern this occurrence, even if a later one arrived before it.
        view = job_view(incident, occurrence)
        return IncidentChange(view, trigger, scrubbed_key(cause, 300), occurrence.id, joined=joined)

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
        return self._changed(incident, Trigger.RESOLVED, cause)

    def _changed(self, incident: Incident, trigger: Trigger, cause: str) -> IncidentChange:
        self.session.flush()
        view = load_view(self.session, incident.id) or incident_view(incident, None)
        return IncidentChange(view, trigger, scrubbed_key(cause, 300), None)

    def _cause_found(self, incident: Incident) -> IncidentChange:
        """The change that a cause became known; all causes of an incident share an event key, for one message."""
        return self._changed(incident, Trigger.CAUSE_FOUND, "cause found")

    def _translate_quiet(self, incidents: Iterable[Incident]) -> None:
        """Stores the translations of the ends of incidents that a quiet period closed."""
        for one in incidents:
            if one.resolved_by == QUIET and one.resolved_at is not None:
                self._translate_resolution(one, closing_text(one.kind, one.resolved_at - one.last_seen_at).translations)

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
