"""Reports about data quality checks: the result that the history stores, and the incident of the check."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from collectors.metrics_analysis import report_model
from collectors.metrics_analysis.evidence import Report, bounded_key
from collectors.metrics_analysis.sigma.template import exact, show
from shared.model import Finding, Recovery
from shared.quality import findings
from shared.quality.result import PROBLEMS, REPORTED, CheckState, QualityResultRow, quality_key

_IDENTITY = ("check", "table", "column", "partition")


def result_of(report: Report) -> QualityResultRow | None:
    """The check result in a valid report; None for any other report."""
    data = report.data
    if not report_model.is_check(data):
        return None
    return QualityResultRow(
        check_key=quality_key(REPORTED, report.source, *(exact(data.get(name)) for name in _IDENTITY)),
        source=REPORTED,
        origin=report.source,
        check_name=show(data["check"]),
        table_name=_shown(data, "table"),
        column_name=_shown(data, "column"),
        partition_name=_shown(data, "partition"),
        state=report_model.CHECK_STATES[data["state"]],
        time=report.time,
        dimension=_shown(data, "dimension").lower(),
        severity=data.get("severity") or "",
        value=_measured(data.get("value")),
        expected=_measured(data.get("expected")),
        message=_shown(data, "summary"),
        run=_shown(data, "id"),
        url=https_url(data.get("url")),
    )


def effect_of(report: Report, result: QualityResultRow, service: str) -> Finding | Recovery | None:
    """The finding for a problem, the recovery for a pass; None for a skipped check."""
    data = report.data
    moment = "" if data.get("time") is None else report.time.isoformat()
    event = exact(data.get("id")) if data.get("id") is not None else "" if moment else report.message_id
    event_key = bounded_key("quality", report.source, result.check_key, event, moment)
    if result.state is CheckState.PASSED:
        return findings.passed(result, event_key)
    return findings.failed(result, event_key, service=service) if result.state in PROBLEMS else None


def https_url(value: Any) -> str:
    """The value if it is an https link that a card may show, otherwise empty."""
    text = show(value) if isinstance(value, str) and len(value) < 2000 else ""
    return value if text and value.startswith("https://") and not re.search(r"[\s<>\"'\\]", value) else ""


def _shown(data: Mapping[str, Any], name: str) -> str:
    return show(data.get(name))


def _measured(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else show(value)
