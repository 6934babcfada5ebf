"""Reads the results of Dataplex data quality rules from their log.

Format: cloud.google.com/dataplex/docs/reference/rpc/google.cloud.dataplex.v1#dataqualityscanruleresult. The incident of a failed rule
comes from rules/dataplex/quality_check_failed.yml, whose fingerprint is the key of the check.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from collectors.history_analysis.collector import Batch, SnapshotContext
from collectors.history_analysis.log_entries import pages, times
from shared.identity.fingerprint import fingerprint
from shared.quality.result import DATAPLEX, CheckState, QualityResultRow

RULE = "dataplex/quality_check_failed"
_LOG = "dataplex.googleapis.com/data_quality_scan_rule_result"
_TABLE = re.compile(r"//bigquery\.googleapis\.com/projects/([^/]+)/datasets/([^/]+)/tables/([^/]+)")
_STATES = {"PASSED": CheckState.PASSED, "FAILED": CheckState.FAILED}


def read_results(context: SnapshotContext) -> Iterator[Batch]:
    """Yields a batch for each page of the log, with the time until which it was read."""
    start = datetime.fromisoformat(context.checkpoint["from"]) if context.checkpoint else context.window_start
    for page in pages(context, [context.scope], f'log_id("{_LOG}") AND {times(start, context.window_end)}'):
        rows = [row for entry in page.entries if (row := _result(entry)) is not None]
        if page.entries:
            last: datetime = page.entries[-1].timestamp.ToDatetime(tzinfo=UTC)
            yield Batch(rows, {"from": last.isoformat()})


def _result(entry: Any) -> QualityResultRow | None:
    from google.protobuf.json_format import MessageToDict  # noqa: PLC0415

    return result_of(
        dict(entry.resource.labels), MessageToDict(entry.json_payload), entry.timestamp.ToDatetime(tzinfo=UTC)
    )


def result_of(labels: Mapping[str, str], payload: Mapping[str, Any], time: datetime) -> QualityResultRow | None:
    """The result in an entry; None if the entry has no result."""
    state = _STATES.get(str(payload.get("result")))
    rule, kind = str(payload.get("ruleName") or ""), str(payload.get("ruleType") or "")
    if state is None or not (rule or kind):
        return None
    place = [labels.get(name, "") for name in ("resource_container", "location", "datascan_id")]
    column, source = str(payload.get("column") or ""), str(payload.get("dataSource") or "")
    table = _TABLE.fullmatch(source)
    return QualityResultRow(
        check_key=fingerprint(RULE, *place, rule, kind, column),
        source=DATAPLEX,
        origin=place[2],
        check_name=rule or kind,
        table_name=".".join(table.groups()) if table else source,
        column_name=column,
        state=state,
        time=time,
        dimension=str(payload.get("ruleDimension") or "").lower(),
        value=_value(payload),
        expected=_expected(payload),
        run=str(payload.get("jobId") or ""),
    )


def _value(payload: Mapping[str, Any]) -> str:
    """The measured value: the share of rows that passed, or for an assertion the number of returned rows."""
    evaluated, passed = (_number(payload.get(name)) for name in ("evaluatedRowCount", "passedRowCount"))
    if payload.get("evalutionType") == "PER_ROW" and evaluated:  # the field is spelled like this
        return f"{100 * (passed or 0) / evaluated:.4g} %"
    asserted = _number(payload.get("assertionRowCount"))
    return "" if asserted is None else f"{asserted:g} rows"


def _expected(payload: Mapping[str, Any]) -> str:
    threshold = _number(payload.get("thresholdPercent"))
    is_share = payload.get("evalutionType") == "PER_ROW" and threshold is not None
    return f"at least {threshold:g} %" if is_share else ""


def _number(value: Any) -> float | None:
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None
