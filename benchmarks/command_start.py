"""The CPU time of short commands: the help, and commands that open a database, against an interpreter that does nothing.

    .venv/bin/python -m benchmarks.command_start [--rounds N] [--databases FOLDER] [--only TEXT]

The databases are empty, or copies of those in a folder, such as `.hinomi/demo` after `make demo`; with one, commands that
write are measured too, each on a new copy. The bytecode is kept in a folder of its own, as after an installation by pip. All
take turns, so that a slow moment of the machine hits each; the figures are the smallest and the median of user and system
time. The bars are ratios of the smallest ones: 17 and 34 times
the 15 ms that `python -c pass` takes are 250 ms and 500 ms. SQLAlchemy's import is the part of a command that Hinomi cannot
shorten.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sqlite3
import statistics
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from benchmarks.bars import Bars
from shared.config import ROOT

HINOMI = "from cli.app import main; main()"
NOTHING, SQLALCHEMY = "python -c pass", "python -c 'import sqlalchemy.orm'"
HELP = "hinomi --help"
# Commands that open a database and read.
READING = """
incidents list
incidents list --all --json
silences list
handlers list
handlers history
handlers runs
handlers audit
approvals list
oncall
owners list
baselines list
tokens list
rules list
snapshot list
jobs list
jobs slow --days 7
jobs failing
jobs gaps
jobs late
jobs deadlines
jobs costly
tables
quality
cost by user
cost by project
report --daily
dlq list
access who gs://example-exports
access of user:ana@example.com
access diff 7d
access unused
db check
db upgrade
"""
# The same with something to show, as the demo leaves it.
FOUND = """
incidents show 1
incidents show 3
jobs show load_mart
handlers plan
handlers diff 1
handlers test 1
handlers simulate
handlers audit
report
report --weekly
tokens list
worker list
"""
# Those that write. INCIDENT is the number of an open incident of an Airflow task.
WRITING = """
incidents ack INCIDENT
incidents resolve INCIDENT --reason done
incidents false-alarm INCIDENT
silences add --rule iam/denied_access_burst --reason maintenance --for 2h
handlers apply --yes
handlers disable tell-the-team
handlers rollback 1 --yes
handlers run rerun-airflow-task INCIDENT
rules stage iam/denied_access_burst
"""
DATABASES = ("error.db", "schema.db")
BARS = {HELP: 17.0}
BAR = 34.0  # of a command that opens a database


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


def main(rounds: int, databases: Path | None, only: str) -> None:
    """Prints the times and their ratios to the empty process and to the import of SQLAlchemy."""
    commands = _commands(databases, only)
    with tempfile.TemporaryDirectory() as folder:
        environment = _environment(Path(folder))
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(rounds + 1):
            for name, arguments in commands.items():
                _copy(databases, Path(folder))
                seconds = cpu_seconds(arguments, environment)
                if number:  # the first round writes the bytecode and makes the databases
                    taken[name].append(seconds)
    least = {name: min(seconds) for name, seconds in taken.items()}
    bars = Bars()
    print(f"{'':<50}{'least':>8}{'median':>9}{'of empty':>10}{'of SQLAlchemy':>15}")
    for name, seconds in least.items():
        ratio, median = seconds / least[NOTHING], statistics.median(taken[name])
        columns = f"{seconds * 1000:5.0f} ms{median * 1000:6.0f} ms{ratio:10.1f}{seconds / least[SQLALCHEMY]:15.2f}"
        print(f"{name:<50}{columns}")
        if name not in (NOTHING, SQLALCHEMY):
            bars.at_most(BARS.get(name, BAR), f"times the empty process, {name}", round(ratio, 1))
    bars.end()


def _commands(databases: Path | None, only: str) -> dict[str, list[str]]:
    lines = READING.strip().splitlines()
    if databases is not None:
        incident = _open_incident(databases / DATABASES[0])
        lines += (FOUND + WRITING.replace("INCIDENT", incident).lstrip()).strip().splitlines()
    commands = {HELP: _hinomi("--help"), **{f"hinomi {line}": _hinomi(line) for line in lines}}
    bases = {NOTHING: ["-c", "pass"], SQLALCHEMY: ["-c", "import sqlalchemy.orm"]}
    return bases | {name: arguments for name, arguments in commands.items() if only in name}


def _hinomi(line: str) -> list[str]:
    return ["-c", HINOMI, *shlex.split(line)]


def _open_incident(database: Path) -> str:
    """The number of an open incident of an Airflow task. Raises SystemExit if there is none."""
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        row = connection.execute(
            "SELECT min(id) FROM incidents WHERE status = 'open' AND rule = 'composer/task_failed'"
        ).fetchone()
    if row[0] is None:
        raise SystemExit(f"{database} has no open incident of an Airflow task: run `make demo` again")
    return str(row[0])


def _copy(databases: Path | None, folder: Path) -> None:
    """Replaces the databases in `folder` with copies of those in `databases`, if given."""
    if databases is None:
        return
    for each in folder.iterdir():
        if each.name.startswith(DATABASES):  # with the files of changes that SQLite has not moved yet
            each.unlink()
    for each in databases.iterdir():
        if each.name.startswith(DATABASES):
            shutil.copy(each, folder)


def _environment(folder: Path) -> dict[str, str]:
    """The environment of the commands, with databases in `folder`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HINOMI_", "PYTHON"))}
    error_db, schema_db = (f"sqlite:///{folder / name}" for name in DATABASES)
    return environment | {
        "PYTHONPATH": str(ROOT),
        "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
        "HINOMI_ERROR_DB_URL": error_db,
        "HINOMI_SCHEMA_DB_URL": schema_db,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--databases", type=Path, help="folder with error.db and schema.db")
    parser.add_argument("--only", default="", help="only commands with this text")
    chosen = parser.parse_args()
    main(chosen.rounds, chosen.databases, chosen.only)
