"""An entry that matches no rule: the time to evaluate all rules on it, compared with parsing its JSON, in one run.

    python -m benchmarks.unmatched_entry [--before FOLDER] [--rounds 9]

`--before` is the working tree of another revision (docs/benchmarks.md): the same code measures both trees in processes
that take turns, so that a slow moment of the machine hits both. The figures are medians of processor time.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
REPETITIONS, SAMPLES = 200, 5
LARGEST_RATIO = 20
LARGEST_GROWTH = 1.1
HERE, BEFORE = "this tree", "before"
JSON, RULES = "json.loads", "rules"

AUDIT_LOG = "type.googleapis.com/google.cloud.audit.AuditLog"
DATA_ACCESS = "projects/example-project/logs/cloudaudit.googleapis.com%2Fdata_access"
COMMON = {"insertId": "a1", "timestamp": "2026-01-02T03:04:05Z", "severity": "INFO"}
ENTRIES: dict[str, dict[str, Any]] = {
    "an object is read": {
        **COMMON,
        "logName": DATA_ACCESS,
        "resource": {"type": "gcs_bucket", "labels": {"bucket_name": "exports", "project_id": "example-project"}},
        "protoPayload": {
            "@type": AUDIT_LOG,
            "serviceName": "storage.googleapis.com",
            "methodName": "storage.objects.get",
            "resourceName": "projects/_/buckets/exports/objects/report.csv",
            "authenticationInfo": {"principalEmail": "alice@example.com"},
            "status": {},
        },
    },
    "rows of a query are read": {
        **COMMON,
        "logName": DATA_ACCESS,
        "resource": {"type": "bigquery_project", "labels": {"project_id": "example-project", "location": "EU"}},
        "operation": {"id": "1", "last": True},
        "protoPayload": {
            "@type": AUDIT_LOG,
            "serviceName": "bigquery.googleapis.com",
            "methodName": "jobservice.getqueryresults",
            "resourceName": "projects/example-project/jobs/bquxjob_1a2b3c",
            "authenticationInfo": {"principalEmail": "alice@example.com"},
            "status": {},
        },
    },
    "a line of Airflow": {
        **COMMON,
        "logName": "projects/example-project/logs/dag-processor-manager",
        "resource": {"type": "cloud_composer_environment", "labels": {"project_id": "p", "environment_name": "etl"}},
        "textPayload": "INFO - Processing file /home/airflow/gcs/dags/load_mart.py took 0.42 seconds",
    },
}

Times = dict[str, dict[str, float]]  # microseconds by entry, for JSON and for RULES


def main() -> None:
    """Prints the medians and compares their ratios with the limits."""
    options = _options()
    if options.measure:
        print(json.dumps(measured()))
        return
    trees = {HERE: ROOT} | ({BEFORE: options.before.resolve()} if options.before else {})
    medians = _medians(trees, options.rounds)
    print(f"microseconds of processor time, medians of {options.rounds}")
    for tree, times in medians.items():
        for entry, each in times.items():
            print(
                f"{tree:<10} {entry:<26}{JSON} {each[JSON]:6.2f}   {RULES} {each[RULES]:7.2f}   {_ratio(each):5.1f} times"
            )
    _compare(medians)


def measured() -> Times:
    """The times measured in this process, with the modules of the tree in PYTHONPATH."""
    from collectors.metrics_analysis.sigma import artifact  # noqa: PLC0415 - of the tree in PYTHONPATH
    from collectors.metrics_analysis.sigma.engine import Engine  # noqa: PLC0415

    engine = Engine(artifact.load(Path.cwd() / "rules"))
    times = {}
    for name, entry in ENTRIES.items():
        if engine.evaluate(entry).findings:
            raise SystemExit(f"a rule matches: {name}")
        text = json.dumps(entry)
        times[name] = {
            JSON: _microseconds(partial(json.loads, text)),
            RULES: _microseconds(partial(engine.evaluate, entry)),
        }
    return times


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.unmatched_entry")
    parser.add_argument("--before", type=Path, help="the working tree of another revision")
    parser.add_argument("--rounds", type=int, default=9, help="processes for each tree")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _medians(trees: dict[str, Path], rounds: int) -> dict[str, Times]:
    """The times of each tree, measured by processes of the trees in turns."""
    samples: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for number in range(rounds + 1):
        for tree, folder in trees.items():
            times = _in_process(folder)
            for entry, each in times.items() if number else ():  # the first round compiles rules and bytecode
                for name, value in each.items():
                    samples[tree, entry, name].append(value)
    return {
        tree: {
            entry: {name: statistics.median(samples[tree, entry, name]) for name in (JSON, RULES)} for entry in ENTRIES
        }
        for tree in trees
    }


def _in_process(folder: Path) -> Times:
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, __file__, "--measure"]
    times: Times = json.loads(subprocess.check_output(command, cwd=folder, env=environment))
    return times


def _microseconds(work: Callable[[], Any]) -> float:
    """The processor time of one call: the lowest of several means, because interruptions only add to it."""
    means = []
    for _ in range(SAMPLES):
        began = time.process_time_ns()
        for _ in range(REPETITIONS):
            work()
        means.append((time.process_time_ns() - began) / REPETITIONS / 1000)
    return min(means)


def _ratio(times: dict[str, float]) -> float:
    return times[RULES] / times[JSON]


def _compare(medians: dict[str, Times]) -> None:
    from benchmarks.bars import Bars  # noqa: PLC0415 - an older tree may lack it

    bars = Bars()
    bars.at_most(LARGEST_RATIO, f"times {JSON}", round(max(map(_ratio, medians[HERE].values())), 1))
    for entry, times in medians.get(BEFORE, {}).items():
        growth = round(medians[HERE][entry][RULES] / times[RULES], 2)
        bars.at_most(LARGEST_GROWTH, f"times before, {entry}", growth)
    bars.end()


if __name__ == "__main__":
    main()
