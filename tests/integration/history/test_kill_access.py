"""kill -9 while policies, groups, roles and audit logs are read leaves the same rows as an uninterrupted run."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from tests.support import access_process, kills
from tests.support.access_process import collect, contents, end_leases

KILLS = 25  # on each database, each during a snapshot
SLOTS = 20  # at most
TABLES = {
    "audit_settings",
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


@pytest.mark.slow
def test_killed_snapshots_of_access_leave_the_same_rows_as_complete_ones(
    own_schema_db_url: str, schema_sqlite_template: Path, tmp_path: Path
) -> None:
    calm = f"sqlite:///{shutil.copy(schema_sqlite_template, tmp_path / 'calm.db')}"
    chance = random.Random(20261123)
    struck: list[str] = []  # the collector that was running at each kill
    with access_process.platform() as platform:
        settings = platform.settings()
        for slot in range(SLOTS):
            platform.change(slot)
            whole = kills.attempt(collect, (calm, settings, slot))
            assert whole is not None
            work = (own_schema_db_url, settings, slot)
            kills.killed_often(collect, work, chance, whole / 2, lambda: struck.extend(end_leases(own_schema_db_url)))
            if len(struck) >= KILLS:
                break
    assert len(struck) >= KILLS
    assert "iam.bindings" in struck
    expected = contents(calm)
    assert contents(own_schema_db_url) == expected
    assert set(expected) == TABLES
