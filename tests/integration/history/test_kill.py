"""Runs killed at random moments (kill -9) end with the same rows as an uninterrupted run."""

from __future__ import annotations

import os
import random
import shutil
from datetime import datetime
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


class Undisturbed:
    """The rows after each slot without a kill, made once for both databases."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._next = Moment()
        self._rows: dict[datetime, dict[str, list[tuple[object, ...]]]] = {}

    def after(self, last: Moment) -> dict[str, list[tuple[object, ...]]]:
        """Every row after every slot up to the last one."""
        while last.slot not in self._rows:
            run(self._url, self._next)
            self._rows[self._next.slot] = everything(self._url)
            self._next = self._next.next_slot()
        return self._rows[last.slot]


@pytest.fixture(scope="module")
def undisturbed(schema_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    calm = shutil.copy(schema_sqlite_template, tmp_path_factory.mktemp("undisturbed") / "calm.db")
    return Undisturbed(f"sqlite:///{calm}")


def test_killed_runs_leave_the_same_rows_as_a_complete_one(schema_db_url: str, undisturbed: Undisturbed) -> None:
    moments = random.Random(f"20261123 {make_url(schema_db_url).get_backend_name()}")
    last = killed_often(schema_db_url, KILLS, moments)
    run(schema_db_url, last)
    assert everything(schema_db_url) == undisturbed.after(last)


def everything(url: str) -> dict[str, list[tuple[object, ...]]]:
    engine = make_engine(url)
    found = contents(SchemaStore(engine))
    engine.dispose()
    return found
