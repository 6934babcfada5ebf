"""The function as Cloud Scheduler calls it, through the real framework."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import functions_framework
import pytest

pytestmark = pytest.mark.usefixtures("copied_on_first_use")

ROOT = Path(__file__).resolve().parents[3]
SLOT = {"X-CloudScheduler-ScheduleTime": "2026-11-23T10:00:00Z"}


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The function on a Schema DB that does not exist yet, without a project."""
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", f"sqlite:///{tmp_path / 'schema.db'}")
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", f"sqlite:///{tmp_path / 'error.db'}")
    app = functions_framework.create_app(  # type: ignore[no-untyped-call]
        "history_analysis", str(ROOT / "main.py"), "http"
    )
    with app.test_client() as client:
        yield client


def test_the_first_call_creates_the_tables_and_succeeds(
    client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["main"], "_now", lambda: datetime(2026, 11, 23, 10, 0, 5, tzinfo=UTC))
    for _ in range(2):
        answer = client.post("/", headers=SLOT)
        assert (answer.status_code, answer.content_type) == (200, "application/json")
        (outcomes, failures) = json.loads(answer.data).values()
        assert (sum(outcomes.values()), failures) == (6, [])
    assert (tmp_path / "schema.db").exists()
    assert (tmp_path / "error.db").exists()  # forecasts are compared with limits in whatever hour the first call comes


def test_collectors_may_be_named(client: Any) -> None:
    answer = client.post("/", json={"collectors": ["bigquery"]})
    assert json.loads(answer.data) == {"outcomes": {}, "failures": []}


def test_an_invalid_body_is_rejected(client: Any) -> None:
    assert client.post("/", json={"collectors": ["nonsense"]}).status_code == 400


def test_a_call_is_retried_while_the_schema_db_is_unavailable(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", "postgresql+psycopg://hinomi@127.0.0.1:1/none")
    monkeypatch.setattr(sys.modules["main"], "_application", None)
    assert client.post("/").status_code == 500
