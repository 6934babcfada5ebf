"""The log line with the reason is found among stack frames, logger prefixes and lines without information."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collectors.metrics_analysis.reason_lines.lines import reason_line
from collectors.metrics_analysis.reason_lines.logging_reads import filter_of
from demo.platform.logging import lql
from shared.log_readings import LogReading
from tests.support.shipped_rules import RULES, compiled, engine

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
READING = LogReading(
    1, 1, "example-project", 'resource.type="x"', NOON, NOON, NOON, 1, "own", "Job nightly failed: exit 1"
)

CHAINED = """Traceback (most recent call last):
  File "a.py", line 1
KeyError: 'id'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "b.py", line 1
psycopg.OperationalError: connection refused"""


def entry(text: str | None = None, minute: int = 0, severity: str = "ERROR", **more: Any) -> dict[str, Any]:
    time = (NOON + timedelta(minutes=minute)).isoformat()
    payload = {} if text is None else {"textPayload": text}
    return {
        "insertId": f"i{minute}",
        "timestamp": time,
        "severity": severity,
        "logName": "projects/p/logs/l",
        **payload,
        **more,
    }


def chosen(*entries: dict[str, Any]) -> str | None:
    line = reason_line(entries, READING, ["*.token"])
    return line.text if line else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Traceback (most recent call last):\n  File \"/app/x.py\", line 3, in main\n    raise ValueError(text)\nValueError: bad date '31.02.'\n",
            "ValueError: bad date '31.02.'",
        ),
        (
            CHAINED,
            "psycopg.OperationalError: connection refused",
        ),
        (
            'Exception in thread "main" java.lang.RuntimeException: job failed\n\tat a.B.c(B.java:1)\nCaused by: java.sql.SQLException: Access denied for user\n\t... 3 more',
            "java.sql.SQLException: Access denied for user",
        ),
        ("2026-11-23 12:00:00,123 - airflow.task - ERROR - airflow.exceptions.AirflowException: Bash command failed", "airflow.exceptions.AirflowException: Bash command failed"),
        ("panic: runtime error: index out of range [5] with length 3\n\ngoroutine 1 [running]:\nmain.main()", "panic: runtime error: index out of range [5] with length 3"),
        ("npm ERR! code ELIFECYCLE", "npm ERR! code ELIFECYCLE"),
        ('FATAL:  password authentication failed for user "etl"', 'FATAL:  password authentication failed for user "etl"'.replace("  ", " ")),
    ],
)  # fmt: skip
def test_one_text_has_the_line(text: str, expected: str) -> None:
    assert chosen(entry(text)) == expected


def test_a_stack_of_one_entry_for_each_line_has_the_line() -> None:
    lines = (
        "Traceback (most recent call last):",
        '  File "x.py", line 1',
        "    run()",
        "google.api_core.exceptions.NotFound: 404 no bucket",
        "Cleaning up",
    )
    assert chosen(*(entry(each, at, "DEFAULT") for at, each in enumerate(lines))) == "google.api_core.exceptions.NotFound: 404 no bucket"  # fmt: skip


def test_lines_that_only_say_that_it_failed_say_nothing() -> None:
    assert (
        chosen(entry("Marking task as FAILED. dag_id=x"), entry("Container called exit(1).", 1), entry("exit 1", 2))
        is None
    )
    assert chosen(entry("boom Error: it is the entry of the failure", insertId="own")) is None
    assert chosen(entry("[2026-11-23, 12:00:00 UTC] {taskinstance.py:3310} ERROR - Task failed with exception")) is None
    assert chosen() is None


def test_a_line_without_a_class_counts_less_than_one_with() -> None:
    assert chosen(entry("Quota exceeded: CPUS", severity="INFO"), entry("something odd", 1)) == "Quota exceeded: CPUS"
    assert chosen(entry("something odd"), entry("all is well", 1, "INFO")) == "something odd"


def test_structured_payloads_are_read_and_redacted() -> None:
    payload: dict[str, Any] = {
        "message": "Error: call with abc-12345-token-value failed",
        "token": "abc-12345-token-value",
    }
    assert (
        chosen(entry(jsonPayload=payload)) == "Error: call with abc-12345-token-value failed"
    )  # no field of it is read
    payload = {"error": {"message": "connection refused by db", "token": "x"}}
    assert chosen(entry(jsonPayload=payload)) == "connection refused by db"
    status = {"status": {"code": 7, "message": "Permission denied on topic"}}
    assert chosen(entry(protoPayload=status)) == "Permission denied on topic"


def test_the_task_that_failed_first_is_named() -> None:
    first = entry("PermissionError: denied: access denied", labels={"task-id": "extract"})
    later = entry("KeyError: no such schema", 3, labels={"task-id": "load"})
    assert chosen(first, later) == "extract: PermissionError: denied: access denied"
    named = entry("ValueError: malformed row", jsonPayload=None, labels={"task_name": "nightly"})
    assert chosen(named) == "ValueError: malformed row"  # the summary names it


def queries() -> dict[str, str]:
    """The log query of each rule that has one, with the values of the rule's examples."""
    by_rule: dict[str, str] = {}
    for spec in compiled()["rules"]:
        for case in (
            json.loads((RULES / f"{spec['name']}.examples.json").read_text("utf-8"))["match"]
            if spec["reason_log"]
            else ()
        ):
            for each in case["entries"]:
                evaluation = engine().evaluate(each)
                findings = [*evaluation.findings, *(one.finding for one in evaluation.pending)]
                by_rule |= {one.rule: one.reason_log for one in findings if one.reason_log}
    return by_rule


def test_each_query_of_the_rules_is_valid_and_has_all_values() -> None:
    by_rule, named = queries(), {spec["name"] for spec in compiled()["rules"] if spec["reason_log"]}
    # Their examples have the reason, or an entry that only the start of its operation completes.
    assert named - set(by_rule) <= {
        "dataproc/batch_failed",
        "vertex_ai/pipeline_failed",
        "vertex_ai/pipeline_task_failed",
        "workflows/execution_failed",
        "vertex_ai/custom_job_failed",
    }
    for rule, query in by_rule.items():
        assert lql.parse(filter_of(replace(READING, query=query))), rule
        assert not {"{", "}"} & set(query), rule
