"""Cold start: process start to the first response, Hinomi against an empty function, in one run.

    .venv/bin/python -m benchmarks.cold_start [ROUNDS]

All run under the same functions-framework. Hinomi and the empty function are asked the same thing: a log entry that no
rule matches; the dashboard is asked for its first page, on two empty databases. They take turns, so that a slow moment of
the machine hits all of them; the figures are medians.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from benchmarks.bars import Bars
from tests.support.function_process import ROOT, FunctionProcess, push_body

LARGEST_RATIO = 1.3
DASHBOARD_RATIO = 3.0
EMPTY = """
import functions_framework

@functions_framework.http
def empty(request):
    return "ok"
"""

ENTRY = {
    "logName": "projects/example-project/logs/cloudaudit.googleapis.com%2Fdata_access",
    "insertId": "a1",
    "timestamp": "2026-01-02T03:04:05Z",
    "severity": "INFO",
    "resource": {"type": "gcs_bucket", "labels": {"bucket_name": "example-bucket", "project_id": "example-project"}},
    "protoPayload": {
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
        "serviceName": "storage.googleapis.com",
        "methodName": "storage.objects.get",
        "resourceName": "projects/_/buckets/example-bucket/objects/report.csv",
        "authenticationInfo": {"principalEmail": "alice@example.com"},
        "status": {},
    },
}


def first_answer(source: Path, target: str, settings: dict[str, str]) -> float:
    """Seconds from the start of the process to the first response."""
    function = FunctionProcess(settings, source=source, target=target)
    began = time.perf_counter()
    function.start()
    try:
        status, text = _page(function.url) if target == "dashboard" else function.post(push_body(ENTRY))
        seconds = time.perf_counter() - began
    finally:
        function.kill()
    if status != 200 or not text.startswith(("ok", "no rule matches", "<!doctype html>")):
        raise SystemExit(f"unexpected answer {status}: {text[:200]}")
    return seconds


def _page(url: str) -> tuple[int, str]:
    with urllib.request.urlopen(url, timeout=60) as response:  # noqa: S310 - on loopback
        return response.status, response.read().decode()


def main(rounds: int) -> None:
    """Prints the medians and their ratios."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "main.py"
        empty.write_text(EMPTY)
        settings = {name: f"sqlite:///{folder}/{name}.db" for name in ("HINOMI_ERROR_DB_URL", "HINOMI_SCHEMA_DB_URL")}
        started = {
            "empty": (empty, "empty", {}),
            "Hinomi": (ROOT / "main.py", "metrics_analysis", settings),
            "dashboard": (ROOT / "main.py", "dashboard", settings),
        }
        for each in started.values():
            first_answer(*each)  # compiles the rules and the bytecode, and makes the databases
        seconds: dict[str, list[float]] = {name: [] for name in started}
        for _ in range(rounds):
            for name, each in started.items():
                seconds[name].append(first_answer(*each))
    medians = {name: statistics.median(each) for name, each in seconds.items()}
    for name, median in medians.items():
        print(f"{name:10} {median * 1000:6.0f} ms  {median / medians['empty']:5.2f} times   (median of {rounds})")
    bars = Bars()
    for name, limit in (("Hinomi", LARGEST_RATIO), ("dashboard", DASHBOARD_RATIO)):
        bars.at_most(limit, f"{name}, times the empty function", round(medians[name] / medians["empty"], 2))
    bars.end()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 11)
