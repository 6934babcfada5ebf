"""Soda: the results of a scan, as `soda scan --scan-results-file` writes them.

Format: github.com/sodadata/soda-core, Scan.build_scan_results and Check.get_dict (soda-core 3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cli.result_files.fields import DETAILS, Report, given, mapping, objects, scalar, unquoted

_STATES = {"pass": "ok", "warn": "warn", "fail": "failed"}
_LIMIT = re.compile(r"(?:=|!=|<=?|>=?|\bbetween\b).*$")
_DIMENSIONS = (
    ("missing", "completeness"),
    ("row_count", "completeness"),
    ("duplicate", "uniqueness"),
    ("invalid", "validity"),
    ("freshness", "freshness"),
    ("schema", "validity"),
    ("values in", "consistency"),
)


def is_mine(document: Mapping[str, Any]) -> bool:
    """Whether the document is the result of a scan."""
    return isinstance(document.get("checks"), list) and "scanStartTimestamp" in document


def reports(document: Mapping[str, Any]) -> Iterator[Report]:
    """A report for each check."""
    metrics = {str(each.get("identity")): each.get("value") for each in objects(document.get("metrics"))}
    checks = [*objects(document.get("checks")), *objects(document.get("automatedMonitoringChecks"))]
    has_errors = document.get("hasErrors") is True
    for check in checks:
        yield _report(check, document, metrics, has_errors=has_errors)
    yield _scan(document, is_aborted=has_errors and not checks)


def _scan(document: Mapping[str, Any], *, is_aborted: bool) -> Report:
    """The result of the scan as a check: failed if it ended before any result, passed by the next complete scan."""
    errors = [str(each.get("message", "")) for each in objects(document.get("logs")) if each.get("level") == "ERROR"]
    return given(
        check=f"scan {document.get('definitionName') or ''}".strip(),
        state="error" if is_aborted else "ok",
        summary=next((each for each in errors if each), None) if is_aborted else None,
        job=document.get("definitionName"),
        id=f"{document.get('definitionName', 'scan')} {document.get('scanStartTimestamp')}",
        time=_time(document.get("scanEndTimestamp")) or _time(document.get("scanStartTimestamp")),
    )


def _report(
    check: Mapping[str, Any], scan: Mapping[str, Any], metrics: Mapping[str, Any], *, has_errors: bool
) -> Report:
    definition = str(check.get("definition") or check.get("name") or "")
    line = next((each.strip(" -:") for each in definition.splitlines()[1:] if each.strip()), definition)
    state = _STATES.get(str(check.get("outcome")), "error" if has_errors else "skipped")
    limit = _condition(definition, state) or _LIMIT.search(line)
    started = scan.get("scanStartTimestamp")
    return given(
        check=check.get("name") or line,
        state=state,
        table=unquoted(check.get("table")),
        column=check.get("column"),
        partition=check.get("filter"),
        value=scalar(_value(check, metrics)),
        expected=_expected(limit) if limit else None,
        dimension=next((dimension for word, dimension in _DIMENSIONS if word in line), None),
        summary=_reasons(check),
        job=scan.get("definitionName"),
        id=f"{scan.get('definitionName', 'scan')} {started}",
        time=_time(scan.get("scanEndTimestamp")) or _time(started),
        **{DETAILS: [check.get("identity"), definition]},
    )


def _condition(definition: str, state: str) -> re.Match[str] | None:
    """The one of several conditions that determined the state of a check, such as `fail: when > 5`."""
    return re.search(
        rf"\b{'warn' if state == 'warn' else 'fail'}:?\s+when ([^\n]*?)(?=\s+(?:warn|fail)\b|$)",
        definition,
        re.MULTILINE,
    )


def _expected(limit: re.Match[str]) -> str:
    """The allowed values: `0` for a check that states the expected value, `not > 5` for one that states the failure."""
    return f"not {limit[1].strip()}" if limit.re.groups else limit[0].removeprefix("= ")


def _value(check: Mapping[str, Any], metrics: Mapping[str, Any]) -> Any:
    value = mapping(check.get("diagnostics")).get("value")
    names = check.get("metrics")
    if value is None and isinstance(names, list) and names:
        measured = metrics.get(str(names[0]))  # of a schema check: all columns
        return mapping(check.get("diagnostics")).get("valueLabel") if isinstance(measured, list) else measured
    return value


def _reasons(check: Mapping[str, Any]) -> str:
    return ", ".join(str(each.get("message")) for each in objects(check.get("outcomeReasons")) if each.get("message"))


def _time(value: Any) -> str:
    """The time in RFC 3339; Soda writes UTC, and older versions omit the zone."""
    text = str(value or "")
    return text if not text or re.search(r"(Z|[+-]\d\d:\d\d)$", text) else f"{text}Z"
