"""The CPU time of short commands: the help, and commands that open a database, against an interpreter that does nothing.

    .venv/bin/python -m benchmarks.command_start [ROUNDS]

The bytecode is kept in a folder of its own, as after an installation by pip. All take turns, so that a slow moment of the
machine hits each; the figures are medians of user and system time. The bars are ratios: 17 and 34 times the 15 ms that
`python -c pass` takes are 250 ms and 500 ms.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.bars import Bars
from shared.config import ROOT

HINOMI = "from cli.app import main; main()"
NOTHING = "python -c pass"
COMMANDS = {
    NOTHING: ["-c", "pass"],
    "hinomi --help": ["-c", HINOMI, "--help"],
    "hinomi incidents list": ["-c", HINOMI, "incidents", "list"],
    "hinomi jobs slow": ["-c", HINOMI, "jobs", "slow"],
    "hinomi access who": ["-c", HINOMI, "access", "who", "gs://example-exports"],
}
UPGRADE = ["-c", HINOMI, "db", "upgrade"]
BARS = {name: 17.0 if name.endswith("--help") else 34.0 for name in COMMANDS if name != NOTHING}


def cpu_seconds(arguments: list[str], environment: dict[str, str]) -> float:
    """User and system time of a process. Raises SystemExit if the process fails."""
    null = os.open(os.devnull, os.O_RDWR)
    to_null = [(os.POSIX_SPAWN_DUP2, null, stream) for stream in (0, 1, 2)]
    child = os.posix_spawn(sys.executable, [sys.executable, *arguments], environment, file_actions=to_null)
    os.close(null)
    _, status, used = os.wait4(child, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)} ended with {os.waitstatus_to_exitcode(status)}")
    return used.ru_utime + used.ru_stime


def main(rounds: int) -> None:
    """Prints the medians and their ratios to the empty process."""
    with tempfile.TemporaryDirectory() as folder:
        environment = _environment(Path(folder))
        for arguments in (UPGRADE, *COMMANDS.values()):
            cpu_seconds(arguments, environment)  # writes the bytecode and makes the databases
        taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
        for _ in range(rounds):
            for name, arguments in COMMANDS.items():
                taken[name].append(cpu_seconds(arguments, environment))
    medians = {name: statistics.median(seconds) for name, seconds in taken.items()}
    bars = Bars()
    for name, seconds in medians.items():
        ratio = seconds / medians[NOTHING]
        print(f"{name:<24}{seconds * 1000:6.0f} ms {ratio:6.1f}   (median of {rounds})")
        if name in BARS:
            bars.at_most(BARS[name], f"times the empty process, {name}", round(ratio, 1))
    bars.end()


def _environment(folder: Path) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HINOMI_", "PYTHON"))}
    return environment | {
        "PYTHONPATH": str(ROOT),
        "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
        "HINOMI_ERROR_DB_URL": f"sqlite:///{folder}/error.db",
        "HINOMI_SCHEMA_DB_URL": f"sqlite:///{folder}/schema.db",
    }


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 11)
