"""One entry of handlers.yaml as checked types, and its form in the Error DB."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import timedelta
from typing import Any

from handlers.remediations.brakes import Brakes
from shared.calendar.hours import NotificationHours
from shared.lazy.dataclass import dataclass
from shared.logs import log
from shared.model import Mode, Severity, Trigger
from shared.records import HandlerRuleView, SilenceView

Patterns = tuple[str, ...]

APPROVE_WITHIN = timedelta(hours=1)
PATTERN_FIELDS = ("kind", "service", "rule", "resource", "principal", "project")


@dataclass(frozen=True, slots=True)
class Match:
    """The incidents of a rule: shell patterns per property; an empty list matches everything."""

    kind: Patterns = ()
    service: Patterns = ()
    rule: Patterns = ()
    severity: Severity = Severity.INFORMATIONAL
    resource: Patterns = ()
    principal: Patterns = ()
    project: Patterns = ()
    labels: Mapping[str, Patterns] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The match block as JSON, without empty lists."""
        block: dict[str, Any] = {name: list(getattr(self, name)) for name in PATTERN_FIELDS if getattr(self, name)}
        if self.severity is not Severity.INFORMATIONAL:
            block["severity"] = str(self.severity)
        if self.labels:
            block["labels"] = {name: list(patterns) for name, patterns in self.labels.items()}
        return block

    @classmethod
    def from_dict(cls, block: Mapping[str, Any]) -> Match:
        """The match block from JSON; a single pattern may be given without a list."""
        return cls(
            severity=Severity(block.get("severity", Severity.INFORMATIONAL)),
            labels={name: as_patterns(value) for name, value in block.get("labels", {}).items()},
            **{name: as_patterns(block[name]) for name in PATTERN_FIELDS if name in block},
        )


@dataclass(frozen=True, slots=True)
class HandlerSpec:
    """One entry of handlers.yaml. `cooldown` is per target, `budget` is runs per hour of this rule.

    `after` is the time after the opening at which an unacknowledged incident leads to a run, and `repeat` the interval of
    further runs until somebody acknowledges it. Outside `hours` a notification waits, unless its incident is urgent.
    `on_call` is the rotation whose person is notified; with `to_owner` the incident's owner is. With mode `approve`, a
    person who matches `approvers` (empty: anybody) approves a run within `approve_within`. `brakes` are the further brakes
    of a remediation, `then` the rule that runs if it does not help. `inherits` are the keys that come from the defaults of
    the file, such as budget or match.severity.
    """

    name: str
    action: str
    match: Match = field(default_factory=Match)
    on: tuple[Trigger, ...] = (Trigger.OPENED,)
    params: Mapping[str, Any] = field(default_factory=dict)
    mode: Mode = Mode.DRY_RUN
    cooldown: timedelta | None = None
    budget: int | None = None
    enabled: bool = True
    inherits: tuple[str, ...] = ()
    approvers: Patterns = ()
    approve_within: timedelta = APPROVE_WITHIN
    after: timedelta | None = None
    repeat: timedelta | None = None
    hours: NotificationHours | None = None
    on_call: str = ""
    brakes: Brakes = field(default_factory=Brakes)
    then: str = ""
    after_success: str = ""
    to_owner: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The checked rule as JSON, as handler_rules.spec stores it."""
        inherited = {"inherits": list(self.inherits)} if self.inherits else {}
        within = int(self.approve_within.total_seconds())
        approval = {"approvers": list(self.approvers), "approve_within_seconds": within}
        escalation = {"after_seconds": _seconds(self.after), "repeat_seconds": _seconds(self.repeat)}
        return (
            (approval if self.mode is Mode.APPROVE else {})
            | inherited
            | ({"on_call": self.on_call} if self.on_call else {})
            | ({"to_owner": True} if self.to_owner else {})
            | ({"hours": self.hours.as_dict()} if self.hours else {})
            | ({"then": self.then} if self.then else {})
            | ({"after_success": self.after_success} if self.after_success else {})
            | ({"brakes": block} if (block := self.brakes.as_dict()) else {})
            | {name: seconds for name, seconds in escalation.items() if seconds}
            | {
                "enabled": self.enabled,
                "action": self.action,
                "match": self.match.as_dict(),
                "on": [str(trigger) for trigger in self.on],
                "params": dict(self.params),
                "mode": str(self.mode),
                "cooldown_seconds": _seconds(self.cooldown),
                "budget": self.budget,
            }
        )

    @classmethod
    def from_dict(cls, name: str, spec: Mapping[str, Any], *, enabled: bool = True) -> HandlerSpec:
        """The rule from JSON; `enabled` is False for a rule that was disabled by hand."""
        return cls(
            name=name,
            action=spec["action"],
            match=Match.from_dict(spec["match"]),
            on=tuple(Trigger(text) for text in spec["on"]),
            params=spec["params"],
            mode=Mode(spec["mode"]),
            cooldown=_length(spec.get("cooldown_seconds")),
            budget=spec.get("budget"),
            enabled=enabled and spec.get("enabled", True),
            inherits=tuple(spec.get("inherits", ())),
            approvers=tuple(spec.get("approvers", ())),
            approve_within=timedelta(seconds=spec.get("approve_within_seconds", APPROVE_WITHIN.total_seconds())),
            after=_length(spec.get("after_seconds")),
            repeat=_length(spec.get("repeat_seconds")),
            hours=NotificationHours.from_dict(spec["hours"]) if spec.get("hours") else None,
            on_call=str(spec.get("on_call", "")),
            brakes=Brakes.from_dict(spec.get("brakes", {})),
            then=str(spec.get("then", "")),
            after_success=str(spec.get("after_success", "")),
            to_owner=bool(spec.get("to_owner", False)),
        )


def chained(rules: Iterable[HandlerSpec]) -> dict[str, str]:
    """The rules that other rules name as a next step, with the names of these rules. They run only as a next step."""
    found: dict[str, list[str]] = {}
    for rule in rules:
        for step in dict.fromkeys((rule.then, rule.after_success)):
            if step:
                found.setdefault(step, []).append(rule.name)
    return {step: ", ".join(names) for step, names in found.items()}


def _seconds(length: timedelta | None) -> int | None:
    return int(length.total_seconds()) if length else None


def _length(seconds: float | None) -> timedelta | None:
    return timedelta(seconds=seconds) if seconds else None


def as_patterns(value: Any) -> Patterns:
    """One pattern or a list of them, as a tuple."""
    return tuple(str(item) for item in value) if isinstance(value, list | tuple) else (str(value),)


def specs(views: Iterable[HandlerRuleView]) -> list[HandlerSpec]:
    """The stored rules in their order. An unreadable rule is logged and left out, so that the others still run."""
    readable = []
    for view in views:
        try:
            readable.append(HandlerSpec.from_dict(view.name, view.spec, enabled=view.enabled))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            log("ERROR", "handler rule cannot be read: apply it again", handler=view.name, error=repr(error))
    return readable


def readable_silences(views: Iterable[SilenceView]) -> list[tuple[SilenceView, Match]]:
    """Silences with their match blocks. An unreadable one is left out: an unneeded card is better than a missing one."""
    active = []
    for view in views:
        try:
            active.append((view, Match.from_dict(view.matcher)))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            log("ERROR", "silence cannot be read", silence=view.id, error=repr(error))
    return active
