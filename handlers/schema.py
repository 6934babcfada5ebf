"""The keys of handlers.yaml, as pydantic models. docs/handlers.md describes them for people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from handlers import registry
from handlers.escalation.on_call import CHANNEL
from handlers.escalation.rotation_keys import Days, RotationKeys, Zone
from handlers.owners.keys import OwnerKeys
from handlers.remediations.brakes import BREAKER, DENY_FIELDS, TOTAL_BUDGET
from handlers.spec import APPROVE_WITHIN
from shared.calendar.hours import NotificationHours
from shared.calendar.windows import Calendar, parse_window
from shared.durations import parse_duration
from shared.errors import InputError, InvalidValueError
from shared.model import IncidentKind, Mode, Severity, Trigger
from shared.suggestions import did_you_mean, listed
from shared.texts import handler_rules as texts
from shared.texts import validation
from shared.validation import DURATION, Block, Choice, Matching, Patterns, as_list, mistake

SHORTEST_REPEAT = timedelta(minutes=5)  # a sweep runs every minute, and a person needs time to react
NO_LIMIT = "none"  # a rule without the cooldown or budget that the defaults have
_RUNS = re.compile(r"([1-9][0-9]{0,4})/h")


def _duration(value: Any) -> timedelta:
    try:
        return parse_duration(str(value))
    except InputError as error:
        raise InvalidValueError(error.text) from error


def _cooldown(value: Any) -> timedelta | None:
    return None if value == NO_LIMIT else _duration(value)


def _runs_per_hour(value: Any) -> int | None:
    if value == NO_LIMIT:
        return None
    found = _RUNS.fullmatch(str(value))
    if not found:
        raise InvalidValueError(texts.RUNS_PER_HOUR(value=str(value)))
    return int(found[1])


def _known_kinds(patterns: list[str]) -> list[str]:
    for pattern in patterns:
        if pattern not in list(IncidentKind) and not set(pattern) & set("*?["):
            near = did_you_mean(pattern, IncidentKind, most=1) or validation.USE(names=listed(list(IncidentKind)))
            raise InvalidValueError(validation.INVALID_VALUE(value=pattern, suggestion=near))
    return patterns


def _known_action(name: str) -> str:
    if name not in registry.names():
        near = did_you_mean(name, registry.names(), most=1) or validation.USE(names=listed(registry.names()))
        raise InvalidValueError(validation.INVALID_VALUE(value=name, suggestion=near))
    return name


def _has_channels(action: str) -> bool:
    """Whether the action notifies, on channels that settings name."""
    plugin = registry.find(action)
    has_parameter = CHANNEL in {each.name for each in fields(plugin.Params)}
    return has_parameter and not registry.is_remediation(action) and not hasattr(plugin, "PUBLISHES_TO")


Name = Annotated[str, Matching(r"[a-z0-9][a-z0-9_-]{0,99}", texts.INVALID_NAME)]
Duration = Annotated[timedelta, BeforeValidator(_duration), WithJsonSchema({"type": "string", "pattern": DURATION})]
Cooldown = Annotated[
    timedelta | None,
    BeforeValidator(_cooldown),
    WithJsonSchema({"type": "string", "pattern": f"{DURATION}|^{NO_LIMIT}$"}),
]
Budget = Annotated[
    int | None,
    BeforeValidator(_runs_per_hour),
    WithJsonSchema({"type": "string", "pattern": f"^{_RUNS.pattern}$|^{NO_LIMIT}$"}),
]
_TRIGGER: dict[str, Any] = {"type": "string", "enum": list(Trigger)}
Triggers = Annotated[
    list[Choice[Trigger]],
    BeforeValidator(as_list),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [_TRIGGER, {"type": "array", "items": _TRIGGER, "minItems": 1}]}),
]
KindPatterns = Annotated[Patterns, AfterValidator(_known_kinds)]


def _window(text: str) -> str:
    try:
        parse_window(text)
    except InputError as error:
        raise InvalidValueError(error.text) from error
    return text


Windows = Annotated[list[Annotated[str, AfterValidator(_window)]], BeforeValidator(as_list), Field(min_length=1)]


class MatchKeys(Block):
    """The incidents of a rule: a pattern or a list of patterns for each property."""

    kind: KindPatterns | None = None
    service: Patterns | None = None
    rule: Patterns | None = None
    severity: Choice[Severity] = Field(default=Severity.INFORMATIONAL, description="The lowest severity that matches.")
    resource: Patterns | None = None
    principal: Patterns | None = None
    project: Patterns | None = None
    labels: dict[str, Patterns] = Field(default={})


class HoursKeys(Block):
    """The times when a rule notifies: within `open`, or outside `quiet`, and never on a holiday."""

    open: Windows | None = Field(None, description="Windows in which messages are sent, such as mon-fri 08:00-20:00.")
    quiet: Windows | None = Field(None, description="Windows in which messages wait, such as daily 22:00-07:00.")
    timezone: Zone = Field(description="Time zone of the windows, such as Asia/Tokyo.")
    holidays: Days = Field(default=[], description="Days on which messages wait, such as 2026-12-31.")
    urgent: Choice[Severity] = Field(
        default=Severity.CRITICAL, description="Incidents of this severity or a higher one are notified at any time."
    )

    @model_validator(mode="after")
    def _check_windows(self) -> HoursKeys:
        """Checks that a rule has `open` or `quiet`, and not both."""
        if (self.open is None) == (self.quiet is None):
            raise mistake(texts.OPEN_OR_QUIET)
        return self

    def hours(self) -> NotificationHours:
        """The notification hours that the keys declare."""
        return NotificationHours(
            Calendar(tuple(self.open or self.quiet or ()), self.timezone),
            is_quiet=self.quiet is not None,
            holidays=frozenset(date.fromisoformat(day) for day in self.holidays),
            urgent=self.urgent,
        )


class BreakerKeys(Block):
    """The circuit breaker of a remediation."""

    failures: Annotated[int, Field(ge=1, le=100)] = Field(
        default=BREAKER.failures, description="Failed runs in a row that open the circuit breaker."
    )
    retry_after: Duration = Field(default=BREAKER.retry_after, description="The time after which one run is tried.")


class DenyKeys(Block):
    """Patterns of targets that a remediation never touches."""

    resource: Patterns | None = None
    principal: Patterns | None = None
    project: Patterns | None = None


def _none(value: Any) -> Any:
    return None if value == NO_LIMIT else value


_BREAKER: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "failures": {"type": "integer", "minimum": 1, "maximum": 100},
        "retry_after": {"type": "string", "pattern": DURATION},
    },
}
BreakerOrNone = Annotated[
    BreakerKeys | None,
    BeforeValidator(_none),
    WithJsonSchema({"anyOf": [_BREAKER, {"type": "string", "const": NO_LIMIT}]}),
]


_DENY: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        name: {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]} for name in DENY_FIELDS
    },
}
DenyOrNone = Annotated[
    DenyKeys | None,
    BeforeValidator(_none),
    WithJsonSchema({"anyOf": [_DENY, {"type": "string", "const": NO_LIMIT}]}),
]


class BrakeKeys(Block):
    """The brakes of a remediation besides its cooldown and budget."""

    delay: Cooldown = Field(default=None, description="Time between the event and the run, or none.")
    principal_budget: Budget = Field(
        default=None, description="Maximum number of runs per hour for one principal, or none."
    )
    total_budget: Budget = Field(
        default=TOTAL_BUDGET, description="Maximum number of runs per hour of all remediations together, or none."
    )
    breaker: BreakerOrNone = Field(default=BreakerKeys(), description="Stops the rule after failures, or none.")
    deny: DenyOrNone = Field(
        default=DenyKeys(),
        description="The resources that the rule never changes, in addition to those of the defaults and to Hinomi's own resources, or none.",
    )


class HandlerKeys(Block):
    """One handler rule."""

    name: Name
    enabled: bool = True
    match: MatchKeys = MatchKeys()
    on: Triggers = Field(default=[Trigger.OPENED], description="The events of the incident that start the rule.")
    action: Annotated[str, AfterValidator(_known_action)]
    # After `action`, which determines the valid parameters.
    params: dict[str, Any] = Field(default={}, description="The parameters of the action.")
    mode: Choice[Mode] | None = Field(None, description="Default: dry_run for a remediation, auto for a notification.")
    approvers: Patterns | None = Field(None, description="Who may approve a run, with mode approve. Default: anybody.")
    approve_within: Duration = Field(APPROVE_WITHIN, description="The time after which a waiting run is denied.")
    cooldown: Cooldown = Field(None, description="The shortest time between two runs for the same target, or none.")
    budget: Budget = Field(None, description="Maximum number of runs per hour, such as 5/h, or none.")
    brakes: BrakeKeys = Field(default=BrakeKeys(), description="More brakes of a remediation.")
    then: Name | None = Field(
        default=None, description="The rule that runs if this remediation fails or does not help."
    )
    after_success: Name | None = Field(
        default=None, description="The rule that runs if this remediation succeeds and the incident is still open."
    )
    after: Duration | None = Field(
        None,
        validate_default=True,
        description="With on: unacknowledged, the time after the opening in which nobody has acknowledged the incident.",
    )
    repeat: Duration | None = Field(None, description="With after, the interval of reminders until an acknowledgement.")
    hours: HoursKeys | None = Field(None, description="The times at which messages are sent; others wait for the next.")

    @field_validator("then", "after_success")
    @classmethod
    def _check_then(cls, then: str | None, info: ValidationInfo) -> str | None:
        """Checks that only a remediation has a next step."""
        if then is not None and "action" in info.data and not registry.is_remediation(info.data["action"]):
            raise InvalidValueError(texts.NO_THEN_OF_NOTIFICATIONS)
        return then

    @field_validator("brakes")
    @classmethod
    def _check_brakes(cls, brakes: BrakeKeys, info: ValidationInfo) -> BrakeKeys:
        """Checks that only a remediation has these brakes."""
        if brakes.model_fields_set and "action" in info.data and not registry.is_remediation(info.data["action"]):
            raise InvalidValueError(texts.NO_BRAKES_OF_NOTIFICATIONS)
        return brakes

    @field_validator("hours")
    @classmethod
    def _check_hours(cls, hours: HoursKeys | None, info: ValidationInfo) -> HoursKeys | None:
        """Checks that a remediation has no hours, because it runs when the fault happens."""
        if hours is not None and registry.is_remediation(info.data.get("action", "")):
            raise InvalidValueError(texts.NO_HOURS_OF_REMEDIATIONS)
        return hours

    @field_validator("after")
    @classmethod
    def _check_after(cls, after: timedelta | None, info: ValidationInfo) -> timedelta | None:
        """Checks that `after` and `unacknowledged` occur together, and for notifications only."""
        is_named = Trigger.UNACKNOWLEDGED in info.data.get("on", ())
        if is_named and registry.is_remediation(info.data.get("action", "")):
            raise InvalidValueError(texts.NO_ESCALATION_OF_REMEDIATIONS)
        if is_named and after is None:
            raise InvalidValueError(texts.AFTER_MISSING)
        if after is not None and "on" in info.data and not is_named:
            raise InvalidValueError(texts.UNACKNOWLEDGED_MISSING)
        return after

    @field_validator("repeat")
    @classmethod
    def _check_repeat(cls, repeat: timedelta | None, info: ValidationInfo) -> timedelta | None:
        """Checks that only a rule with a first message has reminders."""
        if repeat is not None and "after" in info.data and info.data["after"] is None:
            raise InvalidValueError(texts.REPEAT_WITHOUT_AFTER)
        if repeat is not None and repeat < SHORTEST_REPEAT:
            raise InvalidValueError(texts.REPEAT_TOO_SHORT)
        return repeat

    on_call: Name | None = Field(None, description="The rotation whose person is notified.")

    @field_validator("on_call")
    @classmethod
    def _check_on_call(cls, on_call: str | None, info: ValidationInfo) -> str | None:
        """Checks that the person on call is a channel of the notifier."""
        action, params = info.data.get("action"), info.data.get("params", {})
        if on_call is None or action is None:
            return on_call
        if not _has_channels(action):
            raise InvalidValueError(texts.NO_PERSON_TO_NOTIFY)
        if CHANNEL in params:
            raise InvalidValueError(texts.ON_CALL_AND_CHANNEL)
        return on_call

    to_owner: bool = Field(
        False, description="Notify the channel of the incident's owner; without one, the rule's own."
    )

    @field_validator("to_owner")
    @classmethod
    def _check_to_owner(cls, to_owner: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic passes the value
        """Checks that an owner can be a channel of the notifier."""
        if to_owner and "action" in info.data and not _has_channels(info.data["action"]):
            raise InvalidValueError(texts.NO_OWNER_TO_NOTIFY)
        if to_owner and info.data.get("on_call"):
            raise InvalidValueError(texts.TO_OWNER_AND_ON_CALL)
        return to_owner

    @field_validator("mode")
    @classmethod
    def _check_mode(cls, mode: Mode | None, info: ValidationInfo) -> Mode | None:
        """Checks that only a remediation waits for approval."""
        if mode is Mode.APPROVE and "action" in info.data and not registry.is_remediation(info.data["action"]):
            raise InvalidValueError(texts.NO_APPROVAL_OF_NOTIFICATIONS)
        return mode

    @field_validator("params")
    @classmethod
    def _check_params(cls, values: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        """Checks the parameters with the action's own class; without a known action they are not checked."""
        if "action" in info.data:
            try:
                registry.params(registry.find(info.data["action"]), values)
            except registry.ParamError as error:
                raise mistake(error.message, *([error.param] if error.param else [])) from None
            except InputError as error:
                raise mistake(error.message) from None
        return values


