"""The entries that the log sinks export, and the time to generate their filters.

    python -m benchmarks.sink_filter [ENTRIES]      (default 100,000)

Compiles the rules, packs them into the filters of sinks, and puts generated entries (one in a thousand fails) through
both the filters and the rules. A filter must export every entry that a rule reads, may export more, and must not
exceed the size limit of Cloud Logging.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

from benchmarks.analyze_throughput import ROOT, entries
from benchmarks.bars import Bars
from collectors.metrics_analysis.sigma import artifact
from collectors.metrics_analysis.sigma.engine import Engine
from collectors.metrics_analysis.sinks.pack import LIMIT, Sink, sinks

ROUNDS = 5


def seconds(work: Callable[[], Any]) -> float:
    """Median of a few times."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def compiled() -> tuple[dict[str, Any], float]:
    """The rules, compiled from their files, and the compile time in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        rules = copytree(ROOT / "rules", Path(folder) / "rules", ignore=ignore_patterns("*compiled.json*"))
        began = time.perf_counter()
        made = artifact.load(rules)
        return made, time.perf_counter() - began


def pack(rules: dict[str, Any]) -> list[Sink]:
    """The sinks of an installation."""
    return sinks(rules, project="example-project", service_accounts=(), function_names=("metrics_analysis",))


def lost(rules: dict[str, Any], made: list[Sink], count: int) -> tuple[int, int, int]:
    """The number of entries that a rule matches, that the sinks let through, and that match but are not let through."""
    engine, matched, passed, missing = Engine(rules), 0, 0, 0
    for entry in entries(count):
        is_match = bool(engine.evaluate(entry))
        through = any(sink.lets_through(entry) for sink in made)
        matched, passed, missing = matched + is_match, passed + through, missing + (is_match and not through)
    return matched, passed, missing


def main() -> None:
    """Prints the figures and compares them with the limits."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    rules, compiling = compiled()
    made, packing = pack(rules), seconds(lambda: pack(rules))
    matched, passed, missing = lost(rules, made, count)
    total, longest = sum(len(sink.filter) for sink in made), max(len(sink.filter) for sink in made)
    print(f"compiling {len(rules['rules'])} rules {compiling:8.2f} s")
    print(f"packing {len(made)} filters   {packing:8.2f} s   {packing / compiling:.2f} of compiling")
    print(f"characters          {total:8,}     the longest filter {longest:,}")
    print(f"entries             {count:8,}     {matched:,} that a rule evaluates, {passed:,} let through")
    bars = Bars()
    bars.at_most(LIMIT, "characters of the longest filter", longest)
    bars.at_most(0, "entries of a rule that the filters lose", missing)
    bars.at_most(1, "packing, in times of compiling", round(packing / compiling, 2))
    bars.end()


if __name__ == "__main__":
    main()
