"""Compiles rules/expectations.yaml: expectations of jobs, budgets, and holidays without working-day jobs.

docs/late-jobs.md describes every key. The compiled form has the dates of national holidays, so that functions need no
calendar.
"""

from __future__ import annotations

import importlib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from shared import validation
from shared.calendar.deadlines import parse_deadline
from shared.errors import InputError, InvalidValueError
from shared.texts import expectations as texts
from shared.validation import Block, Matching, OneOf, Patterns, Seconds, as_list, mistake

FILE = "expectations.yaml"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
GROUPS = {"weekdays": frozenset(range(5)), "weekends": frozenset({5, 6}), "daily": frozenset(range(7))}
YEARS_BEFORE, YEARS_AFTER = 1, 5  # of the holidays in the compiled form
DIMENSIONS = ("user", "job", "dataset", "project")  # of budgets (insights/cost/budget.py)
PACKAGE = "holidays"  # pypi.org/project/holidays
HALF = {"categories": "half_day"}


def _deadline(value: str) -> str:
    try:
        parse_deadline(value)
    except InputError as error:
        raise InvalidValueError(error.text) from error
    return value.strip()


def _texts(value: Any) -> Any:
    """A value or several as texts: YAML reads 2026-12-29 as a date."""
    return [each.isoformat() if isinstance(each, date) else each for each in as_list(value)]


_TEXTS = WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})
Deadline = Annotated[str, AfterValidator(_deadline)]
Holiday = Annotated[str, Matching(r"[A-Z]{2}(-[A-Z0-9]{1,3})?|\d{4}-\d\d-\d\d", texts.HOLIDAY)]
Holidays = Annotated[list[Holiday], BeforeValidator(_texts), _TEXTS]
MONTH_END = "month_end"
Weekday = Annotated[str, OneOf((*DAYS, *GROUPS, MONTH_END))]
Weekdays = Annotated[list[Weekday], BeforeValidator(as_list), Field(min_length=1), _TEXTS]


COUNTRY = r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?"
HALF_DAY = rf"(?:{COUNTRY}|\d{{4}}-\d\d-\d\d|{'|'.join(DAYS)})(?: (?:[01]\d|2[0-3]):[0-5]\d)?"
HalfDays = Annotated[list[Annotated[str, Matching(HALF_DAY, texts.HALF_DAY)]], BeforeValidator(_texts), _TEXTS]
NOON = "12:00"  # the end of a half day without a time


class DeadlineKeys(Block):
    """One of several deadlines of a job."""

    time: Deadline = Field(description="Time of day, such as 06:00 or 06:00 Asia/Tokyo.")
    days: Weekdays | None = Field(
        None, description="Days on which it counts, as in the entry. Default: the other days of the entry."
    )


def _deadline_keys(value: Any) -> Any:
    """One deadline or several; a time alone is one without days of its own."""
    return [{"time": _deadline(each)} if isinstance(each, str) else each for each in as_list(value)]


_ONE_DEADLINE = [
    {"type": "string"},
    {
        "type": "object",
        "properties": {
            "time": {"type": "string"},
            "days": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        },
        "required": ["time"],
        "additionalProperties": False,
    },
]
FinishBy = Annotated[
    list[DeadlineKeys],
    BeforeValidator(_deadline_keys),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [*_ONE_DEADLINE, {"type": "array", "items": {"anyOf": _ONE_DEADLINE}, "minItems": 1}]}),
]


