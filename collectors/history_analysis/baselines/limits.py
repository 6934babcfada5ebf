"""Opens and resolves incidents about limits that will be reached soon, every six hours.

An incident opens only if the whole interval of the forecast is within the horizon, and resolves when it no longer is.
Each comparison is claimed and recorded like a snapshot: a comparison that was missed or failed is due with the next
run, and none is made twice.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from collectors.history_analysis.baselines.findings import SERIES, over, short_name
from collectors.history_analysis.collector_run import LEASE, slot_at
from collectors.history_analysis.errors import describe
from collectors.history_analysis.incident_changes import IncidentCheck, write
from collectors.history_analysis.upkeep import SCOPE
from db.error_db import queries
from db.schema_db import snapshots
from db.schema_db.snapshots import BatchCost, Claim, Refusal, SlotRequest
from insights.performance.ahead import RULE, LimitAhead, limits_ahead
from shared import local_time
from shared.identity.fingerprint import fingerprint
from shared.model import Finding, IncidentKind, Severity
from shared.next_steps import next_step, same_service
from shared.texts import Text
from shared.texts import baselines as texts
from shared.texts import next_steps as steps
from shared.texts.recorded import translations
from shared.units import human

NAME = "hinomi.limits"
EVERY = timedelta(hours=6)  # a forecast from two weeks changes little in an hour


@dataclass(frozen=True, slots=True)
class LimitCheck(IncidentCheck):
    """Opens and closes incidents about limits that a metric will reach. `thresholds` are those of the compiled catalogue."""

    thresholds: Sequence[Mapping[str, Any]] = ()

    def check(self, now: datetime) -> int:
        """Compares the forecasts with the limits once in six hours (UTC); returns the number of changed incidents.

        Raises TransientError if a database is unavailable.
        """
        claim = self._claim(now) if self.thresholds else None
        if claim is None:
            return 0
        try:
            changed = self._compare(now)
        except Exception as error:
            with self.schema.transaction() as session:
                snapshots.fail(session, claim, now, BatchCost(), describe(error))
            raise
        with self.schema.transaction() as session:
            snapshots.finish(session, claim, now, BatchCost())
        return changed

    def _claim(self, now: datetime) -> Claim | None:
        """Claims this six-hour period; None if it is done, or if another process is checking it."""
        slot = SlotRequest(NAME, SCOPE, slot_at(now, EVERY), timedelta(0), timedelta(0), retention=EVERY, first=EVERY)
        with self.schema.transaction() as session:
            claim = snapshots.claim(session, slot, uuid.uuid4().hex, now, LEASE)
        return None if isinstance(claim, Refusal) else claim

    def _compare(self, now: datetime) -> int:
        with self.errors().reading() as session:
            unresolved = {each.fingerprint: each for each in queries.unresolved_of_rule(session, RULE)}
        numbers = {int(each.labels.get(SERIES, 0)) for each in unresolved.values()}
        with self.schema.reading() as session:
            ahead = [_finding(each, now) for each in limits_ahead(session, self.thresholds, now, numbers)]
        keys = {each.fingerprint for each in ahead}
        ended = [over(RULE, key, now, texts.NOT_AHEAD) for key in sorted(unresolved.keys() - keys)]
        if not (ahead or ended):
            return 0
        return write(self.errors(), self.plan, (ahead, ended), self.settings.redact, now)


def _finding(ahead: LimitAhead, now: datetime) -> Finding:
    """The finding about a limit that will be reached; each day on which it is expected is an occurrence."""
    series, expected = ahead.series, ahead.forecast
    labels = json.dumps(dict(series.labels), sort_keys=True)
    key = fingerprint(RULE, series.project, series.metric, series.aligner, series.resource, labels)
    summary = (texts.WILL_EXCEED if ahead.limit.above else texts.WILL_FALL_BELOW)(
        metric=short_name(series.metric),
        resource=series.resource,
        limit=_shown(ahead.limit.value, series.unit),
        value=_shown(ahead.value, series.unit),
        soonest=local_time.minute(expected.soonest),
        likely=local_time.minute(expected.likely),
        latest=local_time.minute(expected.latest or expected.likely),
    )
    return Finding(
        rule=RULE,
        title=texts.AHEAD_TITLE.en,
        kind=IncidentKind.LOAD_ISSUE,
        severity=Severity.MEDIUM,
        service=series.service,
        resource=series.resource,
        project=series.project,
        principal="",
        summary=summary.en,
        fingerprint=key,
        time=now,
        event_key=f"{RULE}|{key}|{expected.likely.date().isoformat()}",
        fields={
            "metric": series.metric,
            "value": ahead.value,
            "limit": ahead.limit.value,
            "soonest": expected.soonest.isoformat(),
            "likely": expected.likely.isoformat(),
            "latest": expected.latest.isoformat() if expected.latest else "",
        },
        labels={
            **{name: str(value) for name, value in series.labels.items()},
            SERIES: str(series.id),
            "metric": series.metric,
        },
        translations=translations(title=texts.AHEAD_TITLE, summary=summary),
        next_steps=(next_step(texts.MAKE_ROOM), same_service(steps.SAME_SERVICE, series.service)),
    )


def _shown(value: float, unit: str) -> Text:
    value = float(f"{value:.4g}")
    return Text(en=human(value, unit), ja=human(value, unit, "ja"))
