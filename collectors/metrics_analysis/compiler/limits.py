"""Compiles the limits of a threshold or of an override."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collectors.metrics_analysis.compiler.metric_schema import LimitKeys, Override
from shared.errors import InvalidValueError
from shared.texts import Text, listed
from shared.texts import compiler as texts


class LimitError(InvalidValueError):
    """Two keys that contradict each other; `key` is the key to correct."""

    def __init__(self, key: str, text: Text) -> None:
        self.key = key
        super().__init__(text)


def compiled_limits(block: LimitKeys, base: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Threshold, durations and clear level; missing values come from `base`.

    Raises LimitError for invalid values.
    """
    given = [side for side in ("above", "below") if getattr(block, side) is not None]
    if len(given) > 1 or (base is None and not given):
        raise LimitError(given[-1] if given else "above", texts.ABOVE_OR_BELOW)
    above = given[0] == "above" if given else bool(base and base["above"])
    if base is not None and above != base["above"]:
        side = "above" if base["above"] else "below"
        raise LimitError(given[0], texts.OTHER_SIDE(side=side))
    limit = getattr(block, given[0]) if given else (base or {})["threshold"]
    clear = _clear(block.clear, limit, base)
    if clear != limit and (clear > limit) == above:
        raise LimitError("clear", texts.CLEAR_BELOW if above else texts.CLEAR_ABOVE)
    lasting = block.lasting if block.lasting is not None else (base or {})["for"]
    clear_for = block.clear_for if block.clear_for is not None else (base or {}).get("clear_for", lasting)
    return {"above": above, "threshold": limit, "clear": clear, "for": lasting, "clear_for": clear_for}


def compiled_override(block: Override, threshold: Mapping[str, Any]) -> dict[str, Any]:
    """A compiled override of a compiled threshold. Raises LimitError if it is invalid."""
    labels = [*threshold["labels"], *threshold["split"], "project"]
    unknown = next((label for label in block.match if label not in labels), "")
    if unknown:
        raise LimitError("match", texts.NO_LABEL(key=threshold["key"], label=unknown, names=listed(labels)))
    return {
        "match": block.match,
        "off": block.off,
        "limits": compiled_limits(block, threshold["limits"]),
        "severity": str(block.severity or threshold["severity"]),
    }


def _clear(given: float | None, limit: float, base: Mapping[str, Any] | None) -> float:
    """The clear level; if an override moves the limit, the clear level moves in proportion."""
    if given is not None:
        return given
    if base is None or not base["threshold"]:
        return limit
    return float(limit * base["clear"] / base["threshold"])
