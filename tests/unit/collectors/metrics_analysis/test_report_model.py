"""docs/report.schema.json and the function accept the same reports."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from collectors.metrics_analysis import report_model
from collectors.metrics_analysis.detectors import DetectorContext, report
from collectors.metrics_analysis.evidence import NotUnderstoodError, Report, understand
from shared.clients import Clients
from shared.config import ROOT, Settings
from shared.model import IncidentKind, Severity
from tests.support.reporters import reporter

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
DOCUMENT = json.loads((ROOT / "docs" / "report.schema.json").read_text(encoding="utf-8"))
SCHEMA = Draft202012Validator(DOCUMENT)
CONTEXT = DetectorContext(NOW, Settings(), Clients(Settings()), [], [reporter("dbt", service=["*"])])
NAMES = sorted({each.name for each in (*report_model.JOB_FIELDS, *report_model.CHECK_FIELDS)} | {"unknown"})
WORDS = [
    "dbt", "", " ", "\x00", "a b", "注文", "started", "ok", "warn", "failed", "error", "skipped", "1h", "1x", "06:00",
    "06:00 Asia/Tokyo", "25:00", "2026-11-23T05:00:00Z", "2026-11-23", "https://example.com", *IncidentKind, *Severity,
]  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from([None, True, False, 0, 12, 1.5, [], ["a"], {}, {"a": 1}]),
    st.sampled_from([{str(number): 0 for number in range(count)} for count in (30, 31)]),
)
VALID = [
    {"report": "dbt", "job": "load", "state": "ok"},
    {"report": "dbt", "check": "not_null", "state": "failed", "table": "a.b.c"},
]


def accepts(data: dict[str, Any]) -> bool:
    try:
        evidence = understand(data, received=NOW)
        assert isinstance(evidence, Report)
        list(report.detect(evidence, CONTEXT))
    except NotUnderstoodError:
        return False
    return True


@given(
    st.sampled_from(VALID),
    st.dictionaries(st.sampled_from([name for name in NAMES if name != "report"]), VALUES, max_size=4),
    st.sets(st.sampled_from(["job", "check", "state"]), max_size=1),
)
def test_the_function_accepts_exactly_what_the_schema_accepts(
    valid: dict[str, Any], more: dict[str, Any], missing: set[str]
) -> None:
    data = {name: value for name, value in {**valid, **more}.items() if name not in missing}
    assert accepts(data) == SCHEMA.is_valid(data)


@pytest.mark.parametrize("name", ["", "-x", "a b", "a" * 61, None, 7, ["dbt"]])
def test_the_name_of_a_reporter_is_short_in_both(name: Any) -> None:
    data = {**VALID[0], "report": name}
    assert not SCHEMA.is_valid(data)
    with pytest.raises(NotUnderstoodError):
        report_model.check(data)


def test_the_examples_of_the_schema_are_valid() -> None:
    examples = DOCUMENT["examples"]
    assert {"job", "check"} <= {name for each in examples for name in each}
    for each in examples:
        SCHEMA.validate(each)
        report_model.check(each)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"state": "passed"}, "the 'state' of a check must be ok, warn, failed, error or skipped"),
        ({"check": " "}, "a report about a check needs 'check', its name"),
        ({"value": [1]}, "a report's 'value' must be text, a number, true or false"),
        ({"table": {}}, "a report's 'table' must be text"),
        ({"time": "2026-02-30T00:00:00Z"}, "the message's time is not an RFC 3339 time"),
    ],
)
def test_an_invalid_check_is_rejected_with_the_reason(more: dict[str, Any], reason: str) -> None:
    with pytest.raises(NotUnderstoodError, match=reason.replace("(", r"\(")):
        report_model.check({**VALID[1], **more})
