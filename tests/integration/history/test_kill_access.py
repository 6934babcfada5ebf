"""kill -9 while policies, groups, roles and audit logs are read leaves the same rows as an uninterrupted run."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from shared.config import Settings
from tests.support import access_process, kills
from tests.support.access_process import collect, contents, end_leases

# Kills during a snapshot, on each database at other moments: the order of the transactions, which decides what a kill
# leaves behind, is the same.
KILLS = 40 if "EXHAUSTIVE" in os.environ else 9
SLOTS = 20  # at most
TABLES = {
    "audit_settings",
    "binding_members",
    "binding_changes",
    "bindings",
    "changed_days",
    "coverage",
    "group_members",
    "resources",
    "roles",
    "service_account_keys",
    "service_accounts",
    "snapshots",
    "user_actions",
}


class Undisturbed:
    """The databases after snapshots without a kill, made once for both kinds of database."""

    def __init__(self, template: Path, folder: Path) -> None:
        self._folder = folder
        self._database = Path(shutil.copy(template, folder / "calm.db"))
        self._slots: list[tuple[float, Path]] = []

    def at(self, slot: int, settings: Settings) -> tuple[float, Path]:
        """The duration in seconds of this slot's snapshot, and the database after it."""
        if slot == len(self._slots):
            whole = kills.attempt(collect, (f"sqlite:///{self._database}", settings, slot))
            assert whole is not None
            self._slots.append((whole, self._copy(self._folder / f"{slot}.db")))
        return self._slots[slot]

    def _copy(self, file: Path) -> Path:
        """A copy of the database, with rows that SQLite still keeps in its write-ahead log."""
        with closing(sqlite3.connect(self._database)) as source, closing(sqlite3.connect(file)) as target:
            source.backup(target)
        return file


@pytest.fixture(scope="module")
def undisturbed(schema_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return Undisturbed(schema_sqlite_template, tmp_path_factory.mktemp("undisturbed"))


@pytest.mark.slow
def test_killed_snapshots_of_access_leave_the_same_rows_as_complete_ones(
    own_schema_db_url: str, undisturbed: Undisturbed
) -> None:
    chance = random.Random(f"20261123 {make_url(own_schema_db_url).get_backend_name()}")
    struck: list[str] = []  # the collector that was running at each kill
    with access_process.platform() as platform:
        settings = platform.settings()
        for slot in range(SLOTS):
            platform.change(slot)
            whole, calm = undisturbed.at(slot, settings)
            work = (own_schema_db_url, settings, slot)
            kills.killed_often(collect, work, chance, whole / 2, lambda: end_leases(own_schema_db_url, struck))
            if len(struck) >= KILLS and "iam.bindings" in struck:
                break
    assert len(struck) >= KILLS
    assert "iam.bindings" in struck
    expected = contents(f"sqlite:///{calm}")
    assert contents(own_schema_db_url) == expected
    assert set(expected) == TABLES
