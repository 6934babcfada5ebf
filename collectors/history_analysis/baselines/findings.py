"""Findings about unusual values of metrics, and their recoveries."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from insights.baselines.calibration import alarms_per_week
from insights.performance.absence import SILENT_RULE, SilentResource
from insights.performance.alarms import RULE, UnusualAlarm, Watch
from insights.performance.expected import p_value
from insights.performance.series import MeasuredSeries
from shared import local_time
from shared.identity.fingerprint import fingerprint
from shared.model import Finding, IncidentKind, Recovery, Severity
from shared.next_steps import next_step, same_service
from shared.texts import Text, joined
from shared.texts import baselines as texts
from shared.texts import next_steps as steps
from shared.texts.recorded import translations
from shared.units import human

SERIES = "series"  # the label with the number of the series
WEEKS_OF_A_YEAR = 52


def unusual(alarm: UnusualAlarm, watch: Watch, contributors: Sequence[tuple[str, float]]) -> Finding:
    """The finding about an alarm. Each alarm of a series is an occurrence of its incident."""
    series, key, summary = alarm.series, key_of(alarm.series), _summary(alarm, contributors)
    return Finding(
        rule=RULE,
        title=texts.TITLE.en,
        kind=IncidentKind.LOAD_ISSUE,
        severity=Severity(watch.severity),
        service=series.service,
        resource=series.resource,
        project=series.project,
        principal="",
        summary=summary.en,
        fingerprint=key,
        time=alarm.last,
        since=alarm.start,
        event_key=f"{RULE}|{key}|{alarm.start.isoformat()}",
        fields={
            "metric": series.metric,
            "value": alarm.value,
            "expected_low": alarm.low,
            "expected_high": alarm.high,
            "p_value": p_value(alarm.rarity),
            "watched_by": watch.metric,
        },
        elements={"contributors": [{"job": name, "share": round(share, 3)} for name, share in contributors]},
        labels={
            **{name: str(value) for name, value in series.labels.items()},
            SERIES: str(series.id),
            "metric": series.metric,
        },
        translations=translations(title=texts.TITLE, summary=summary),
        next_steps=(
            same_service(steps.SAME_SERVICE, series.service),
            next_step(steps.UNUSUAL_NOW, ("hinomi", "baselines", "staged", f"--metric={series.metric}")),
        ),
    )


def silent(found: SilentResource, now: datetime) -> Finding:
    """The finding about a resource whose samples stopped."""
    series = found.series[0]
    key = key_of_silent(series.project, series.service, series.resource)
    metric, since, count = short_name(series.metric), local_time.minute(found.since), len(found.series)
    summary = texts.SILENT(metric=metric, resource=series.resource, since=since)
    if count > 1:
        summary = texts.SEVERAL_SILENT(count=count, metric=metric, resource=series.resource, since=since)
    return Finding(
        rule=SILENT_RULE,
        title=texts.SILENT_TITLE.en,
        kind=IncidentKind.LOAD_ISSUE,
        severity=Severity(found.watch.severity),
        service=series.service,
        resource=series.resource,
        project=series.project,
        principal="",
        summary=summary.en,
        fingerprint=key,
        time=now,
        since=found.since,
        event_key=f"{SILENT_RULE}|{key}|{found.since.isoformat()}",
        fields={"last_sample": found.since.isoformat(), "watched_by": found.watch.metric},
        elements={"metrics": [{"metric": each.metric} for each in found.series]},
        labels={**{name: str(value) for name, value in series.labels.items()}, SERIES: str(series.id)},
        translations=translations(title=texts.SILENT_TITLE, summary=summary),
        next_steps=(next_step(steps.STILL_THERE), same_service(steps.SAME_SERVICE, series.service)),
    )


def over(rule: str, key: str, time: datetime, summary: Text) -> Recovery:
    """The recovery of an incident of either rule."""
    event = f"{rule}|{key}|over|{time.isoformat()}"
    return Recovery(rule, key, time, event, summary.en, translations(summary=summary))


def key_of_silent(project: str, service: str, resource: str) -> str:
    """The fingerprint of a resource whose samples stopped."""
    return fingerprint(SILENT_RULE, project, service, resource)


def short_name(metric: str) -> str:
    """A metric type without the domain of its service."""
    return metric.partition("/")[2] or metric


def key_of(series: MeasuredSeries) -> str:
    """The fingerprint of the incidents of a series."""
    labels = json.dumps(dict(series.labels), sort_keys=True)
    return fingerprint(RULE, series.project, series.metric, series.aligner, series.resource, labels)


def _summary(alarm: UnusualAlarm, contributors: Sequence[tuple[str, float]]) -> Text:
    series = alarm.series
    shown = texts.BELOW if alarm.value < alarm.low else texts.ABOVE
    text = shown(
        metric=short_name(series.metric),
        resource=series.resource,
        since=local_time.minute(alarm.start),
        value=_shown(alarm.value, series.unit),
        low=_shown(alarm.low, series.unit),
        high=_shown(alarm.high, series.unit),
    )
    if contributors:
        names = [texts.SHARE_OF(name=name, share=round(100 * share)) for name, share in contributors]
        text = texts.MOST_FROM(summary=text, names=joined(names))
    in_a_year = alarms_per_week(alarm.rarity) * WEEKS_OF_A_YEAR
    often = texts.TIMES(count=round(in_a_year)) if in_a_year >= 1.5 else texts.LESS_THAN_TWICE
    return texts.OFTEN(summary=text, often=often)


def _shown(value: float, unit: str) -> Text:
    value = float(f"{value:.4g}")
    return Text(en=human(value, unit), ja=human(value, unit, "ja"))
