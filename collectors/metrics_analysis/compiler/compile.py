"""Compiles all rule files of a folder to one artifact."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from collectors.metrics_analysis.compiler.correlations import compile_correlation
from collectors.metrics_analysis.compiler.metrics import compile_metrics
from collectors.metrics_analysis.compiler.reporters import compile_reporters
from collectors.metrics_analysis.compiler.rule_errors import RuleErrors
from collectors.metrics_analysis.compiler.rules import compile_rule
from collectors.metrics_analysis.compiler.source import Source, read
from collectors.metrics_analysis.sigma import rule_files
from insights.jobs.expectations_file import compile_expectations
from insights.quality.queries_file import compile_queries
from shared.errors import InputError
from shared.texts import compiler as texts

Compiled = list[tuple[Source, dict[str, Any]]]


def compile_rules(rules_dir: Path, warnings: list[InputError] | None = None) -> dict[str, Any]:
    """The artifact of every rule, correlation, load check, metric and reporter. Raises RuleErrors with every mistake.

    Likely mistakes that do not prevent compilation are added to `warnings`.
    """
    digest = rule_files.digest(rules_dir)
    if digest is None:
        raise RuleErrors([InputError(texts.NO_RULES, file=rules_dir)])
    errors: list[InputError] = []
    sources = read(rules_dir, errors)
    rules = [(source, compile_rule(source)) for source in sources if not source.is_correlation]
    correlations = [
        (source, spec) for source in sources if source.is_correlation and (spec := compile_correlation(source))
    ]
    _check_unique(sources)
    _connect(rules, correlations)
    catalogue = compile_metrics(rules_dir)
    errors += catalogue.errors
    reporters = compile_reporters(rules_dir, errors)
    expectations = compile_expectations(rules_dir, errors)
    quality = compile_queries(rules_dir, errors)
    if errors:
        raise RuleErrors(errors)
    if warnings is not None:
        warnings += [warning for source in sources for warning in source.problems.warnings]
    return {
        "version": rule_files.VERSION,
        "digest": digest,
        "rules": [spec for _, spec in rules],
        "correlations": [spec for _, spec in correlations],
        "load": catalogue.thresholds,
        "history": catalogue.history,
        "reporters": reporters,
        "expectations": expectations,
        "quality": quality,
    }


def _check_unique(sources: list[Source]) -> None:
    """Reports rules with the same id, title or name."""
    values: dict[str, Callable[[Source], Any]] = {
        "id": lambda source: source.rule.get("id"),
        "title": lambda source: source.rule.get("title"),
        "name": lambda source: source.rule.get("name"),
    }
    for key, of in values.items():
        first: dict[str, Source] = {}
        for source in sources:
            value = of(source)
            other = first.setdefault(str(value).casefold(), source)
            if value is not None and other is not source:
                line = other.document.line(key)
                source.problems.add(texts.TAKEN(key=key, value=str(value), place=f"{other.path}:{line}"), key)
    _check_names(sources)


def _check_names(sources: list[Source]) -> None:
    by_name: dict[str, Source] = {}
    for source in sources:
        other = by_name.setdefault(source.name, source)
        if other is not source:
            source.problems.add(texts.SAME_NAME(name=source.name, file=str(other.path)))


def _connect(rules: Compiled, correlations: Compiled) -> None:
    """Adds to each base rule the correlations that count it."""
    by_reference = {
        str(source.rule[key]): spec for source, spec in rules for key in ("id", "name") if key in source.rule
    }
    for source, spec in correlations:
        for at, reference in enumerate(spec["rules"]):
            base = by_reference.get(reference)
            if base is None:
                source.problems.add(texts.NO_BASE_RULE(reference=reference), "correlation", "rules", at)
            elif spec["name"] not in base["feeds"]:
                base["feeds"].append(spec["name"])
    for source, spec in rules:
        if spec["silent"] and not spec["feeds"]:
            source.problems.add(texts.NOT_COUNTED, "hinomi")
