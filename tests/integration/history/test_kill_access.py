"""kill -9 while policies and audit logs are read leaves what an undisturbed run leaves, row for row."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from tests.support.access_process import SLOTS, Place, change, collect, contents, killed_often, servers


@pytest.mark.slow
def test_killed_snapshots_of_access_end_like_undisturbed_ones(
    own_schema_db_url: str, schema_sqlite_template: Path, tmp_path: Path
) -> None:
    undisturbed = tmp_path / "undisturbed.db"
    shutil.copy(schema_sqlite_template, undisturbed)
    chance, died = random.Random(11), 0
    with servers() as (asset, logging, manager):
        urls = (own_schema_db_url, f"sqlite:///{undisturbed}")
        places = [Place(url, asset.endpoint, logging.endpoint, manager.url) for url in urls]
        for slot in range(SLOTS):
            change(asset, logging, slot)
            died += killed_often(places[0], slot, 6, chance)
            collect(places[1], slot)
        killed, whole = (contents(place) for place in places)
    assert died >= SLOTS
    assert killed == whole
    assert all(whole.values())
