"""A report as plain values, for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from handlers.reports.document import document
from shared.texts import Text

if TYPE_CHECKING:
    from insights.reports.model import PeriodReport

LEFT_OUT = ("evidence", "decision", "approval", "undo", "details")


def report_values(report: PeriodReport) -> dict[str, Any]:
    """The report for programs: texts in English, durations in seconds, times in UTC."""
    made = document(report)
    period = {"start": report.period.start, "end": report.period.end, "last": report.period.last}
    return {
        **_plain(report),
        "period": {**_plain(report.period), **period},
        "hours_saved": report.hours_saved(report.figures),
        "headline": made.headline.en,
        "decisions": [{"text": each.cells[0].en, "command": each.command.en} for each in made.decisions],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Text):
        return value.en
    if isinstance(value, StrEnum):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        named = (item.name for item in fields(value) if item.name not in LEFT_OUT)
        return {name: _plain(getattr(value, name)) for name in named}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