class InheritedKeys(Block):
    """Values that rules inherit unless they set their own; `match` is inherited property by property."""

    match: MatchKeys = MatchKeys()
    on: Triggers = Field(default=[Trigger.OPENED], description="The events of the incident that start the rule.")
    mode: Choice[Mode] | None = Field(default=None, description="dry_run or auto.")
    cooldown: Cooldown = Field(default=None, description="The shortest time between two runs for the same target.")
    budget: Budget = Field(default=None, description="Maximum number of runs per hour, such as 5/h.")
    brakes: BrakeKeys = Field(default=BrakeKeys(), description="More brakes of remediations, inherited separately.")


class DefaultKeys(Block):
    """The defaults of handler rules, by the kind of their action."""

    remediations: InheritedKeys = InheritedKeys()
    notifications: InheritedKeys = InheritedKeys()

    @field_validator("remediations", "notifications")
    @classmethod
    def _check_triggers(cls, keys: InheritedKeys) -> InheritedKeys:
        """Checks that `unacknowledged` is not inherited, because each such rule must set its own `after`."""
        if Trigger.UNACKNOWLEDGED in keys.on:
            raise mistake(texts.NOT_INHERITED, "on")
        return keys

    @field_validator("notifications")
    @classmethod
    def _check_notifications(cls, keys: InheritedKeys) -> InheritedKeys:
        """Checks that the defaults of notifications do not require approval."""
        if keys.mode is Mode.APPROVE:
            raise mistake(texts.NO_APPROVAL_OF_NOTIFICATIONS, "mode")
        if keys.brakes.model_fields_set:
            raise mistake(texts.NO_BRAKES_OF_NOTIFICATIONS, "brakes")
        return keys


def inherited_keys(defaults: Mapping[str, Any]) -> DefaultKeys:
    """The keys that rules inherit, from the stored block of defaults, which also contains rotations and owners."""
    return DefaultKeys.model_validate({name: defaults[name] for name in DefaultKeys.model_fields if name in defaults})


class HandlersFile(Block):
    """The keys of handlers.yaml."""

    defaults: DefaultKeys = DefaultKeys()
    rotations: dict[Name, RotationKeys] = Field(default={}, description="The rotations: who is on call, and when.")
    owners: list[OwnerKeys] = Field(default=[], description="The owners of resources.")
    handlers: list[HandlerKeys]
