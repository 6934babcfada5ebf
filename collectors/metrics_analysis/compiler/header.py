"""The keys that every Sigma document has, checked by pySigma and located in the file."""

from __future__ import annotations

from typing import Any

from sigma.exceptions import SigmaError

from collectors.metrics_analysis.compiler.source import Source
from shared.model import Severity

# Where the key is that an error of pySigma speaks of.
_PLACES: dict[str, tuple[str, ...]] = {
    "SigmaCorrelationConditionError": ("correlation", "condition"),
    "SigmaCorrelationRuleError": ("correlation",),
    "SigmaCorrelationTypeError": ("correlation", "type"),
    "SigmaTimespanError": ("correlation", "timespan"),
    "SigmaIdentifierError": ("id",),
    "SigmaLogsourceError": ("logsource",),
    "SigmaDetectionError": ("detection",),
    "SigmaConditionError": ("detection", "condition"),
    "SigmaModifiedError": ("modified",),
    "SigmaFalsePositivesError": ("falsepositives",),
    "SigmaValueError": ("tags",),
}


def note(source: Source, errors: list[SigmaError]) -> None:
    """Notes pySigma's errors at the lines that they speak of."""
    for error in errors:
        kind = type(error).__name__
        place = _PLACES.get(kind, (kind.removeprefix("Sigma").removesuffix("Error").lower(),))
        source.problems.add(str(error.args[0] if error.args else error), *place)


def check(source: Source, *required: str) -> None:
    """Notes keys that Sigma leaves open and Hinomi needs, and an id that pySigma would stumble over."""
    for key in required:
        if source.rule.get(key) is None:
            source.problems.add(f"the rule needs '{key}'")
    identifier = source.rule.get("id")
    if identifier is not None and not isinstance(identifier, str):
        source.problems.add("'id' is a UUID in quotes", "id")
    if "\n" in str(source.rule.get("title", "")).strip():
        source.problems.add("'title' is one line", "title")
    for key in ("filter", "action"):
        if key in source.rule:
            source.problems.add(f"'{key}' documents are not read here: write the condition into the rule", key)


def about(source: Source) -> dict[str, Any]:
    """What documentation says of a rule."""
    rule = source.rule
    return {
        "file": f"{source.service}/{source.path.name}",
        "id": str(rule.get("id", "")),
        "status": rule.get("status", ""),
        "description": " ".join(str(rule.get("description", "")).split()),
        **{key: [str(one) for one in rule.get(key) or []] for key in ("references", "tags", "falsepositives")},
    }


def level(source: Source) -> str:
    """The rule's level; pySigma notes a wrong one."""
    return str(source.rule.get("level", Severity.INFORMATIONAL)).lower()
