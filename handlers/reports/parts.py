"""The parts of a report in words: sections of rows, and formats of numbers."""

from __future__ import annotations

from datetime import timedelta

from insights.cost.money import money
from insights.reports.model import MedianTime
from shared.durations import duration_text
from shared.lazy.dataclass import dataclass
from shared.texts import EMPTY, Text
from shared.texts.locale import duration
from shared.texts.reports import labels


@dataclass(frozen=True, slots=True)
class ReportRow:
    """The cells of one row, the name first; `command` acts on it. `is_urgent`: it needs a person."""

    cells: tuple[Text, ...]
    command: Text = EMPTY
    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class ReportSection:
    """A table with a heading. `name` identifies it; `numbers` are the columns with numbers, from 0.

    With `has_commands`, the command of each row is shown. `note` is shown beside the heading, `sentence` instead of rows.
    `more` is the number of omitted rows.
    """

    name: str
    title: Text
    rows: tuple[ReportRow, ...] = ()
    columns: tuple[Text, ...] = ()
    numbers: tuple[int, ...] = ()
    note: Text = EMPTY
    sentence: Text = EMPTY
    more: int = 0
    has_commands: bool = False


def row(*cells: Text | str, command: Text | str = "", is_urgent: bool = False) -> ReportRow:
    """A row of cells. A string is a name or a command, the same in every language."""
    return ReportRow(tuple(map(_as_text, cells)), _as_text(command), is_urgent)


def _as_text(text: Text | str) -> Text:
    return text if isinstance(text, Text) else Text.verbatim(text)


def number(value: float | None) -> Text:
    """A whole number with thousands separators; a dash for None."""
    return labels.NONE if value is None else Text.verbatim(f"{value:,.0f}")


def price(value: float | None, currency: str) -> Text:
    """An amount in a currency; a dash for None."""
    return labels.NONE if value is None else Text.verbatim(money(value, currency))


def change(now: float, before: float | None) -> Text:
    """The change in percent; a dash if there is nothing to compare with."""
    if not before:
        return labels.NONE
    percent = round((now - before) / before * 100)
    return labels.CHANGE(percent=f"{percent:+,}".replace("-", "\N{MINUS SIGN}") if percent else "±0")


def median_text(time: MedianTime | None) -> Text:
    """The median duration with the number of values, such as `6 min (12)`; a dash without a duration."""
    if time is None or time.seconds is None:
        return labels.NONE
    return labels.MEDIAN(duration=seconds_text(time.seconds), count=f"{time.count:,}")


def seconds_text(seconds: float) -> Text:
    """A duration in at most two units, without seconds if it is at least a minute."""
    return duration(timedelta(seconds=seconds)) if seconds >= 60 else duration_text(round(seconds, 1))


def share(count: int, total: int) -> Text:
    """The share in words, such as `28 of 34 (82 %)`; a dash if the total is 0."""
    if not total:
        return labels.NONE
    return labels.SHARE(count=f"{count:,}", total=f"{total:,}", percent=f"{count / total * 100:.0f}")
