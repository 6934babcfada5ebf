"""The limits of the load check from the compiled rules, and the limit that applies to a stored series."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from insights.performance.series import MeasuredSeries
from shared.records import IncidentView

LOAD = "load/"  # the rule of an incident of the load check: load/KEY


@dataclass(frozen=True, slots=True)
class SeriesLimit:
    """A limit: an incident opens if the value stays above it (below it, unless `above`) for `seconds`."""

    key: str
    value: float
    above: bool
    seconds: int

    def is_exceeded(self, value: float) -> bool:
        """Whether a value is beyond the limit."""
        return value > self.value if self.above else value < self.value


def limit_of(series: MeasuredSeries, thresholds: Iterable[Mapping[str, Any]]) -> SeriesLimit | None:
    """The limit of a series; None if no limit applies to its samples.

    The load check reads its own samples. A limit on sums over another period, or on a part of the metric that the
    history does not distinguish, cannot be compared with the stored samples.
    """
    for spec in thresholds:
        if spec["metric"] == series.metric and spec["aligner"] == series.aligner and _is_comparable(spec):
            override = next((each for each in spec["overrides"] if _matches(each["match"], series)), None)
            if override and override["off"]:
                continue
            limits = override["limits"] if override else spec["limits"]
            return SeriesLimit(spec["key"], limits["threshold"], limits["above"], limits["for"])
    return None


def incidents_of(
    series: MeasuredSeries, incidents: Iterable[IncidentView], thresholds: Iterable[Mapping[str, Any]]
) -> list[IncidentView]:
    """The incidents of the load check for the metric and the resource of a series."""
    rules = {f"{LOAD}{spec['key']}" for spec in thresholds if spec["metric"] == series.metric}
    return [each for each in incidents if each.rule in rules and is_about(each, series)]


def _is_comparable(spec: Mapping[str, Any]) -> bool:
    is_sum = spec["aligner"] in {"ALIGN_DELTA", "ALIGN_SUM", "ALIGN_COUNT"}
    return not spec["filter"] and (not is_sum or spec["period"] == 300)


def _matches(match: Mapping[str, Iterable[str]], series: MeasuredSeries) -> bool:
    labels = {**series.labels, "project": series.project}
    return all(
        any(fnmatchcase(str(labels.get(name, "")), each) for each in patterns) for name, patterns in match.items()
    )


def is_about(incident: IncidentView, series: MeasuredSeries) -> bool:
    """Whether all labels that both have are equal: the check may keep fewer labels than the history, or more."""
    shared = incident.labels.keys() & series.labels.keys()
    return incident.project in ("", series.project) and all(
        str(series.labels[name]) == incident.labels[name] for name in shared
    )
