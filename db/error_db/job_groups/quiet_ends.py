"""Where quiet periods end in a group whose events are evaluated again.

An event that arrives late changes the order of failures and the observed interval of a job, so each quiet period is
measured again with the events before its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from db.error_db.models import Incident
from db.error_db.periods import QUIET, FailureEvent, IncidentPeriod, RecoveryEvent
from db.error_db.quiet import closing_text, length, rule_seconds


class QuietEnds:
    """The ends of the quiet periods in one evaluation.

    `owners` are the incidents of recorded failures, by occurrence. `new` is the failure that is being recorded, and
    `draft` its incident if it opens one.
    """

    def __init__(
        self,
        session: Session,
        owners: Mapping[int, Incident],
        new: FailureEvent | None = None,
        draft: Incident | None = None,
    ) -> None:
        self._session, self._owners = session, owners
        self._new, self._draft = new, draft

    def with_lengths(self, failures: Iterable[FailureEvent]) -> list[FailureEvent]:
        """The failures with the quiet period of their rule, which is stored per failure only in groups of jobs.

        Other failures get the period of their incident, which may be that of another job; of several, the shortest one
        counts.
        """
        failures = list(failures)
        known: dict[str, int] = {}
        for one in failures:
            seconds = one.quiet_seconds or self._owned_seconds(one)
            if seconds is not None:
                known[one.fingerprint] = min(seconds, known.get(one.fingerprint, seconds))
        return [_with_length(one, known.get(one.fingerprint)) for one in failures]

    def end(self, period: IncidentPeriod, time: datetime) -> RecoveryEvent | None:
        """The end of an incident's quiet period if it is over before an event at `time`; None if it is not."""
        last = period.failures[-1]
        # Most events of a storm come within the quiet period of the failure before them.
        if last.quiet_seconds is None or time <= last.time + timedelta(seconds=last.quiet_seconds):
            return None
        seconds = period.quiet_seconds
        if seconds is None or time <= last.time + timedelta(seconds=seconds):
            return None
        incident = self._owners.get(last.occurrence_id or 0, self._draft)
        if incident is None:
            return None
        opening = _copy(incident, period.failures[0].fingerprint)
        new = [self._new.time] if self._new is not None and self._new.fingerprint == opening.fingerprint else []
        quiet = timedelta(seconds=length(self._session, opening, seconds, time, failed=new))
        if time <= last.time + quiet:
            return None
        text = closing_text(incident.kind, quiet).en
        return RecoveryEvent(last.time + quiet, "", QUIET, text, last.time, opening.fingerprint, ends=True)

    def _owned_seconds(self, failure: FailureEvent) -> int | None:
        incident = self._owners.get(failure.occurrence_id or 0)
        return rule_seconds(incident) if incident is not None else None


def _with_length(failure: FailureEvent, seconds: int | None) -> FailureEvent:
    return failure if failure.quiet_seconds == seconds else replace(failure, quiet_seconds=seconds)


def _copy(incident: Incident, fingerprint: str) -> Incident:
    """A copy of the incident as if its job opened it now; the copy is not stored."""
    names = "fault_group", "kind", "resource", "labels", "unrepaired", "opened_at", "usual_seconds"
    return Incident(fingerprint=fingerprint, **{name: getattr(incident, name) for name in names})
