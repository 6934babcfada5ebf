"""The demo's quality check fails while its table is missing; its results are in the history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from demo.screen import Screen, make_console
from demo.situations.quality import CHECK, RowCountCheck, write_results
from demo.stage import Stage
from insights.quality.checks import checks
from tests.support.findings import NOON


def test_the_check_passes_once_the_table_is_there() -> None:
    reports: list[dict[str, Any]] = []
    loaded: list[bool] = []
    stage = Stage(reports.append, Screen(make_console(record=False), live=False, total=1), time_scale=0)
    RowCountCheck(stage, lambda: bool(loaded)).fail()
    stage.later(0, lambda: loaded.append(True))
    while not loaded or len(reports) < 2:
        stage.step()
    assert [(report["check"], report["state"]) for report in reports] == [(CHECK, "failed"), (CHECK, "ok")]


@pytest.mark.sqlite
def test_its_past_is_two_weeks(sqlite_store: ErrorStore, sqlite_schema_store: SchemaStore) -> None:
    write_results(str(sqlite_schema_store.engine.url), str(sqlite_store.engine.url), NOON)
    with sqlite_schema_store.reading() as session:
        listed = checks(session, NOON + timedelta(hours=1), text=CHECK)
    (line,) = listed.lines
    assert (line.latest.state, len(line.results), listed.total) == ("passed", 13, 3)
