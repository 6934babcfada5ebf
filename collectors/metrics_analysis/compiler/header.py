"""Checks the keys of every Sigma document with pySigma, and locates its errors in the file."""

from __future__ import annotations

from typing import Any

from sigma.exceptions import SigmaError

from collectors.metrics_analysis.compiler.source import Source
from shared import validation
from shared.model import Severity
from shared.validation import B

# The key that each error of pySigma refers to.
_KEYS: dict[str, tuple[str, ...]] = {
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
# The correction, where pySigma's message has none.
_ADVICE = {"SigmaTimespanError": "use a number and a unit, such as 30s, 10m, 4h or 7d"}


def note(source: Source, errors: list[SigmaError]) -> None:
    """Adds pySigma's errors at the lines that they refer to."""
    for error in errors:
        kind = type(error).__name__
        key = _KEYS.get(kind, (kind.removeprefix("Sigma").removesuffix("Error").lower(),))
        message, advice = str(error.args[0] if error.args else error), _ADVICE.get(kind)
        source.problems.add(f"{message.rstrip('.')}: {advice}" if advice else message, *key)


def check(source: Source, model: type[B]) -> B | None:
    """The validated keys that Sigma leaves open and Hinomi requires; None after a mistake, which is reported."""
    keys, errors = validation.check(model, source.document)
    source.problems.errors.extend(errors)
    return keys


def about(source: Source) -> dict[str, Any]:
    """The facts about the rule for the documentation."""
    rule = source.rule
    return {
        "file": f"{source.service}/{source.path.name}",
        "id": str(rule.get("id", "")),
        "status": rule.get("status", ""),
        "description": " ".join(str(rule.get("description", "")).split()),
        **{key: [str(one) for one in rule.get(key) or []] for key in ("references", "tags", "falsepositives")},
        **_reason(rule.get("hinomi")),
        **_japanese(rule.get("hinomi")),
    }


def _reason(block: Any) -> dict[str, str]:
    """The declared reason why only a quiet period closes the incidents of a rule; empty if there is none."""
    recovery = block.get("recovery") if isinstance(block, dict) else None
    because = recovery.get("because") if isinstance(recovery, dict) else None
    return {"because": str(because)} if because else {}


def _japanese(block: Any) -> dict[str, str]:
    """The description in Japanese, if there is one."""
    japanese = block.get("ja") if isinstance(block, dict) else None
    text = japanese.get("description") if isinstance(japanese, dict) else None
    return {"description_ja": " ".join(str(text).split())} if text else {}


def level(source: Source) -> str:
    """The level of the rule; pySigma reports an invalid level."""
    return str(source.rule.get("level", Severity.INFORMATIONAL)).lower()
