"""The keys of a rotation in handlers.yaml, as pydantic models. docs/escalation.md describes them for people."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from shared.calendar.rotation import Rotation, TurnOverride
from shared.calendar.windows import zone_of
from shared.durations import parse_duration
from shared.errors import InputError, InvalidValueError
from shared.texts import handler_rules as texts
from shared.validation import Block, Matching, as_list, mistake

_DAY = 86_400


def _written(value: Any) -> Any:
    """The text that a person wrote: YAML reads 2026-12-31 as a date and 10:00 as a number of minutes."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return f"{value // 60:02}:{value % 60:02}" if is_number else value


def _zone(name: str) -> str:
    try:
        zone_of(name)
    except InputError as error:
        raise InvalidValueError(error.text) from error
    return name


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise InvalidValueError(texts.INVALID_DAY(text=text)) from error


def _clock(text: str) -> str:
    try:
        return f"{time.fromisoformat(text):%H:%M}"
    except ValueError as error:
        raise InvalidValueError(texts.INVALID_TIME(text=text)) from error


def _wall(text: str) -> str:
    try:
        return f"{datetime.fromisoformat(text).replace(tzinfo=None):%Y-%m-%d %H:%M}"
    except ValueError as error:
        raise InvalidValueError(texts.INVALID_WALL_TIME(text=text)) from error


def _days(text: str) -> str:
    try:
        seconds = parse_duration(text).total_seconds()
    except InputError as error:
        raise InvalidValueError(error.text) from error
    if seconds % _DAY:
        raise InvalidValueError(texts.WHOLE_DAYS)
    return f"{int(seconds // _DAY)}d"


Zone = Annotated[str, AfterValidator(_zone)]
Day = Annotated[str, BeforeValidator(_written), AfterValidator(_day)]
Days = Annotated[list[Day], BeforeValidator(as_list)]
Person = Annotated[str, Matching(r"[a-z0-9_]{1,40}", texts.INVALID_PERSON)]
WallTime = Annotated[str, BeforeValidator(_written), AfterValidator(_wall)]


class OverrideKeys(Block):
    """A person who takes over for a period."""

    person: Person
    begin: WallTime = Field(alias="from", description="Begin, such as 2026-12-24 09:00, in the zone of the rotation.")
    until: WallTime = Field(description="End.")

    @model_validator(mode="after")
    def _check_order(self) -> OverrideKeys:
        """Checks that the end is after the beginning."""
        if self.until <= self.begin:
            raise mistake(texts.OVERRIDE_ENDS_BEFORE)
        return self


class RotationKeys(Block):
    """People who take turns. Each name is a channel of the notifier of the rule that uses the rotation."""

    people: Annotated[list[Person], BeforeValidator(as_list), Field(min_length=1)]
    starts: Day = Field(description="Day of the first turn, such as 2026-11-30.")
    timezone: Zone = Field(description="Time zone, such as Asia/Tokyo.")
    handover: Annotated[str, BeforeValidator(_written), AfterValidator(_clock)] = Field(
        default="09:00", description="Time of the handover."
    )
    every: Annotated[str, AfterValidator(_days)] = Field(
        default="7d", description="Length of a turn, such as 1w or 3d."
    )
    holidays: Days = Field(
        default=[], description="Days without a handover: the handover takes place on the next other day."
    )
    overrides: list[OverrideKeys] = Field(default=[], description="Substitutes for a period.")

    def rotation(self) -> Rotation:
        """The rotation that the keys declare."""
        return Rotation(
            people=tuple(self.people),
            starts=date.fromisoformat(self.starts),
            timezone=self.timezone,
            handover=time.fromisoformat(self.handover),
            days=int(self.every.removesuffix("d")),
            holidays=frozenset(date.fromisoformat(day) for day in self.holidays),
            overrides=tuple(
                TurnOverride(each.person, datetime.fromisoformat(each.begin), datetime.fromisoformat(each.until))
                for each in self.overrides
            ),
        )
