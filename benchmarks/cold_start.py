"""Cold start: process start to the first response, Hinomi against an empty function, in one run.

    .venv/bin/python -m benchmarks.cold_start [ROUNDS]

Both run under the same functions-framework and are asked the same thing: a log entry that no rule matches.
The two take turns, so that a slow moment of the machine hits both; the figures are medians.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.bars import Bars
from tests.support.function_process import ROOT, FunctionProcess, push_body

LARGEST_RATIO = 1.3
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
        status, text = function.post(push_body(ENTRY))
        seconds = time.perf_counter() - began
    finally:
        function.kill()
    if status != 200 or text not in ("ok", "no rule matches"):
        raise SystemExit(f"unexpected answer {status}: {text}")
    return seconds


def main(rounds: int) -> None:
    """Prints both medians and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "main.py"
        empty.write_text(EMPTY)
        settings = {"HINOMI_ERROR_DB_URL": f"sqlite:///{folder}/error.db"}
        first_answer(ROOT / "main.py", "metrics_analysis", settings)  # compiles the rules and the bytecode
        hinomi, baseline = [], []
        for _ in range(rounds):
            baseline.append(first_answer(empty, "empty", {}))
            hinomi.append(first_answer(ROOT / "main.py", "metrics_analysis", settings))
    median_hinomi, median_empty = statistics.median(hinomi), statistics.median(baseline)
    print(f"empty function  {median_empty * 1000:6.0f} ms   (median of {rounds})")
    print(f"Hinomi          {median_hinomi * 1000:6.0f} ms")
    ratio = median_hinomi / median_empty
    print(f"ratio           {ratio:6.2f}")
    bars = Bars()
    bars.at_most(LARGEST_RATIO, "times the empty function", round(ratio, 2))
    bars.end()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 11)
