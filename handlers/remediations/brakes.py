"""The brakes of a remediation besides its cooldown and budget, as checked types and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any

from shared.lazy.dataclass import dataclass
from shared.records import IncidentView

DENY_FIELDS = ("resource", "principal", "project")


@dataclass(frozen=True, slots=True)
class Breaker:
    """A circuit breaker: opens after `failures` consecutive failed runs, and lets one run try again after `retry_after`."""

    failures: int = 3
    retry_after: timedelta = timedelta(hours=1)

    def as_dict(self) -> dict[str, Any]:
        """The breaker as JSON."""
        return {"failures": self.failures, "retry_after_seconds": int(self.retry_after.total_seconds())}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Breaker:
        """The breaker from JSON."""
        return cls(stored["failures"], timedelta(seconds=stored["retry_after_seconds"]))


BREAKER = Breaker()
TOTAL_BUDGET = 60  # runs of all remediations in an hour: three rules at the budget of the shipped ones
# Hinomi's own accounts, topics, functions and database: a remediation that stops them stops itself.
OWN: Mapping[str, tuple[str, ...]] = {"resource": ("hinomi", "hinomi-*", "*/hinomi", "*/hinomi-*", "*:hinomi")}


@dataclass(frozen=True, slots=True)
class Brakes:
    """The brakes of one handler rule.

    `delay` passes between the event and the run. `principal_budget` are runs per hour of the rule for incidents of one
    principal, `total_budget` those of all remediations. `deny` are shell patterns of resources, principals and projects
    that the rule never touches, including OWN unless the rule says `none`.
    """

    delay: timedelta | None = None
    principal_budget: int | None = None
    total_budget: int | None = TOTAL_BUDGET
    breaker: Breaker | None = BREAKER
    deny: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: OWN)

    @property
    def denied_beyond_own(self) -> dict[str, tuple[str, ...]]:
        """The deny list without Hinomi's own resources, in the form that people write."""
        others = {name: tuple(each for each in self.deny[name] if each not in OWN.get(name, ())) for name in self.deny}
        return {name: patterns for name, patterns in others.items() if patterns}

    def denied(self, incident: IncidentView, target: str) -> tuple[str, str, str] | None:
        """The property, pattern and value that match the deny list; None if none does."""
        values = {
            "resource": (incident.resource, target),
            "principal": (incident.principal,),
            "project": (incident.project,),
        }
        found = (
            (name, pattern, value)
            for name, patterns in self.deny.items()
            for pattern in patterns
            for value in values[name]
            if value and fnmatchcase(value.casefold(), pattern.casefold())
        )
        return next(found, None)

    def as_dict(self) -> dict[str, Any]:
        """The brakes as JSON, without default ones."""
        block: dict[str, Any] = {
            "delay_seconds": int(self.delay.total_seconds()) if self.delay else None,
            "principal_budget": self.principal_budget,
        }
        block = {name: value for name, value in block.items() if value}
        if self.total_budget != TOTAL_BUDGET:
            block["total_budget"] = self.total_budget
        if self.deny != OWN:
            block["deny"] = {name: list(patterns) for name, patterns in self.deny.items()}
        if self.breaker != BREAKER:
            block["breaker"] = self.breaker.as_dict() if self.breaker else None
        return block

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Brakes:
        """The brakes from JSON."""
        breaker = stored.get("breaker", BREAKER.as_dict())
        delay = stored.get("delay_seconds")
        return cls(
            delay=timedelta(seconds=delay) if delay else None,
            principal_budget=stored.get("principal_budget"),
            total_budget=stored.get("total_budget", TOTAL_BUDGET),
            breaker=Breaker.from_dict(breaker) if breaker else None,
            deny={name: tuple(patterns) for name, patterns in stored.get("deny", OWN).items()},
        )
