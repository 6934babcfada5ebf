"""The base of all models, and the shared types of their fields."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

MOST_ID = 2**31 - 1
FIRST_YEAR, LAST_YEAR = 1971, 9000  # calculations with windows and zones stay inside the calendar
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_NO_NUL = r"^[^\x00]*$"  # PostgreSQL stores and compares no text with NUL


def _written_time(value: Any) -> Any:
    """A text must be a complete time with its zone; a shorter one would be read in the server's zone, or as seconds."""
    if isinstance(value, str) and not _TIME.fullmatch(value):
        raise ValueError("a time as in RFC 3339 is needed, such as 2026-11-25T18:00:00Z")
    return value


def _written_day(value: Any) -> Any:
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("a day such as 2026-11-25 is needed")
    return value


def _in_calendar(value: Any) -> Any:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"the year must be from {FIRST_YEAR} to {LAST_YEAR}")
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _utc(value: datetime) -> str:
    """The time in UTC, its year in four digits."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


# Times that callers send. Not strict: a validator before it has seen the text, after which a strict model would accept a datetime object only.
GivenMoment = Annotated[
    datetime,
    Field(strict=False),
    BeforeValidator(_written_time),
    AfterValidator(_in_calendar),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
GivenDay = Annotated[
    date,
    Field(strict=False),
    BeforeValidator(_written_day),
    AfterValidator(_in_calendar),
    WithJsonSchema({"type": "string", "format": "date"}),
]
# Times of answers are those that are stored: an event may claim to be from the year 3.
Moment = Annotated[
    datetime, PlainSerializer(_utc, when_used="json"), WithJsonSchema({"type": "string", "format": "date-time"})
]
Day = date
Name = Annotated[str, StringConstraints(max_length=500, pattern=_NO_NUL)]
NeededName = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=_NO_NUL)]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]
Limit = Annotated[int, Field(ge=1, le=200)]
Cursor = Annotated[str, StringConstraints(max_length=200, pattern=r"^[A-Za-z0-9_-]*$")]
Number = Annotated[int, Field(ge=1, le=MOST_ID)]
Values = dict[str, Any]


class ApiModel(BaseModel):
    """A model of an answer, which reads the attributes of a record."""

    model_config = ConfigDict(extra="forbid", from_attributes=True, ser_json_inf_nan="null")

    def as_json(self) -> dict[str, Any]:
        """The values as JSON; a number that JSON cannot represent becomes null."""
        made: dict[str, Any] = json.loads(self.model_dump_json())
        return made


class BodyModel(ApiModel):
    """A model of request bodies: unknown fields, and values of another type such as a number as text, are rejected."""

    model_config = ConfigDict(strict=True)


class QueryModel(BodyModel):
    """The parameters of every operation."""

    lang: Literal["en", "ja"] | None = Field(
        None, description="Language of texts. Default: the language of Accept-Language, otherwise English."
    )


class PageQuery(QueryModel):
    """The parameters of a list with several pages."""

    limit: Limit = Field(50, description="Maximum number of items on a page.")
    cursor: Cursor = Field("", description="`next_cursor` of the previous page; empty for the first page.")
