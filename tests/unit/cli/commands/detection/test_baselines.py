"""`hinomi baselines` on a stored history."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from cli.app import run
from db.engine import make_engine
from db.schema_db.models import Snapshot
from db.schema_db.store import SchemaStore
from shared.history import MetricPoint
from tests.support.history import series
from tests.support.learned_bands import keep_band, number_of
from tests.support.runs import keep

METRIC = "bigquery.googleapis.com/slots/allocated"
NOW = datetime.now(UTC)


@pytest.fixture
def stored(schema_sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A series with one alarm two days ago."""
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", schema_sqlite_url)
    engine = make_engine(schema_sqlite_url)
    store, odd = SchemaStore(engine), NOW - timedelta(days=2)
    keep(store, [MetricPoint(series(), odd, 520.0)])
    keep_band(store, number_of(store, METRIC), (100.0, 200.0), NOW, [(odd, 520.0, 3.5)])
    engine.dispose()
    return schema_sqlite_url


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert run(["baselines", *arguments]) == code
    captured = capsys.readouterr()
    return " ".join((captured.out + captured.err).split())


@pytest.mark.usefixtures("stored")
def test_a_metric_is_staged_then_watched_and_unwatched_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        "1 alarm from 1 series in 90 days; with a budget of 0.1 a week per series, about 0.2 may be false."
        in printed(capsys, "staged")
    )
    (row,) = json.loads(printed(capsys, "staged", "--json"))
    assert (row["series"]["metric"], row["alarms"][0]["value"], row["watch"]) == (METRIC, 520, None)
    assert printed(capsys, "staged", "--metric", "pubsub*").startswith("0 alarms from 1 series")
    assert "No metrics are watched" in printed(capsys, "list")
    found = printed(
        capsys, "watch", "bigquery.*", "--label", "reservation=r*", "--severity", "high", "--reason", "quota"
    )
    assert "matching series: 1 (watch 1). In the last 90 days there would have been 1 alarm" in found
    (choice,) = json.loads(printed(capsys, "list", "--json"))
    assert (choice["labels"], choice["severity"], choice["reason"]) == ({"reservation": "r*"}, "high", "quota")
    assert json.loads(printed(capsys, "staged", "--json"))[0]["watch"]["id"] == 1
    printed(capsys, "watch", "bigquery.*", "--label", "reservation=r*", "--budget", "0.5")
    assert [each["id"] for each in json.loads(printed(capsys, "list", "--json"))] == [2]
    assert "Watch 2 has ended" in printed(capsys, "unwatch", "2")
    assert "watch 2 does not exist" in printed(capsys, "unwatch", "2", code=2)


@pytest.mark.usefixtures("stored")
def test_a_pattern_that_matches_nothing_is_kept_and_a_bad_label_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "watch", "pubsub.*").endswith(
        "No stored series matches yet: the watch applies when one does."
    )
    near = "Did you mean 'bigquery.googleapis.com/slots/allocated'?"
    assert near in printed(capsys, "watch", "slots/alocated")
    assert "'reservation' is not NAME=PATTERN" in printed(capsys, "watch", "x", "--label", "reservation", code=2)


def test_nothing_learned_is_not_good_news(
    schema_sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", schema_sqlite_url)
    engine = make_engine(schema_sqlite_url)
    with SchemaStore(engine).transaction() as session:
        session.add(Snapshot(collector="pubsub.performance", scope="p", slot=NOW, started_at=NOW, state="done"))
    engine.dispose()
    assert "No series is learned yet" in printed(capsys, "staged")
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    assert "学習済みの系列はまだありません" in printed(capsys, "staged")


@pytest.mark.usefixtures("stored")
def test_a_narrow_terminal_cuts_no_name_and_the_severity_is_translated(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    printed(capsys, "watch", METRIC, "--label", "reservation=projects/example-project/locations/US/reservations/etl")
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    assert run(["baselines", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"1 {METRIC}"
    assert "reservation=projects/example-project/locations/US/reservations/etl" in [
        line.split()[-1] for line in lines[1:] if line
    ]
    assert [line.split() for line in lines if "重大度" in line] == [["重大度", "中"]]
    assert run(["baselines", "staged"]) == 0
    assert METRIC in capsys.readouterr().out
