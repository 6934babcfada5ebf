"""`hinomi quality`: the checks with their last results, and the results of one check."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cli.app import run
from db.schema_db.store import SchemaStore
from tests.support.quality import results
from tests.support.runs import keep

pytestmark = pytest.mark.sqlite
NOW = datetime.now(UTC)


@pytest.fixture
def shown(sqlite_schema_store: SchemaStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:  # fmt: skip
    """The output for a check that fails after passes and a warning, and one that passes."""
    expecting = [
        replace(each, expected="at least 1000") for each in results("unique_id", ["passed"], NOW - timedelta(hours=2))
    ]
    failing = results("not_null_id", ["passed", "warned", "failed"], NOW - timedelta(hours=1), message="12 rows")
    keep(sqlite_schema_store, [*failing, *expecting])
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", str(sqlite_schema_store.engine.url))
    monkeypatch.setenv("COLUMNS", "200")
    return capsys


def test_failing_checks_come_first_with_a_mark_for_each_result(shown: pytest.CaptureFixture[str]) -> None:
    assert run(["quality"]) == 0
    page = shown.readouterr().out
    assert page.index("not_null_id") < page.index("unique_id")
    assert "·!x" in page
    assert run(["quality", "--failing"]) == 0
    assert "unique_id" not in shown.readouterr().out


def test_one_check_shows_its_results(shown: pytest.CaptureFixture[str]) -> None:
    assert run(["quality", "not_null"]) == 0
    page = shown.readouterr().out
    assert "not_null_id of shop.mart.orders.id (report dbt)" in page
    assert page.index("run-2") < page.index("run-0")
    assert run(["quality", "not_null_id", "--json"]) == 0
    printed = json.loads(shown.readouterr().out)
    assert [each["state"] for each in printed["results"]] == ["failed", "warned", "passed"]
    assert run(["quality", printed["key"]]) == 0
    assert "12 rows" in shown.readouterr().out


def test_empty_answers_say_what_was_looked_at(shown: pytest.CaptureFixture[str]) -> None:
    assert run(["quality", "nothing"]) == 0
    assert shown.readouterr().out == "No check, table or source matches 'nothing' (last five weeks).\n"
    assert run(["quality", "unique_id", "--failing"]) == 0
    assert shown.readouterr().out == "No check that matches 'unique_id' fails or warns (last five weeks).\n"


def test_a_mistyped_check_or_table_is_answered_with_the_nearest_names(shown: pytest.CaptureFixture[str]) -> None:
    assert run(["quality", "uniqe_id"]) == 0
    assert shown.readouterr().out.splitlines()[1:] == ["Did you mean 'unique_id'?"]
    assert run(["quality", "shop.mart.order_s"]) == 0
    assert shown.readouterr().out.splitlines()[1:] == ["Did you mean 'shop.mart.orders'?"]


def test_it_speaks_japanese(shown: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    assert run(["quality"]) == 0
    listed = shown.readouterr().out
    assert "不合格" in listed
    assert "1000 以上" in listed
    assert run(["quality", "unique_id"]) == 0
    assert "1000 以上" in shown.readouterr().out
