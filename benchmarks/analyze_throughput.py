"""The speed and the memory of `hinomi analyze` on a long export.

    python -m benchmarks.analyze_throughput [ENTRIES]      (default 1,000,000)

Writes that many generated entries (one in a thousand fails) as JSON lines and, for a tenth of them, as the array that
gcloud prints; runs `hinomi analyze --json` on each in a process of its own; and compares with a process that only
parses the same lines with orjson. The memory for a tenth of the lines suffices for all of them. Times are wall-clock
seconds, memory is the peak resident set.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import indent
from typing import Any

from benchmarks.bars import Bars

SLOWEST, MEMORY_GROWTH = 40, 1.5
ROOT = Path(__file__).resolve().parent.parent
START = datetime(2026, 11, 1, tzinfo=UTC)
ANALYZE = "from cli.app import main; main()"
PARSE = "import sys, orjson\nfor line in open(sys.argv[1], 'rb'): orjson.loads(line)"


def entries(count: int) -> Iterator[dict[str, Any]]:
    """Finished BigQuery jobs of about 1.2 KB, oldest first."""
    for number in range(count):
        bad = number % 1000 == 0
        job = f"projects/example-project/jobs/job_{number}"
        error = {"errorResult": {"code": 5, "message": "Not found: Table example-project:raw.orders"}} if bad else {}
        yield {
            "insertId": f"bench-{number}",
            "logName": "projects/example-project/logs/cloudaudit.googleapis.com%2Fdata_access",
            "timestamp": (START + timedelta(seconds=number)).isoformat().replace("+00:00", "Z"),
            "severity": "ERROR" if bad else "INFO",
            "resource": {"type": "bigquery_project", "labels": {"project_id": "example-project", "location": "US"}},
            "protoPayload": {
                "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
                "serviceName": "bigquery.googleapis.com" if number % 4 == 0 else "storage.googleapis.com",
                "methodName": "google.cloud.bigquery.v2.JobService.InsertJob"
                if number % 4 == 0
                else "storage.objects.get",
                "resourceName": job,
                "status": {"code": 5, "message": "Not found"} if bad else {},
                "authenticationInfo": {"principalEmail": "etl@example-project.iam.gserviceaccount.com"},
                "requestMetadata": {"callerIp": "203.0.113.7", "callerSuppliedUserAgent": "python-requests/2.32"},
                "metadata": {
                    "@type": "type.googleapis.com/google.cloud.audit.BigQueryAuditMetadata",
                    "jobChange": {
                        "after": "DONE",
                        "job": {
                            "jobName": job,
                            "jobConfig": {"type": "QUERY", "labels": {"airflow-dag": f"dag_{number % 50}"}},
                            "jobStatus": {"jobState": "DONE", **error},
                        },
                    },
                },
            },
        }


def as_gcloud_prints(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    """The entries as a pretty-printed array."""
    for number, row in enumerate(rows):
        yield ("[\n" if number == 0 else ",\n") + indent(json.dumps(row, indent=2), "  ")
    yield "\n]\n"


def write(path: Path, parts: Iterator[str]) -> None:
    """Writes the parts one by one, because the measured child process inherits the memory of this process."""
    with path.open("w") as stream:
        stream.writelines(parts)


def measured(code: str, *args: str) -> tuple[float, int]:
    """Seconds and peak bytes of a Python process that runs `code`."""
    started = time.perf_counter()
    with subprocess.Popen((sys.executable, "-c", code, *args), cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"the process failed with {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    return time.perf_counter() - started, usage.ru_maxrss * unit


def report(name: str, count: int, seconds: float, peak: int, parsing: float) -> None:
    """Prints one line of the report."""
    ratio = f"{seconds / parsing:5.1f} x parsing alone" if parsing else ""
    print(
        f"{name:28} {count:>10,} entries {seconds:7.2f} s {count / seconds:>10,.0f}/s {peak / 2**20:7.0f} MiB {ratio}"
    )


def main() -> None:
    """Writes the entries, runs the three processes, prints the comparison."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        lines, tenth, array = (Path(folder) / name for name in ("lines.jsonl", "tenth.jsonl", "array.json"))
        few = count // 10
        write(lines, (json.dumps(entry) + "\n" for entry in entries(count)))
        write(tenth, (json.dumps(entry) + "\n" for entry in entries(few)))
        write(array, as_gcloud_prints(entries(few)))
        parsing, peak = measured(PARSE, str(lines))
        report("json parsing alone (orjson)", count, parsing, peak, 0)
        result = measured(ANALYZE, "analyze", str(lines), "--json")
        part = measured(ANALYZE, "analyze", str(tenth), "--json")
        report("analyze, JSON lines", count, *result, parsing)
        report("analyze, a tenth, lines", few, *part, parsing / 10)
        report("analyze, a tenth, array", few, *measured(ANALYZE, "analyze", str(array), "--json"), parsing / 10)
        report("analyze, table", count, *measured(ANALYZE, "analyze", str(lines)), parsing)
    bars = Bars()
    bars.at_most(SLOWEST, "times of parsing alone", round(result[0] / parsing, 1))
    bars.at_most(MEMORY_GROWTH, "times the memory of a tenth", round(result[1] / part[1], 2))
    bars.end()


if __name__ == "__main__":
    main()
