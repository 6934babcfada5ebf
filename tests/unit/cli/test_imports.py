"""The packages that a short command imports: an import that only other commands need delays it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.command_start import READING
from db.error_db.store import ErrorStore
from shared.config import ROOT
from tests.support.findings import finding
from tests.support.reporters import rules_with

# None of these commands edits handler rules, compiles rules, migrates a database, or calls Google Cloud.
HEAVY = {
    "alembic",
    "google.api_core",
    "google.auth",
    "grpc",
    "holidays",
    "jinja2",
    "mako",
    "numpy",
    "psycopg",
    "pydantic",
    "pygments",
    "requests",
    "sigma",
    "sqlalchemy.dialects.postgresql",
    "urllib3",
    "yaml",
}
# What records findings imports most tables of the Error DB.
RECORDING = {"db.error_db.transaction"}
OTHERS = """
incidents show 1
jobs show daily_load
snapshot collectors
settings
"""
CHANGING = """
incidents ack 1
incidents resolve 1 --reason repaired
incidents false-alarm 1
silences add --for 1h --reason maintenance --service bigquery --yes
tokens add reader --scope read
rules stage storage/*
"""
_PROCESS = """
import json, shlex, sys
from cli.app import run
heavy, found = set(sys.argv[1].split()), {}
for command in sys.stdin.read().strip().splitlines():
    status = run(shlex.split(command))
    found[command] = status, sorted(heavy & sys.modules.keys())
    heavy -= sys.modules.keys()
print(json.dumps(found))
"""


@pytest.mark.server
def test_a_command_that_opens_a_database_imports_nothing_heavy(
    sqlite_store: ErrorStore, sqlite_url: str, schema_sqlite_url: str, tmp_path: Path
) -> None:
    with sqlite_store.transaction(finding().time) as transaction:
        transaction.record(finding(), redact=())
    urls = {"HINOMI_ERROR_DB_URL": sqlite_url, "HINOMI_SCHEMA_DB_URL": schema_sqlite_url}
    done = subprocess.run(
        [sys.executable, "-c", _PROCESS, " ".join(HEAVY | RECORDING)],
        input=(READING + OTHERS + CHANGING).replace("\n\n", "\n"),
        env={**os.environ, **urls, "HINOMI_RULES_DIR": str(rules_with(tmp_path))},
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    allowed = dict.fromkeys(CHANGING.strip().splitlines(), RECORDING)
    heavy = {command: set(imported) - allowed.get(command, set()) for command, (_, imported) in found.items()}
    assert {command: imported for command, imported in heavy.items() if imported} == {}
    failed = {command for command, (status, _) in found.items() if status}
    assert failed == {"jobs show daily_load"}, done.stderr  # no job has run, which is an invalid name
