"""The fields of a report. `check` validates them, and docs/report.schema.json is generated from the same list.

A report is about a run of a job (`job`), or about a result of a data quality check (`check`). Unknown fields are
ignored; null is the same as a missing field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from collectors.metrics_analysis.evidence import NotUnderstoodError, parse_time
from shared.errors import InputError
from shared.model import IncidentKind, Severity
from shared.quality.result import CheckState
from shared.texts import Text
from shared.texts import evidence as texts

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")
MOST_LABELS = 30
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=366)
JOB_STATES = ("started", "ok", "failed", "retrying", "late")  # the last two with the labels of Airflow
CHECK_STATES = {
    "ok": CheckState.PASSED,
    "warn": CheckState.WARNED,
    "failed": CheckState.FAILED,
    "error": CheckState.ERROR,
    "skipped": CheckState.SKIPPED,
}
_VISIBLE = re.compile(r"[^\s\x00-\x1f\x7f-\x9f]")
_TIME = r"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?(Z|z|[+-]\d\d:\d\d)$"

Problem = Callable[[str, Any], Text | None]  # what is wrong with the value of a field, None if nothing is


@dataclass(frozen=True, slots=True)
class ReportField:
    """A field: its JSON Schema, the equivalent check, and its meaning. Null is accepted unless the field is required."""

    name: str
    schema: Mapping[str, Any]
    problem: Problem
    about: str
    required: bool = False

    def described(self) -> dict[str, Any]:
        """The schema of the field with its meaning."""
        schema = dict(self.schema)
        if not self.required:
            if "type" in schema:
                schema["type"] = [*_list(schema["type"]), "null"]
            if "enum" in schema:
                schema["enum"] = [*schema["enum"], None]
        return {"description": self.about, **schema}


def check(data: Mapping[str, Any]) -> None:
    """Raises NotUnderstoodError for an invalid report; the reason names the field."""
    for each in fields_of(data):
        value = data.get(each.name)
        if value is None and not each.required:
            continue
        problem = each.problem(each.name, value)
        if problem is not None:
            raise NotUnderstoodError(problem)


def fields_of(data: Mapping[str, Any]) -> tuple[ReportField, ...]:
    """The fields that apply to a report: those of a check result if it names a check."""
    return CHECK_FIELDS if is_check(data) else JOB_FIELDS


def is_check(data: Mapping[str, Any]) -> bool:
    """Whether a report is about a data quality check."""
    return data.get("check") is not None


def schema() -> dict[str, Any]:
    """The JSON Schema of a report."""
    return {
        "$schema": DIALECT,
        "title": "Report",
        "description": "A report to Hinomi: a run of a job, or, with 'check', a result of a data quality check.",
        "type": "object",
        "if": {"required": ["check"], "properties": {"check": {"not": {"type": "null"}}}},
        "then": {"$ref": "#/$defs/CheckReport"},
        "else": {"$ref": "#/$defs/JobReport"},
        "$defs": {
            "CheckReport": _object("A result of a data quality check.", CHECK_FIELDS),
            "JobReport": _object("The start or the end of a run of a job.", JOB_FIELDS),
        },
        "examples": [
            {"report": "cron", "job": "nightly-backup", "state": "ok", "id": "2026-11-29", "every": "1d"},
            {
                "report": "checks",
                "check": "not_null_order_id",
                "table": "shop.mart.orders",
                "column": "order_id",
                "state": "failed",
                "severity": "high",
                "value": 12,
                "expected": "0",
                "dimension": "completeness",
                "id": "run-417",
                "time": "2026-11-29T03:10:00Z",
            },
        ],
    }


def every_of(value: Any) -> int | None:
    """`every` in seconds; None without it. Raises NotUnderstoodError."""
    from shared.durations import parse_duration  # noqa: PLC0415 - few reports have it

    if value is None:
        return None
    try:
        every = parse_duration(value if isinstance(value, str) else "")
    except InputError as error:
        raise NotUnderstoodError(texts.REPORT_EVERY(reason=error.text)) from error
    if not SHORTEST <= every <= LONGEST:
        raise NotUnderstoodError(texts.REPORT_EVERY_BOUNDS)
    return int(every.total_seconds())


def finish_by_of(value: Any) -> str:
    """The time of day in `finish_by`; empty without it. Raises NotUnderstoodError."""
    from shared.calendar.deadlines import parse_deadline  # noqa: PLC0415 - few reports have it

    if value is None:
        return ""
    try:
        parse_deadline(value if isinstance(value, str) else "")
    except InputError as error:
        raise NotUnderstoodError(texts.REPORT_FINISH_BY(reason=error.text)) from error
    return str(value).strip()


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _object(about: str, fields: tuple[ReportField, ...]) -> dict[str, Any]:
    return {
        "description": about,
        "type": "object",
        "required": [each.name for each in fields if each.required],
        "properties": {each.name: each.described() for each in fields},
    }


def _is_scalar(value: Any, *, flags: bool = False) -> bool:
    return isinstance(value, str | int | float) and (flags or not isinstance(value, bool))


def _source(_name: str, value: Any) -> Text | None:
    return None if isinstance(value, str) and SOURCE.fullmatch(value) else texts.REPORT_SOURCE


def _text(name: str, value: Any) -> Text | None:
    return None if _is_scalar(value) else texts.REPORT_TEXT(name=name)


def _measured(name: str, value: Any) -> Text | None:
    return None if _is_scalar(value, flags=True) else texts.REPORT_VALUE(name=name)


def _named(missing: Text) -> Problem:
    """The check of a name, which has at least one visible character."""

    def problem(name: str, value: Any) -> Text | None:
        if value is not None and not _is_scalar(value):
            return texts.REPORT_TEXT(name=name)
        return None if value is not None and _VISIBLE.search(str(value)) else missing

    return problem


def _one_of(choices: tuple[str, ...], otherwise: Text | None = None) -> Problem:
    def problem(name: str, value: Any) -> Text | None:
        if isinstance(value, str) and value in choices:
            return None
        return otherwise or texts.REPORT_CHOICE(name=name, choices=", ".join(choices))

    return problem


def _anything(_name: str, _value: Any) -> Text | None:
    return None


def _labels(_name: str, value: Any) -> Text | None:
    is_valid = isinstance(value, dict) and len(value) <= MOST_LABELS
    return None if is_valid else texts.REPORT_LABELS(most=MOST_LABELS)


def _raised(parse: Callable[[Any], Any]) -> Problem:
    def problem(_name: str, value: Any) -> Text | None:
        try:
            parse(value)
        except NotUnderstoodError as error:
            return error.text
        except (TypeError, ValueError):
            return texts.MESSAGE_TIME
        return None

    return problem


_TEXT = {"type": ["string", "number"]}
_NAME = {**_TEXT, "pattern": _VISIBLE.pattern}
_COMMON = (
    ReportField(
        "report", {"type": "string", "pattern": f"^{SOURCE.pattern}$"}, _source,
        "The reporter, as rules/reporters.yaml declares it.", required=True,
    ),
    ReportField("kind", {"enum": list(IncidentKind)}, _one_of(tuple(IncidentKind)), "The kind of the incident. Default: that of the reporter."),
    ReportField("severity", {"enum": list(Severity)}, _one_of(tuple(Severity)), "The severity of the incident. Default: medium, low for a warning."),
    ReportField("service", _TEXT, _text, "The service. Default: that of the reporter."),
    ReportField("summary", _TEXT, _text, "What happened, in one sentence."),
    ReportField(
        "time", {"type": "string", "pattern": _TIME}, _raised(parse_time),
        "When it happened (RFC 3339). Default: when Pub/Sub received the report.",
    ),
    ReportField("id", {}, _anything, "The run. A report that is sent again with the same id counts once."),
    ReportField("url", {}, _anything, "An https link to the run; anything else is ignored."),
    ReportField("project", _TEXT, _text, "The Google Cloud project, if it is about one."),
    ReportField(
        "labels", {"type": "object", "maxProperties": MOST_LABELS}, _labels,
        "Labels of the incident, which handler rules can match.",
    ),
)  # fmt: skip
JOB_FIELDS = (
    *_COMMON,
    ReportField("job", _NAME, _named(texts.REPORT_JOB), "The job, as people call it.", required=True),
    ReportField(
        "state", {"enum": list(JOB_STATES)}, _one_of(JOB_STATES, texts.REPORT_STATE),
        "failed opens an incident of the job, ok resolves it; retrying and late need the labels of Airflow (docs/airflow.md).", required=True,
    ),
    ReportField("principal", _TEXT, _text, "The account that ran the job."),
    ReportField(
        "every", {"type": "string", "pattern": "^[1-9][0-9]{0,6}[smhdw]$"}, _raised(every_of),
        "The longest time between two runs, from 1m to 366d, such as 1h. Default: learned from the runs.",
    ),
    ReportField(
        "finish_by", {"type": "string", "pattern": r"^\s*([01]\d|2[0-3]):[0-5]\d( +\S+)?\s*$"}, _raised(finish_by_of),
        "The time of day by which a run has to succeed, with an IANA time zone: 06:00 Asia/Tokyo.",
    ),
)  # fmt: skip
CHECK_FIELDS = (
    *_COMMON,
    ReportField("check", _NAME, _named(texts.REPORT_CHECK), "The check, as people call it.", required=True),
    ReportField(
        "state", {"enum": list(CHECK_STATES)}, _one_of(tuple(CHECK_STATES), texts.REPORT_CHECK_STATE),
        "failed, warn and error (it could not run) open an incident of the check, ok resolves it, skipped is only kept.",
        required=True,
    ),
    ReportField("job", _TEXT, _text, "The job or suite that ran the check."),
    ReportField("table", _TEXT, _text, "The checked table, such as project.dataset.table."),
    ReportField("column", _TEXT, _text, "The checked column."),
    ReportField("partition", _TEXT, _text, "The checked partition. Only a pass of the same partition resolves its incident."),
    ReportField("dimension", _TEXT, _text, "Such as completeness, uniqueness, validity, freshness."),
    ReportField("value", {"type": ["string", "number", "boolean"]}, _measured, "The value that the check measured."),
    ReportField("expected", {"type": ["string", "number", "boolean"]}, _measured, "The values that the check allows."),
)  # fmt: skip
