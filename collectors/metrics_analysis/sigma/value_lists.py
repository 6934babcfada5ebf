"""Whether lists of allowed and denied values, as in an organization policy, became looser or stricter.

The lists in an entry are compared with the previous lists, and with the lists before the first loosening that was not
undone (the baseline). Lists can be compared if both allow single values, or if both allow all values except denied
ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from collectors.metrics_analysis.sigma import fields
from shared.lazy.dataclass import dataclass

BASELINE, COMPARED = "baseline", "compared"
LOOSER, STRICTER, EQUAL = "looser", "stricter", "equal"
RESTORED = "restored"  # at least as strict as the baseline
PARTLY = "partly restored"  # not looser than before, but than the baseline
_PREFIX = "is:"  # a value without a prefix means the same


@dataclass(frozen=True, slots=True)
class ValueLists:
    """The values that a resource allows and denies; without allowed values it allows every value that it does not deny."""

    allowed: frozenset[str]
    denied: frozenset[str]

    @classmethod
    def of(cls, shown: dict[str, Any], block: dict[str, Any]) -> Self | None:
        """The lists in an entry, or in remembered fields; None if there are none, or if other fields also decide."""
        if any(_members(shown, block["unless"])):
            return None
        allowed, denied = (frozenset(_texts(shown, block[name])) for name in ("allowed", "denied"))
        return cls(allowed, denied) if allowed or denied else None

    @classmethod
    def stored(cls, known: dict[str, Any]) -> Self | None:
        """The baseline among remembered fields."""
        baseline = known.get(BASELINE)
        return cls(*(frozenset(baseline[name]) for name in ("allowed", "denied"))) if baseline else None

    def as_json(self) -> dict[str, Any]:
        """The lists as `stored` reads them."""
        return {"allowed": sorted(self.allowed), "denied": sorted(self.denied)}

    def is_at_most(self, other: ValueLists) -> bool:
        """Whether these lists allow no value that the other ones deny."""
        same_kind = bool(self.allowed) == bool(other.allowed)
        return same_kind and self.allowed <= other.allowed and self.denied >= other.denied


def compared(now: ValueLists | None, before: ValueLists | None, baseline: ValueLists | None) -> str:
    """How the lists of an entry compare; empty if there is nothing to compare them with."""
    if baseline is not None and now is not None and now.is_at_most(baseline):
        return RESTORED
    if before is None:
        return LOOSER if baseline is not None else ""
    if now is None or not now.is_at_most(before):
        return LOOSER
    if baseline is not None:
        return PARTLY
    return EQUAL if now == before else STRICTER


def baseline_after(how: str, before: ValueLists | None, baseline: ValueLists | None) -> ValueLists | None:
    """The baseline for later entries."""
    if how == RESTORED:
        return None
    return baseline or (before if how == LOOSER else None)


def _texts(shown: dict[str, Any], paths: Iterable[str]) -> Iterable[str]:
    return (str(value).removeprefix(_PREFIX) for value in _members(shown, paths) if value is not None)


def _members(shown: dict[str, Any], paths: Iterable[str]) -> list[Any]:
    return [value for path in paths for value in fields.members(fields.find(shown, fields.parse(path)))]
