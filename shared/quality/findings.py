"""The incident about a data quality check that does not pass, and its recovery by the next pass of the same check."""

from __future__ import annotations

from shared.model import ErrorClass, Finding, IncidentKind, NextStep, Recovery, Severity
from shared.next_steps import next_step
from shared.quality.result import PROBLEMS, REPORTED, RULE, CheckState, QualityResultRow
from shared.records import REPORTS
from shared.texts import Text
from shared.texts import quality as texts
from shared.texts.recorded import translations

_SEVERITIES = {
    CheckState.ERROR: Severity.MEDIUM,
    CheckState.FAILED: Severity.MEDIUM,
    CheckState.WARNED: Severity.LOW,
}


def failed(result: QualityResultRow, event_key: str, *, service: str) -> Finding:
    """The finding for a result whose state is in PROBLEMS."""
    title, summary = texts.TITLES[result.state], summary_of(result)
    return Finding(
        rule=rule_of(result),
        title=title.en,
        kind=IncidentKind.JOB_FAILURE,
        severity=severity_of(result),
        service=service,
        resource=result.table_name or result.check_name,
        principal="",
        summary=summary.en,
        fingerprint=result.check_key,
        time=result.time,
        event_key=event_key,
        log_url=result.url,
        fields=_fields(result),
        labels=labels_of(result),
        translations=translations(title=title, summary=summary),
        error=None if result.state is CheckState.ERROR else ErrorClass.DATA,
        next_steps=_next_steps(result),
    )


def passed(result: QualityResultRow, event_key: str) -> Recovery:
    """The recovery for a result that passed."""
    summary = texts.PASSED(check=result.check_name, subject=subject_of(result))
    return Recovery(
        rule_of(result), result.check_key, result.time, event_key, summary.en, translations(summary=summary)
    )


def rule_of(result: QualityResultRow) -> str:
    """The rule of the incident: the reporter's rule, which silences and handler rules can name, or RULE."""
    return f"{REPORTS}{result.origin}" if result.source == REPORTED else RULE


def severity_of(result: QualityResultRow) -> Severity:
    """The severity of a result that did not pass: its own if it has one, otherwise that of its state."""
    return Severity(result.severity) if result.severity else _SEVERITIES.get(result.state, Severity.MEDIUM)


def subject_of(result: QualityResultRow) -> str:
    """The subject of a check: the table with its column and the partition."""
    table = result.table_name or result.origin
    column = f"{table}.{result.column_name}" if result.column_name else table
    return f"{column} [{result.partition_name}]" if result.partition_name else column


def summary_of(result: QualityResultRow) -> Text:
    """The subject, the measured value and the allowed value. The title says that the check failed."""
    base = texts.SUBJECT(check=result.check_name, subject=subject_of(result))
    if result.value and result.expected:
        base = texts.MEASURED(summary=base, value=result.value, expected=texts.allowed(result.expected))
    elif result.value:
        base = texts.VALUE(summary=base, value=result.value)
    return texts.WITH_MESSAGE(summary=base, message=result.message) if result.message else base


def _fields(result: QualityResultRow) -> dict[str, str]:
    given = {
        "state": str(result.state),
        "value": result.value,
        "expected": result.expected,
        "dimension": result.dimension,
        "run": result.run,
        "message": result.message,
    }
    return {name: value for name, value in given.items() if value}


def labels_of(result: QualityResultRow) -> dict[str, str]:
    """The labels of the incident, which handler rules match and the search for causes uses."""
    given = {
        "reporter" if result.source == REPORTED else result.source: result.origin,
        "check": result.check_name,
        "table": result.table_name,
        "column": result.column_name,
        "partition": result.partition_name,
    }
    return {name: value for name, value in given.items() if value}


def _next_steps(result: QualityResultRow) -> tuple[NextStep, ...]:
    first = texts.SEE_ERROR if result.state is CheckState.ERROR else texts.SEE_HISTORY
    return (
        next_step(first, ("hinomi", "quality"), result.check_key),
        next_step(texts.SEE_LOAD, ("hinomi", "tables"), result.table_name.rpartition(".")[2] or result.check_name),
        next_step(texts.STOP_DOWNSTREAM),
    )


def is_problem(state: str) -> bool:
    """Whether a result of this state is an incident."""
    return state in PROBLEMS
