"""The keys of rules/metrics/<service>.yaml and of rules/metrics/overrides.yaml, as pydantic models.

docs/load.md describes every key for people; docs/schemas/ has the JSON Schemas for editors.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from collectors.metrics_analysis.compiler.rule_schema import NextStepKeys
from collectors.metrics_analysis.sigma import template
from shared.errors import InvalidValueError, text_of
from shared.model import Severity
from shared.texts import compiler as texts
from shared.texts.validation import OF_KEY
from shared.units import UNITS
from shared.validation import Block, Choice, Line, Matching, OneOf, Patterns, Seconds, mistake

# The aligners that Cloud Monitoring accepts for each kind (google/monitoring/v3/common.proto, Aggregation.Aligner).
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
SUMMARY = "{title}: {resource} at {value} (limit {limit}), since {since}"
SUMMARY_NAMES = ("title", "resource", "value", "limit", "since", "duration")
SHORTEST_PERIOD = 60


def _period(value: int) -> int:
    if value < SHORTEST_PERIOD:
        raise InvalidValueError(texts.SHORT_PERIOD)
    return value


Aligner = Annotated[str, OneOf(tuple(ALIGNERS))]
Unit = Annotated[str, OneOf(UNITS)]
Reducer = Literal["none", "sum", "mean", "max", "min"]
Period = Annotated[Seconds, AfterValidator(_period)]
MetricType = Annotated[str, Matching(r"[a-z0-9.-]+/[A-Za-z0-9_/.-]+", texts.METRIC_TYPE)]
Key = Annotated[str, Matching(r"[a-z][a-z0-9_]{2,59}", texts.METRIC_KEY)]
Label = Annotated[str, Matching(r"[a-z][a-z0-9_]*", texts.LABEL_NAMES)]
Page = Annotated[str, Matching(r"https://\S+", texts.PAGE)]


class Texts(Block):
    """The Japanese texts of a threshold."""

    title: Line
    summary: Line


class MetricTexts(Block):
    """The Japanese texts of a metric."""

    description: Line


class LimitKeys(Block):
    """A limit with its duration, and the level that ends a breach."""

    above: float | None = Field(None, description="The limit; values above it are a breach.")
    below: float | None = Field(None, description="The limit; values below it are a breach.")
    lasting: Seconds | None = Field(None, alias="for", description="Time for which the limit must be exceeded.")
    clear: float | None = Field(None, description="The level that ends a breach. Default: the limit.")
    clear_for: Seconds | None = Field(
        None, description="Time for which the metric must stay at the clear level. Default: `for`."
    )


class Override(LimitKeys):
    """Other limits for some series of a metric."""

    match: dict[Label, Patterns] = Field(min_length=1, description="Labels and patterns; all must match.")
    severity: Choice[Severity] | None = None
    off: bool = Field(default=False, description="Do not check these series.")


class UserOverride(Override):
    """An override in rules/metrics/overrides.yaml."""

    metric: Line = Field(description="A key, or a pattern of keys such as pubsub_*.")


class SampleKeys(Block):
    """How the samples of a metric are aligned and reduced."""

    aligner: Aligner
    reducer: Reducer
    split: list[Label] = Field([], description="Metric labels that make separate series of one resource.")


class Threshold(SampleKeys, LimitKeys):
    """A load check: a limit for the series of the metric."""

    key: Key = Field(description="Names the rule: load/<key>.")
    title: Line = Field(description="The problem in one line.")
    name: Line = Field(description="How the resource is written, from labels: '{project_id}/{subscription_id}'.")
    filter: str = Field("", description="An additional Cloud Monitoring filter.")
    period: Period = Field(description="The alignment period, at least 60s.")
    lasting: Seconds = Field(alias="for", description="Time for which the limit must be exceeded.")
    severity: Choice[Severity]
    absent: Literal["zero", "unknown", "alert"] | None = Field(None, description="The meaning of a missing value.")
    summary: Line = SUMMARY
    next_steps: list[NextStepKeys] = Field(
        default=[], alias="next", max_length=3, description="Next steps for the person who investigates: two or three."
    )
    ja: Texts | None = None
    overrides: list[Override] = Field(default=[])


class Metric(Block):
    """A metric of a service: stored as history, checked against thresholds, or both."""

    metric: MetricType
    description: Line = Field(description="What the metric measures, in a few words.")
    ja: MetricTexts | None = None
    source: Page | None = Field(
        None, description="The page that documents this metric, if it differs from the page of the file."
    )
    kind: Literal["gauge", "delta", "cumulative"]
    unit: Unit
    resource: Line = Field(description="The monitored resource type.")
    labels: list[Label] = Field(min_length=1, description="The labels that identify the resource.")
    visible_after: Seconds = Field(description="Delay until Cloud Monitoring shows a sample.")
    history: SampleKeys | None = None
    thresholds: list[Threshold] = Field(default=[])

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.history is None and not self.thresholds:
            raise mistake(texts.HISTORY_OR_THRESHOLDS, "metric")
        self._check_aligner(self.history, "history")
        for index, threshold in enumerate(self.thresholds):
            self._check_aligner(threshold, "thresholds", index)
            self._check_names(threshold, "thresholds", index)
        return self

    def _check_aligner(self, series: SampleKeys | None, *at: str | int) -> None:
        if series and self.kind not in ALIGNERS[series.aligner]:
            message = texts.ALIGNER(kind=self.kind, aligner=series.aligner)
            raise mistake(message, *at, "aligner")

    def _check_names(self, threshold: Threshold, *at: str | int) -> None:
        """Checks that names in templates and overrides are labels of the series."""
        labels = [*self.labels, *threshold.split, "project"]
        _check_template(threshold.name, labels, *at, "name")
        _check_template(threshold.summary, [*labels, *SUMMARY_NAMES], *at, "summary")
        if threshold.ja:
            _check_template(threshold.ja.summary, [*labels, *SUMMARY_NAMES], *at, "ja", "summary")


def _check_template(text: str, labels: list[str], *at: str | int) -> None:
    try:
        unknown = [alternative.path for alternative in template.alternatives(text) if alternative.path not in labels]
    except ValueError as error:
        raise mistake(OF_KEY(key=str(at[-1]), problem=text_of(error)), *at) from None
    if unknown:
        names = ", ".join(sorted(labels))
        raise mistake(texts.UNKNOWN_NAME(key=str(at[-1]), name=f"{{{unknown[0]}}}", names=names), *at)


class MetricFile(Block):
    """rules/metrics/<service>.yaml."""

    source: Page = Field(description="The page that documents the metrics, their units and delays.")
    description: Line = Field(description="The history of this service, in one line.")
    metrics: list[Metric]


class OverridesFile(Block):
    """rules/metrics/overrides.yaml."""

    overrides: list[UserOverride]
