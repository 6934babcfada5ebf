"""The fields of the load catalogue: what each may hold, and what holds between them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from collectors.metrics_analysis.sigma import template
from collectors.metrics_analysis.units import UNITS
from shared.durations import parse_duration
from shared.errors import InputError
from shared.model import Severity

KINDS = ("gauge", "delta", "cumulative")
ABSENT = ("zero", "unknown", "alert")
# Which aligners Cloud Monitoring takes for which kind (google/monitoring/v3/common.proto, Aggregation.Aligner).
ALIGNERS = {
    "mean": ("gauge", "delta"),
    "max": ("gauge", "delta"),
    "min": ("gauge", "delta"),
    "sum": ("gauge", "delta"),
    "delta": ("delta", "cumulative"),
    "rate": ("delta", "cumulative"),
    "count_true": ("gauge",),
    "fraction_true": ("gauge",),
    "percentile_50": ("gauge", "delta"),
    "percentile_95": ("gauge", "delta"),
    "percentile_99": ("gauge", "delta"),
}
REDUCERS = ("none", "sum", "mean", "max", "min")
SUMMARY = "{title}: {resource} at {value} (limit {limit}), since {since}"
TEXTS = ("title", "resource", "value", "limit", "since", "duration", "project")
SHORTEST_PERIOD = 60


class FieldError(ValueError):
    """A rule between fields is broken; `field` is the one to look at."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Field:
    """How a field is checked. `check` gives the compiled value or raises ValueError with what to write instead."""

    check: Callable[[Any], Any]
    required: bool = False
    default: Any = None


def text(value: Any) -> str:
    """A line of text."""
    if not isinstance(value, str) or not value.strip() or "\n" in value.strip():
        raise ValueError("give one line of text")
    return value.strip()


def items(value: Any) -> list[Any]:
    """A list of anything."""
    if not isinstance(value, list):
        raise ValueError("give a list")  # noqa: TRY004 - the file is wrong, not the program
    return value


def number(value: Any) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("give a number")
    return float(value)