class ExpectationKeys(Block):
    """The expectation of some jobs."""

    job: Patterns = Field(description="Names of jobs as in `hinomi jobs list`; * and ? stand for any characters.")
    service: Patterns | None = Field(None, description="Services of the jobs, such as airflow. Default: every one.")
    project: Patterns | None = Field(
        None, description="Projects, Airflow connections or reporters of the jobs. Default: every one."
    )
    every: Seconds | None = Field(None, description="The longest time between two starts, such as 1h.")
    finish_by: FinishBy | None = Field(
        None,
        description="Time of day by which a run has to succeed, such as 06:00 or 06:00 Asia/Tokyo; or several, each with days.",
    )
    grace: Seconds | None = Field(None, description="Time that is added before the job is late.")
    days: Weekdays | None = Field(
        None, description="Days on which it is expected: mon to sun, weekdays, weekends, daily, month_end."
    )
    holidays: Holidays | None = Field(
        None, description="Days on which it is not expected: countries (JP, US-CA) and dates (2026-12-29)."
    )
    half_days: HalfDays | None = Field(
        None,
        description="Days whose second half is off: 2026-12-30, sat 13:00, or the half holidays of a country (GR); without a time they end at noon.",
    )
    ignore: bool = Field(default=False, description="The jobs are never late.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [self.every is not None, self.finish_by is not None, self.ignore]
        if not any(given) or (self.ignore and sum(given) > 1):
            raise mistake(texts.ONE_OF, "job")
        if self.every is not None and MONTH_END in (self.days or ()):
            raise mistake(texts.MONTH_END_HAS_NO_INTERVAL, "days")
        return self


class BudgetKeys(Block):
    """The daily budget of some users, jobs, datasets or projects."""

    by: Annotated[str, OneOf(DIMENSIONS)] = Field(description="What the names are: user, job, dataset or project.")
    name: Patterns = Field(description="Names as in `hinomi cost by`; * and ? stand for any characters.")
    per_day: Annotated[float, Field(gt=0)] | None = Field(
        None, description="The most that each of them may cost in a UTC day, in the currency of HINOMI_CURRENCY."
    )
    ignore: bool = Field(default=False, description="Their cost is never unusual.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.per_day is None) is not self.ignore:
            raise mistake(texts.BUDGET_OR_IGNORE, "name")
        return self


class ExpectationsFile(Block):
    """expectations.yaml."""

    holidays: Holidays = Field(default=[], description="Days on which jobs that run on working days are not expected.")
    half_days: HalfDays = Field(default=[], description="Days whose second half is off for these jobs.")
    expectations: list[ExpectationKeys] = Field(default=[], description="The first entry that matches a job counts.")
    budgets: list[BudgetKeys] = Field(default=[], description="The first entry that matches a name counts.")


def compile_expectations(rules_dir: Path, errors: list[InputError], today: date | None = None) -> dict[str, Any]:
    """The compiled expectations; empty without the file. Mistakes are added to `errors`, with their line and field."""
    path = rules_dir / FILE
    if not path.exists():
        return {}
    file, document, mistakes = validation.check_file(ExpectationsFile, path)
    errors += mistakes
    if file is None or document is None:
        return {}
    lists: list[tuple[tuple[str | int, ...], list[str]]] = [(("holidays",), file.holidays)]
    lists += [(("expectations", at, "holidays"), each.holidays or []) for at, each in enumerate(file.expectations)]
    half: list[tuple[tuple[str | int, ...], list[str]]] = [(("half_days",), file.half_days)]
    half += [(("expectations", at, "half_days"), each.half_days or []) for at, each in enumerate(file.expectations)]
    off, ends = [], []
    for at, names in half:
        try:
            ends.append(_ends(names, today or datetime.now(UTC).date()))
        except InputError as error:
            errors.append(document.error(error.text, *at))
            ends.append({})
    for at, names in lists:
        try:
            off.append(_dates(names, today or datetime.now(UTC).date()))
        except InputError as error:
            errors.append(document.error(error.text, *at))
            off.append([])
    return {
        "holidays": off[0],
        "half_days": ends[0],
        "budgets": [{"by": each.by, "name": list(each.name), "per_day": each.per_day} for each in file.budgets],
        "jobs": [
            {**_compiled(each), "holidays": dates, "half_days": of_entry}
            for each, dates, of_entry in zip(file.expectations, off[1:], ends[1:], strict=True)
        ],
    }


def _compiled(keys: ExpectationKeys) -> dict[str, Any]:
    days = keys.days or ["daily"]
    return {
        "job": list(keys.job),
        "service": list(keys.service or ["*"]),
        "project": list(keys.project or ["*"]),
        "every": keys.every,
        "finish_by": [
            {"time": each.time, "is_default": each.days is None, **_on(each.days or days)}
            for each in keys.finish_by or ()
        ],
        "grace": keys.grace,
        **_on(days),
        "ignore": keys.ignore,
    }


def _on(days: list[str]) -> dict[str, Any]:
    """The weekdays by number, and whether the last day of the month belongs to them."""
    chosen = [GROUPS.get(name) or {DAYS.index(name)} for name in days if name != MONTH_END]
    return {"weekdays": sorted(set().union(*chosen)), "month_end": MONTH_END in days}


def _ends(names: list[str], today: date) -> dict[str, str]:
    """When half days end, by date or number of the weekday; a date that is listed precedes the half holidays of a country.

    Raises InputError for a date that does not exist, a day twice, and a country without half holidays.
    """
    ends: dict[str, str] = {}
    of_countries: dict[str, str] = {}
    for name in names:
        day, _, end = name.partition(" ")
        if day[0].isupper():
            of_countries |= dict.fromkeys(_of_country(day, today, are_half=True), end or NOON)
            continue
        if day[0].isdigit():
            _dates([day], date.min)
        key = str(DAYS.index(day)) if day in DAYS else day
        if key in ends:
            raise InputError(texts.HALF_DAY_TWICE(day=day))
        ends[key] = end or NOON
    return {**of_countries, **ends}


def _dates(names: list[str], today: date) -> list[str]:
    """The dates of these holidays from a year ago on.

    Raises InputError for an unknown country, and without the package.
    """
    days_off = {name for name in names if name[0].isdigit()}
    for name in days_off:
        try:
            date.fromisoformat(name)
        except ValueError as error:
            raise InputError(texts.NO_DATE(date=name)) from error
    for name in sorted(set(names) - days_off):
        days_off |= _of_country(name, today)
    return sorted(days_off)


def _of_country(name: str, today: date, *, are_half: bool = False) -> set[str]:
    """The holidays of a country or of a part of it, or those of which only half a day is off. Raises InputError if none are known."""
    try:
        calendars = importlib.import_module(PACKAGE)
    except ImportError as error:
        raise InputError(texts.NO_PACKAGE(package=PACKAGE)) from error
    country, _, subdivision = name.partition("-")
    years = range(today.year - YEARS_BEFORE, today.year + YEARS_AFTER + 1)
    try:
        days = calendars.country_holidays(
            country, subdiv=subdivision or None, years=years, **(HALF if are_half else {})
        )
    except NotImplementedError as error:
        raise InputError(texts.NO_COUNTRY(name=name)) from error
    except ValueError as error:  # the package knows no holidays of this kind
        raise InputError(texts.NO_HALF_DAYS(name=name)) from error
    if are_half and not days:
        raise InputError(texts.NO_HALF_DAYS(name=name))
    return {day.isoformat() for day in days}
