"""Compiles one Sigma correlation."""

from __future__ import annotations

from typing import Any

from sigma.correlations import SigmaCorrelationCondition, SigmaCorrelationRule
from sigma.exceptions import SigmaError

from collectors.metrics_analysis.compiler import block, entry_fields, header
from collectors.metrics_analysis.compiler.rule_schema import CorrelationHeader
from collectors.metrics_analysis.compiler.source import Source
from shared.errors import text_of
from shared.texts import Text, joined, listed
from shared.texts import compiler as texts

AT = "correlation"
TYPES = ("event_count", "value_count")
OPERATORS = ("gt", "gte")
KEYS = ("type", "rules", "group-by", "timespan", "condition")


def compile_correlation(source: Source) -> dict[str, Any] | None:
    """The compiled correlation; None if it has a mistake, which is added to the source's problems."""
    header.check(source, CorrelationHeader)
    sigma = _sigma(source)
    if not isinstance(source.rule.get("hinomi"), dict):
        source.problems.add(texts.CORRELATION_BLOCK(keys=listed(block.REQUIRED)), "hinomi")
        return None
    findings = block.read(source.problems, None, is_correlation=True)
    if findings is None or sigma is None or not isinstance(sigma.condition, SigmaCorrelationCondition):
        return None
    _check(source, sigma)
    return {
        "name": source.name,
        "title": str(source.rule.get("title", "")),
        "level": header.level(source),
        "service": source.service,
        **findings,
        "fault": findings["fault"] or source.name,
        "evidence": _paths(source, source.rule.get("fields") or [], "fields") + (sigma.group_by or []),
        "type": sigma.type.name.lower(),
        "rules": [str(rule.reference) for rule in sigma.rules or []],
        "group_by": _paths(source, sigma.group_by or [], AT, "group-by"),
        "timespan": sigma.timespan.seconds,
        "op": sigma.condition.op.name.lower(),
        "limit": sigma.condition.count,
        "field": _field(source, sigma.condition),
        "about": header.about(source),
    }


def _sigma(source: Source) -> SigmaCorrelationRule | None:
    checked = dict(source.rule)
    if not isinstance(checked.get("id"), str):
        checked.pop("id", None)
    checked.setdefault("title", "-")
    try:
        sigma = SigmaCorrelationRule.from_dict(checked, collect_errors=True)
    except SigmaError as error:  # pySigma raises some errors even in collecting mode
        header.note(source, [error])
        return None
    except (AttributeError, TypeError):
        source.problems.add(texts.CORRELATION_MAP(keys=listed(KEYS)), AT)
        return None
    header.note(source, sigma.errors)
    return None if sigma.errors else sigma


def _check(source: Source, sigma: SigmaCorrelationRule) -> None:
    """Reports settings that pySigma accepts and the engine does not evaluate."""
    for key in source.rule[AT]:
        if key not in KEYS:
            near = entry_fields.suggestion(str(key), KEYS)
            source.problems.add(texts.NOT_EVALUATED(name=str(key), suggestion=near), AT, key)
    if sigma.type.name.lower() not in TYPES:
        choices = joined(map(Text.verbatim, TYPES), texts.OR)
        text = texts.TYPE_NOT_EVALUATED(name=sigma.type.name.lower(), choices=choices)
        source.problems.add(text, AT, "type")
    if isinstance(sigma.condition, SigmaCorrelationCondition) and sigma.condition.op.name.lower() not in OPERATORS:
        source.problems.add(texts.ONLY_LOWER_BOUNDS, AT, "condition")


def _field(source: Source, condition: SigmaCorrelationCondition) -> str:
    if condition.fieldref is None:
        return ""
    if not isinstance(condition.fieldref, str):
        source.problems.add(texts.ONE_FIELD, AT, "condition")
        return ""
    return "".join(_paths(source, [condition.fieldref], AT, "condition"))


def _paths(source: Source, paths: Any, *where: str) -> list[str]:
    listed = paths if isinstance(paths, list) else []
    for at, path in enumerate(listed):
        try:
            entry_fields.parse(str(path))
        except ValueError as error:
            source.problems.add(text_of(error), *where, at)
    return [str(path) for path in listed]
