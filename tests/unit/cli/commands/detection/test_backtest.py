"""`hinomi backtest` on a stored history."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from cli.app import run
from db.engine import make_engine
from db.schema_db.store import SchemaStore
from shared.history import MetricPoint
from tests.support.history import series
from tests.support.runs import keep

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(autouse=True)
def stored(schema_sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A series that was at 9 for twenty minutes."""
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", schema_sqlite_url)
    engine = make_engine(schema_sqlite_url)
    values = [1.0] * 6 + [9.0] * 4 + [1.0] * 6
    times = [NOW - timedelta(minutes=5 * (20 - at)) for at in range(len(values))]
    keep(SchemaStore(engine), [MetricPoint(series(), time, value) for time, value in zip(times, values, strict=True)])
    engine.dispose()


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert run(["backtest", *arguments]) == code
    captured = capsys.readouterr()
    return " ".join((captured.out + captured.err).split())


def test_a_limit_is_tried_on_the_history(capsys: pytest.CaptureFixture[str]) -> None:
    found = printed(capsys, "*slots*", "--above", "5", "--for", "20m")
    assert found.startswith("1 incident of 1 series in 13 days. 1 bigquery.googleapis.com/slots/allocated")
    assert found.endswith("20 min up to 9")
    assert printed(capsys, "*slots*", "--above", "5", "--for", "21m") == "0 incidents of 1 series in 13 days."
    (row,) = json.loads(printed(capsys, "*slots*", "--below", "2", "--json"))
    assert [each["extreme"] for each in row["breaches"]] == [1, 1]


def test_what_cannot_be_tried_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert "use either --above or --below" in printed(capsys, "*", code=2)
    assert "use either --above or --below" in printed(capsys, "*", "--above", "1", "--below", "2", code=2)
    assert "No stored metric matches 'x': the performance pages" in printed(capsys, "x", "--above", "1")
    assert "did you mean 'bigquery.googleapis.com/slots/allocated'?" in printed(
        capsys, "slots/alocated", "--above", "1"
    )


def test_times_are_in_the_zone_of_the_reader(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HINOMI_TIMEZONE", "Asia/Tokyo")
    found = printed(capsys, "*slots*", "--above", "5", "--for", "20m")
    assert " JST 20 min up to 9" in found
    assert "UTC" not in found
