"""A grant with what the platform's map and the logs say of it."""

from __future__ import annotations

from dataclasses import dataclass

from insights.access.drift.baseline import Baseline
from insights.access.iam_conditions import Ternary
from insights.access.model import Access
from insights.access.role_levels import Ability


@dataclass(frozen=True, slots=True)
class AssessedGrant:
    """`persona` is whom it is meant for, empty: nobody. `standing` says why it is counted and not listed.

    `layers` are those that it reaches, with `reach` datasets, buckets and topics. `known_as` are the personas that the
    member is although none of them is meant to have this. `holds` is never NO unless the standing says so.
    """

    access: Access
    ability: Ability
    persona: str
    layers: tuple[str, ...]
    reach: int
    standing: Baseline | None
    holds: Ternary
    known_as: tuple[str, ...] = ()

    @property
    def is_wrong(self) -> bool:
        """Whether nobody is meant to have it, and it is worth a word."""
        return not self.persona and self.standing is None

    @property
    def state(self) -> str:
        """Whether it is intended, and whether it is used: intended, unintended or standing + used, unused, unknown."""
        intent = "unintended" if self.is_wrong else "intended" if self.standing is None else "standing"
        return f"{intent}+{self.access.usage.state}"
