"""A simulated quarter of a data platform with faults: how many are found in time, and how many incidents are false.

    .venv/bin/python -m benchmarks.simulated_quarter [--scale 1.0] [--seed N] [--seeds N] [--weeks N] [--faults N] [--series N] [--json FILE]

`--scale` 1.0 is 800 jobs, 400 tables and 3,000 series. Five weeks are learned, then the product's own checks run hour by
hour on real databases (SQLite) for `--weeks`, at most seven. A fault counts as found in time if an incident of the right
rule exists two ticks after it can be known (a tick is an hour, six hours for tables), or by the usual end of the run and a
tolerance; docs/benchmarks.md says more. Ctrl+C ends the evaluation of a seed early: its result is that of the time until then.
QUARTER_ZONE and QUARTER_START (the first day) choose another zone and time of year.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from benchmarks.bars import Bars
from benchmarks.quarter.drive import Outcome, drive, kinds
from benchmarks.quarter.faults import MAKERS, inject
from benchmarks.quarter.platform import Platform

FAULTS = 80  # at full scale


def main() -> None:
    """Prints a table of kinds over all seeds, and compares the sums with the limits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--weeks", type=float, default=7)
    parser.add_argument("--faults", type=int, default=0, help="default: by the scale, at least one of each kind")
    parser.add_argument("--series", type=int, default=0, help="default: by the scale")
    parser.add_argument("--json", type=Path, help="append a line for each seed")
    options = parser.parse_args()
    outcomes = []
    for seed in range(options.seed, options.seed + options.seeds):
        began = time.process_time()
        platform = Platform(seed, options.scale, options.series)
        count = options.faults or max(round(FAULTS * options.scale), len(MAKERS))
        faults = inject(platform, seed, count, int(7 * options.weeks))
        outcomes.append(drive(platform, faults, options.weeks))
        _print_outcome(seed, outcomes[-1], round(time.process_time() - began), options.json)
    _report(outcomes, options.scale)


def _print_outcome(seed: int, outcome: Outcome, seconds: int, file: Path | None) -> None:
    """Prints what a seed showed."""
    table = list(kinds([outcome]))
    faults, in_time = sum(row[1] for row in table), sum(row[2] for row in table)
    print(f"seed {seed}: {in_time} of {faults} faults in time, {len(outcome.false)} false of {outcome.incidents} incidents, "
          f"{outcome.paged} of {outcome.retried} retries paged, {seconds} CPU-seconds", flush=True)  # fmt: skip
    for each in outcome.false:
        print("   false:", *each)
    for fault in outcome.faults:
        if fault.found_at is None or fault.found_at > fault.by:
            print(
                "   not in time:",
                fault.kind,
                f"{fault.since:%m-%d %H:%M} by {fault.by:%m-%d %H:%M}",
                fault.found_at,
                sorted(fault.names)[:3],
            )
    if file:
        row = {"seed": seed, "kinds": table, "false": outcome.false, "weeks": outcome.weeks, "incidents": outcome.incidents,
               "retried": outcome.retried, "paged": outcome.paged, "seconds": seconds}  # fmt: skip
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(row) + "\n")


def _report(outcomes: list[Outcome], scale: float) -> None:
    print(f"\n{'fault':36} number  in time  later")
    table = list(kinds(outcomes))
    for kind, number, in_time, late in table:
        print(f"{kind:36} {number:6} {in_time:8} {late:6}")
    number, in_time = sum(row[1] for row in table), sum(row[2] for row in table)
    weeks = sum(outcome.weeks for outcome in outcomes)
    false = sum(len(outcome.false) for outcome in outcomes)
    bars = Bars()
    bars.at_most(5, "faults that were not found in time, %", round(100 * (1 - in_time / max(number, 1)), 1))
    bars.at_most(1, "false incidents a week of a platform of full size", round(false / weeks / min(scale, 1.0), 2))
    bars.at_most(0, "incidents about retried successes", sum(outcome.paged for outcome in outcomes))
    bars.end()


if __name__ == "__main__":
    main()
