"""Cold start: process start to the first response, Hinomi against an empty function, in one run.

    .venv/bin/python -m benchmarks.cold_start [ROUNDS]

All run under the same functions-framework. Hinomi and the empty function are asked the same thing: a log entry that no
rule matches; the dashboard is asked for its first page, on two empty databases.

A start hardly waits for anything, so its cost is processor time: of all processes of the function, until its
first response. It is compared with the empty function of the same round, and the limits are about the median of these
ratios: another process on the machine makes a start wait, but does not make it work. The elapsed time is printed beside
it, with its own ratio.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """Seconds from the start of a function to its first response: elapsed time and processor time."""

    elapsed: float
    processor: float


def first_answer(source: Path, target: str, settings: dict[str, str]) -> FirstAnswer:
    """Starts a function and sends it a request. Ends the program if the response is unexpected."""
    function = FunctionProcess(settings, source=source, target=target)
    began = time.perf_counter()
    function.start()
    try:
        status, text = _page(function.url) if target == "dashboard" else function.post(push_body(ENTRY))
        seconds = FirstAnswer(time.perf_counter() - began, function.processor_seconds())
    finally:
        function.kill()
    if status != 200 or not text.startswith(("ok", "no rule matches", "<!doctype html>")):
        raise SystemExit(f"unexpected answer {status}: {text[:200]}")
    return seconds


def _page(url: str) -> tuple[int, str]:
    with urllib.request.urlopen(url, timeout=60) as response:  # noqa: S310 - on loopback
        return response.status, response.read().decode()


def main(rounds: int) -> None:
    """Prints the medians and their ratios to the empty function, with the middle half of the ratios."""
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
        answers: dict[str, list[FirstAnswer]] = {name: [] for name in started}
        for _ in range(rounds):
            for name, each in started.items():
                answers[name].append(first_answer(*each))
    print(f"{'medians of ' + str(rounds):14} {'processor':>27} {'elapsed':>27}")
    for name in started:
        processor, elapsed = [each.processor for each in answers[name]], [each.elapsed for each in answers[name]]
        empties = answers["empty"]
        print(
            f"{name:14} {_line(processor, [each.processor for each in empties])}"
            f" {_line(elapsed, [each.elapsed for each in empties])}"
        )
    bars = Bars()
    for name, limit in (("Hinomi", LARGEST_RATIO), ("dashboard", DASHBOARD_RATIO)):
        pairs = zip(answers[name], answers["empty"], strict=True)
        ratio = statistics.median(own.processor / empty.processor for own, empty in pairs)
        bars.at_most(limit, f"{name}, times the empty function", round(ratio, 2))
    bars.end()


def _line(seconds: Sequence[float], empty: Sequence[float]) -> str:
    """The median in ms, and the median ratio with its quartiles."""
    ratios = [own / other for own, other in zip(seconds, empty, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
    return f"{statistics.median(seconds) * 1000:5.0f} ms {middle:5.2f} ({low:.2f}-{high:.2f})"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 11)
