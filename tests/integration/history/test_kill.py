"""Runs killed at random moments (kill -9) end with the same rows as an uninterrupted run."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest
from sqlalchemy import make_url

from db.engine import make_engine
from db.schema_db.store import SchemaStore
from tests.support.history import contents
from tests.support.history_process import Moment, killed_often, run

# On each database, at other moments: how a transaction ends differs, the order of the transactions, which decides what a
# kill leaves behind, does not.
KILLS = 25 if "EXHAUSTIVE" in os.environ else 13

pytestmark = pytest.mark.slow


def undisturbed(url: str, last: Moment) -> None:
    """The rows after every slot up to the last one, without a kill."""
    moment = Moment()
    while moment.slot <= last.slot:
        run(url, moment)
        moment = moment.next_slot()


def test_killed_runs_leave_the_same_rows_as_a_complete_one(
    schema_db_url: str, schema_sqlite_template: Path, tmp_path: Path
) -> None:
    moments = random.Random(f"20261123 {make_url(schema_db_url).get_backend_name()}")
    last = killed_often(schema_db_url, KILLS, moments)
    run(schema_db_url, last)
    calm = shutil.copy(schema_sqlite_template, tmp_path / "calm.db")
    undisturbed(f"sqlite:///{calm}", last)
    assert everything(schema_db_url) == everything(f"sqlite:///{calm}")


def everything(url: str) -> dict[str, list[tuple[object, ...]]]:
    engine = make_engine(url)
    found = contents(SchemaStore(engine))
    engine.dispose()
    return found
