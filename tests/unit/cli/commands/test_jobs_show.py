"""`hinomi jobs show`: the tasks of the latest run, and the jobs downstream and upstream."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.app import run
from collectors.metrics_analysis.sigma import artifact
from db.engine import make_engine
from db.schema_db.store import SchemaStore
from insights.jobs.expectations_file import compile_expectations
from shared.config import ROOT
from shared.history import JobRunRow
from shared.model import JobState
from tests.support.runs import keep

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ESCAPE = "\x1b[31m"


@pytest.fixture
def history(schema_sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A DAG with two tasks whose query feeds a report, for a week."""
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", schema_sqlite_url)
    monkeypatch.setenv("COLUMNS", "160")
    now = datetime.now(UTC)
    rows = [row for ago in range(7) for row in made(now - ago * DAY - 90 * MINUTE, ago)]
    engine = make_engine(schema_sqlite_url)
    keep(SchemaStore(engine), rows)
    engine.dispose()


def made(start: datetime, ago: int) -> list[JobRunRow]:
    def of(
        service: str, name: str, begin: int, end: int, parent: str = "", target: str = "", source: str = ""
    ) -> JobRunRow:
        return JobRunRow(
            service, "etl", f"{parent or name}-{ago}/{name}" if parent else f"{name}-{ago}", name, JobState.SUCCEEDED,
            parent=f"{parent}-{ago}" if parent else "", start_at=start + begin * MINUTE, end_at=start + end * MINUTE,
            destination=target, sources=[source] if source else [],
        )  # fmt: skip

    return [
        of("airflow", "load", 0, 30),
        of("airflow", "load.extract", 0, 10, "load"),
        of("airflow", "load.merge", 11, 30, "load"),
        of("bigquery", "airflow:load.merge", 12, 29, target="p.d.mart", source="p.d.raw"),
        of("bigquery", f"report{ESCAPE}", 40, 45, target="p.d.report", source="p.d.mart"),
    ]


@pytest.mark.usefixtures("history")
def test_show_has_the_tasks_with_the_critical_path_and_the_hops(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["jobs", "show", "load"]) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    tasks = shown[shown.index("Tasks of the latest run") : shown.index("Downstream, by hop")]
    assert [word for word in ("extract", "1/2", "merge", "2/2") if word not in tasks] == []
    assert "p.d.mart" in shown[shown.index("Downstream, by hop") :]
    assert run(["jobs", "show", "load", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["critical_path"] == ["extract", "merge"]
    assert [(each["hop"], each["tables"], each["state"]) for each in found["downstream"]] == [(1, ["p.d.mart"], "well")]
    assert found["upstream"] == []
    assert len(found["days"]) >= 7


@pytest.mark.usefixtures("history")
def test_show_has_what_is_expected_of_the_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "expectations.yaml").write_text(
        "expectations:\n- {job: load, finish_by: [06:00, {time: 09:00, days: mon}]}\n"
    )
    expectations = compile_expectations(tmp_path, [])
    artifact.write(tmp_path, {**artifact.load(ROOT / "rules"), "expectations": expectations})
    monkeypatch.setenv("HINOMI_RULES_DIR", str(tmp_path))
    assert run(["jobs", "show", "load"]) == 0
    assert "rules/expectations.yaml: a success by 06:00 (other days), 09:00 (Mondays)" in capsys.readouterr().out


def test_show_says_that_the_job_moved_to_another_time(
    schema_sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", schema_sqlite_url)
    now = datetime.now(UTC)
    engine = make_engine(schema_sqlite_url)
    rows = [made(now - ago * DAY - (90 if ago < 3 else 390) * MINUTE, ago)[0] for ago in range(9)]
    keep(SchemaStore(engine), rows)
    engine.dispose()
    assert run(["jobs", "show", "load"]) == 0
    assert "moved from about " in capsys.readouterr().out
    assert run(["jobs", "show", "load", "--json"]) == 0
    (move,) = json.loads(capsys.readouterr().out)["moved"]
    assert datetime.fromisoformat(move["since"]) == now - 2 * DAY - 90 * MINUTE
