"""Compiles the metric catalogue: rules/metrics/<service>.yaml, with the user's limits in rules/metrics/overrides.yaml.

The load check reads the compiled thresholds, history_analysis the compiled series; docs/load.md describes every key.
"""

from __future__ import annotations

from dataclasses import field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from collectors.metrics_analysis.compiler.limits import LimitError, compiled_limits, compiled_override
from collectors.metrics_analysis.compiler.metric_schema import (
    Metric,
    MetricFile,
    Override,
    OverridesFile,
    SampleKeys,
    Threshold,
)
from collectors.metrics_analysis.compiler.rule_schema import NextStepKeys
from collectors.metrics_analysis.sigma import template
from shared import strict_yaml, validation
from shared.errors import InputError, text_of
from shared.lazy.dataclass import dataclass
from shared.strict_yaml import Document
from shared.suggestions import did_you_mean
from shared.texts import Text, listed
from shared.texts import compiler as texts
from shared.texts.validation import OF_KEY

FOLDER = "metrics"
OVERRIDES = "overrides"
FORMER_FOLDER = "load"


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a file; its mistakes are added to `errors`."""

    document: Document
    position: tuple[str | int, ...]
    errors: list[InputError]

    def error(self, message: Text, *path: str | int) -> None:
        self.errors.append(self.document.error(message, *self.position, *path))

    def at(self, *path: str | int) -> _Part:
        return _Part(self.document, (*self.position, *path), self.errors)


@dataclass(slots=True)
class Catalogue:
    """The compiled catalogue. `thresholds` are the load checks, `history` the services with the series to store."""

    thresholds: list[dict[str, Any]] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    errors: list[InputError] = field(default_factory=list)


def compile_metrics(rules_dir: Path) -> Catalogue:
    """The metrics of all files, in the order of the files, and all mistakes. Files with mistakes are left out."""
    made = Catalogue(errors=list(_former(rules_dir / FORMER_FOLDER)))
    paths = sorted((rules_dir / FOLDER).glob("*.y*ml"))
    taken: dict[str, str] = {}
    for path in paths:
        if path.stem != OVERRIDES and (document := _load(path, made.errors)):
            _add_file(document, made, taken)
    complete = not made.errors
    for path in paths:
        if path.stem == OVERRIDES and (document := _load(path, made.errors)):
            _add_overrides(document, made, complete=complete)
    return made


def _former(folder: Path) -> list[InputError]:
    """Reports files in the old location of thresholds, with the way to move them."""
    return [InputError(_moved(path.stem), file=path, line=1) for path in sorted(folder.glob("*.y*ml"))]


def _moved(name: str) -> Text:
    """The new location of a file in the old one."""
    text = texts.FORMER_OVERRIDES if name == OVERRIDES else texts.FORMER_METRICS
    return text(folder=FORMER_FOLDER, target=f"{FOLDER}/{name}.yaml")


def _load(path: Path, errors: list[InputError]) -> Document | None:
    try:
        return strict_yaml.load_file(path)
    except InputError as error:
        errors.append(error)
    return None


def _add_file(document: Document, made: Catalogue, taken: dict[str, str]) -> None:
    file, errors = validation.check(MetricFile, document)
    made.errors += errors
    if file is None:
        return
    header = {"service": Path(document.file).stem, "source": file.source}
    for at, metric in enumerate(file.metrics):
        for index, threshold in enumerate(metric.thresholds):
            part = _Part(document, ("metrics", at, "thresholds", index), made.errors)
            if _is_new(part, threshold.key, taken) and (spec := _threshold(part, metric, threshold)):
                made.thresholds.append({**header, **spec})
    series = [_series(metric, metric.history) for metric in file.metrics if metric.history]
    if series:
        made.history.append({**header, "description": file.description, "metrics": series})


def _is_new(part: _Part, key: str, taken: dict[str, str]) -> bool:
    """Whether the key of a threshold is unique; reports a duplicate."""
    here = f"{part.document.file}:{part.document.line(*part.position, 'key')}"
    first = taken.setdefault(key, here)
    if first != here:
        part.error(texts.KEY_TAKEN(key=key, place=first), "key")
    return first == here


def _threshold(part: _Part, metric: Metric, threshold: Threshold) -> dict[str, Any] | None:
    """The load check of a threshold; None if its limits contradict each other."""
    try:
        limits = compiled_limits(threshold)
    except LimitError as error:
        part.error(OF_KEY(key=error.key, problem=error.text), error.key)
        return None
    spec = {
        **threshold.model_dump(include={"key", "title", "name", "filter", "period", "summary", "ja"}),
        **_series(metric, threshold),
        **({"source": metric.source} if metric.source else {}),
        "kind": metric.kind,
        "severity": str(threshold.severity),
        "absent": threshold.absent or ("zero" if metric.kind == "delta" else "unknown"),
        "limits": limits,
        "next": [
            _next_step(part.at("next", at), step, metric, threshold) for at, step in enumerate(threshold.next_steps)
        ],
    }
    overrides = [_override(part.at("overrides", index), own, spec) for index, own in enumerate(threshold.overrides)]
    return {**spec, "overrides": [override for override in overrides if override]}


def _next_step(part: _Part, step: NextStepKeys, metric: Metric, threshold: Threshold) -> dict[str, Any]:
    """A step with its commands, whose values are labels of the series or its project."""
    known = [*metric.labels, *threshold.split, "project"]
    for command in step.command:
        try:
            named = [alternative.path for alternative in template.alternatives(command)]
        except ValueError as error:
            part.error(texts.INVALID_TEMPLATE(text=command, error=text_of(error)), "command")
            continue
        for name in named:
            if name not in known:
                part.error(texts.NO_LABEL(key=threshold.key, label=name, names=listed(known)), "command")
    return {"en": step.en, "ja": step.ja, "commands": step.command}


def _series(metric: Metric, series: SampleKeys) -> dict[str, Any]:
    """The parameters of the Cloud Monitoring request for a metric."""
    return {
        **metric.model_dump(include={"metric", "description", "unit", "resource", "labels", "visible_after"}),
        **({"description_ja": metric.ja.description} if metric.ja else {}),
        "aligner": f"ALIGN_{series.aligner.upper()}",
        "reducer": "" if series.reducer == "none" else f"REDUCE_{series.reducer.upper()}",
        "split": series.split,
    }


def _override(part: _Part, block: Override, spec: dict[str, Any]) -> dict[str, Any] | None:
    try:
        return compiled_override(block, spec)
    except LimitError as error:
        part.error(OF_KEY(key=error.key, problem=error.text), error.key)
        return None


def _add_overrides(document: Document, made: Catalogue, *, complete: bool) -> None:
    """Puts the user's overrides before those of the catalogue: the first that matches a series applies.

    If a file of the catalogue has mistakes, unknown metrics in overrides are not reported.
    """
    file, errors = validation.check(OverridesFile, document)
    made.errors += errors
    own: dict[str, list[dict[str, Any]]] = {spec["key"]: [] for spec in made.thresholds}
    for index, block in enumerate(file.overrides if file else ()):
        part = _Part(document, ("overrides", index), made.errors)
        chosen = [spec for spec in made.thresholds if fnmatchcase(spec["key"], block.metric)]
        if not chosen and complete:
            near = did_you_mean(block.metric, own, most=1) or texts.METRICS_LISTED
            part.error(texts.NO_THRESHOLD(key=block.metric, suggestion=near), "metric")
        for spec in chosen:
            if override := _override(part, block, spec):
                own[spec["key"]].append(override)
    for spec in made.thresholds:
        spec["overrides"] = own[spec["key"]] + spec["overrides"]
