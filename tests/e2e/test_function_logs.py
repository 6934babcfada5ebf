"""The log of a real function process while its database is unavailable: JSON lines, and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from demo import entries
from tests.support.function_process import FunctionProcess, free_port, push_body

TRACE = "0af7651916cd43dd8448eb211c80319c"
PASSWORD = "hunter2"


def test_a_failure_is_one_json_line_with_trace_and_stack_and_no_secret(tmp_path: Path) -> None:
    away = f"postgresql+psycopg://hinomi:{PASSWORD}@127.0.0.1:{free_port()}/hinomi"
    entry = entries.bigquery_job(datetime.now(UTC), "job-1", "sales.orders", error="Not found: hidden", code=5)
    settings = {"HINOMI_ERROR_DB_URL": away, "HINOMI_PROJECT": "example-project", "HINOMI_SCHEMA_DB_URL": away}
    log = tmp_path / "log"
    with FunctionProcess(settings, log=log) as function:
        status, _ = function.post(push_body(entry), {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    *_, line = lines(log)
    assert status == 500
    assert (line["severity"], line["@type"].rpartition(".")[2]) == ("ERROR", "ReportedErrorEvent")
    assert line["message"].startswith("request failed: shared.errors.TransientError: the Error DB did not answer: ")
    assert line["stack_trace"].startswith("Traceback (most recent call last):\n")
    assert line["logging.googleapis.com/trace"] == f"projects/example-project/traces/{TRACE}"
    assert line["logging.googleapis.com/labels"] == {"function": "metrics_analysis"}
    assert PASSWORD not in log.read_text()
    assert "hidden" not in log.read_text()


def test_an_invalid_setting_is_reported_in_one_line(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with FunctionProcess({"HINOMI_LANGUAGE": "xx"}, log=log) as function:
        assert function.push({"tick": "sweep"}) == 500
    *_, line = lines(log)
    assert "HINOMI_LANGUAGE is 'xx': use en or ja" in line["message"]


def lines(log: Path) -> list[Any]:
    """Every line as JSON."""
    return [json.loads(line) for line in log.read_text().splitlines()]