def switch(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError("give true or false")  # noqa: TRY004 - the file is wrong, not the program
    return value


def seconds(value: Any) -> int:
    """The seconds of a duration such as 90s, 10m, 1h or 1w."""
    try:
        return int(parse_duration(str(value)).total_seconds())
    except InputError as error:
        raise ValueError(error.message) from error


def period(value: Any) -> int:
    """An alignment period: the API takes a minute or more."""
    if seconds(value) < SHORTEST_PERIOD:
        raise ValueError("give a period of at least 60s: Cloud Monitoring aligns to no less")
    return seconds(value)


def one_of(choices: Collection[str]) -> Callable[[Any], str]:
    """One of a few words."""

    def check(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"give one of {', '.join(choices)}")
        return str(value)

    return check


def pattern(regex: str, advice: str) -> Callable[[Any], str]:
    """Text of a form."""
    compiled = re.compile(regex)

    def check(value: Any) -> str:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise ValueError(advice)
        return value

    return check


_label = pattern(r"[a-z][a-z0-9_]*", "give names of labels, such as project_id")


def labels(value: Any) -> list[str]:
    """A list of label names."""
    return [_label(name) for name in items(value)]


def match(value: Any) -> dict[str, list[str]]:
    """Patterns by label."""
    if not isinstance(value, dict) or not value:
        raise ValueError("give labels and patterns, such as {subscription_id: 'batch-*'}")
    return {
        _label(name): [text(one) for one in (found if isinstance(found, list) else [found])]
        for name, found in value.items()
    }


def japanese(value: Any) -> dict[str, str]:
    """Title and summary in Japanese."""
    if not isinstance(value, dict) or set(value) != {"title", "summary"}:
        raise ValueError("give the Japanese texts, {title: …, summary: …}")
    return {name: text(one) for name, one in value.items()}


LIMITS = {
    "above": Field(number),
    "below": Field(number),
    "for": Field(seconds),
    "clear": Field(number),
    "clear_for": Field(seconds),
}
OVERRIDE = {
    **LIMITS,
    "match": Field(match, required=True),
    "severity": Field(one_of(list(Severity))),
    "off": Field(switch, default=False),
}
USER_OVERRIDE = {**OVERRIDE, "metric": Field(text, required=True)}
METRIC = {
    **LIMITS,
    "for": Field(seconds, required=True),
    "key": Field(pattern(r"[a-z][a-z0-9_]{2,59}", "give a key of small letters, digits and '_'"), required=True),
    "title": Field(text, required=True),
    "metric": Field(pattern(r"[a-z0-9.-]+/[A-Za-z0-9_/.-]+", "give a metric type, such as DOMAIN/PATH"), required=True),
    "kind": Field(one_of(KINDS), required=True),
    "unit": Field(one_of(UNITS), required=True),
    "resource": Field(text, required=True),
    "labels": Field(labels, required=True),
    "split": Field(labels, default=()),
    "name": Field(text, required=True),
    "filter": Field(text, default=""),
    "aligner": Field(one_of(ALIGNERS), required=True),
    "reducer": Field(one_of(REDUCERS), required=True),
    "period": Field(period, required=True),
    "visible_after": Field(seconds, required=True),
    "severity": Field(one_of(list(Severity)), required=True),
    "absent": Field(one_of(ABSENT)),
    "summary": Field(text, default=SUMMARY),
    "ja": Field(japanese),
    "overrides": Field(items, default=()),
}
CATALOGUE = {
    "source": Field(pattern(r"https://\S+", "give the page that documents the metrics"), required=True),
    "metrics": Field(items, required=True),
}
USER = {"overrides": Field(items, required=True)}


def limits(fields: Mapping[str, Any], base: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Threshold, durations and clear level; what is not given comes from `base`. Raises FieldError."""
    given = [side for side in ("above", "below") if fields[side] is not None]
    if len(given) > 1 or (base is None and not given):
        raise FieldError("below" if given else "above", "give above or below, one of them")
    above = given[0] == "above" if given else bool(base and base["above"])
    if base is not None and above != base["above"]:
        raise FieldError(
            given[0], f"this metric is watched for values {'above' if base['above'] else 'below'} its limit"
        )
    threshold = fields[given[0]] if given else (base or {})["threshold"]
    clear = _clear(fields["clear"], threshold, base)
    if clear != threshold and (clear > threshold) == above:
        raise FieldError("clear", "the clear level lies on the healthy side of the limit")
    lasts = fields["for"] if fields["for"] is not None else (base or {})["for"]
    calm = fields["clear_for"] if fields["clear_for"] is not None else (base or {}).get("clear_for", lasts)
    return {"above": above, "threshold": threshold, "clear": clear, "for": lasts, "clear_for": calm}


def _clear(given: float | None, threshold: float, base: Mapping[str, Any] | None) -> float:
    """An override that moves the limit takes the clear level along."""
    if given is not None:
        return given
    if base is None or not base["threshold"]:
        return threshold
    return float(threshold * base["clear"] / base["threshold"])


def check_metric(metric: Mapping[str, Any]) -> None:
    """What holds between the fields of a metric. Raises FieldError."""
    if metric["kind"] not in ALIGNERS[metric["aligner"]]:
        raise FieldError("aligner", f"Cloud Monitoring cannot align a {metric['kind']} metric by {metric['aligner']}")
    known = {*metric["labels"], *metric["split"], "project"}
    told = known | set(TEXTS)
    japanese_summary = (metric["ja"] or {"summary": ""})["summary"]
    for field, written, names in (
        ("name", metric["name"], known),
        ("summary", metric["summary"], told),
        ("ja", japanese_summary, told),
    ):
        try:
            unknown = [place.path for place in template.places(written) if place.path not in names]
        except ValueError as error:
            raise FieldError(field, str(error)) from None
        if unknown:
            raise FieldError(field, f"'{{{unknown[0]}}}' is not known here: give one of {', '.join(sorted(names))}")


def check_match(override: Mapping[str, Any], metric: Mapping[str, Any]) -> None:
    """An override names labels that the metric's series keep. Raises FieldError."""
    known = [*metric["labels"], *metric["split"], "project"]
    for label in override["match"]:
        if label not in known:
            raise FieldError(
                "match", f"series of {metric['key']} have no label '{label}': give one of {', '.join(known)}"
            )
