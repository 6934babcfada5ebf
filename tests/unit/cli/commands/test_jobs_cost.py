"""`hinomi jobs` and `hinomi cost` on a small history."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cli.app import run
from cli.views.jobs import seconds
from db.engine import make_engine
from db.schema_db.store import SchemaStore
from shared.history import JobRunRow
from shared.model import JobState
from tests.support.runs import keep

MINUTE = timedelta(minutes=1)


@pytest.fixture
def history(schema_sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A load that has become slower for a week, failed yesterday, and waited today."""
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", schema_sqlite_url)
    monkeypatch.setenv("COLUMNS", "160")
    engine = make_engine(schema_sqlite_url)
    keep(SchemaStore(engine), [made(day) for day in range(20)])
    engine.dispose()


def made(day: int) -> JobRunRow:
    start = datetime.now(UTC) - timedelta(days=day, hours=1)
    return JobRunRow(
        service="bigquery",
        project="example-project",
        run_id=f"job-{day}",
        job_name="load",
        state=JobState.FAILED if day == 1 else JobState.SUCCEEDED,
        created_at=start - MINUTE * (10 if day == 0 else 0),
        start_at=start,
        end_at=start + MINUTE * (9 if day < 7 else 1),
        principal="etl@example.com\x1b[31m",
        labels={"team": "sales"},
        bytes_billed=2**40,
        error="notFound: x" if day == 1 else "",
    )


def as_json(capsys: pytest.CaptureFixture[str], *args: str) -> Any:
    assert run([*args, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def text(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert run(args) == 0
    return capsys.readouterr().out


@pytest.mark.usefixtures("history")
def test_slow_shows_now_before_and_the_number_of_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (job,) = as_json(capsys, "jobs", "slow")
    assert (job["job_name"], job["runs"], job["past_runs"]) == ("load", 6, 13)
    shown = text(capsys, "jobs", "slow")
    assert [part for part in ("9 min", "1 min", "x 9.0", "6 / 13") if part not in shown] == [], shown


@pytest.mark.usefixtures("history")
def test_failing_shows_how_often_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert [job["failed"] for job in as_json(capsys, "jobs", "failing")] == [1]
    shown = text(capsys, "jobs", "failing")
    assert "1 of 7" in shown
    assert "notFound: x" in shown


@pytest.mark.usefixtures("history")
def test_show_has_days_and_runs_and_no_escape_of_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    shown = text(capsys, "jobs", "show", "load")
    assert "job-0" in shown
    assert "\x1b" not in shown
    assert len(as_json(capsys, "jobs", "show", "load")["days"]) == 20


@pytest.mark.usefixtures("history")
def test_a_task_that_runs_no_queries_is_found_by_the_name_that_its_queries_would_have(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert as_json(capsys, "jobs", "show", "airflow:load") == as_json(capsys, "jobs", "show", "load")
    assert run(["jobs", "show", "airflow:nothing"]) == 2
    assert "no job is named 'airflow:nothing'" in capsys.readouterr().err


@pytest.mark.usefixtures("history")
def test_the_list_shows_every_job_with_its_state(capsys: pytest.CaptureFixture[str]) -> None:
    (job,) = as_json(capsys, "jobs", "list")
    assert (job["job"], job["state"], job["runs"], job["failed"]) == ("load", "slow", 20, 1)
    assert job["usual_interval_seconds"] == 86_400
    shown = text(capsys, "jobs", "list", "LOA", "--state", "slow")
    assert [part for part in ("slow", "load", "1 of 20", "43.75", "bigquery") if part not in shown] == [], shown
    assert text(capsys, "jobs", "list", "--state", "failing").startswith(
        "No job matches: 1 job ran in the last 35 days"
    )


@pytest.mark.usefixtures("history")
def test_a_state_is_filtered_by_the_word_that_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    shown = text(capsys, "jobs", "list", "--state", "healthy", "--state", "slow")
    assert ("slow" in shown, "load" in shown) == (True, True)
    assert run(["jobs", "list", "--state", "well"]) == 2
    assert "use failing, missing, slow, running, learning, healthy, stopped" in capsys.readouterr().err


def test_an_unknown_command_lists_the_few_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cost", "zzz"]) == 2
    assert "no command 'zzz': use waiting, by (see" in capsys.readouterr().err


@pytest.mark.usefixtures("history")
def test_an_unknown_job_is_invalid_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["jobs", "show", "nothing"]) == 2
    assert "no job is named 'nothing': `hinomi jobs list` lists the jobs" in capsys.readouterr().err
    assert run(["jobs", "show", "loda"]) == 2
    assert capsys.readouterr().err == "hinomi: no job is named 'loda': did you mean 'load'?\n"
    assert text(capsys, "jobs", "list", "loda").splitlines()[-1] == "Did you mean 'load'?"


@pytest.mark.usefixtures("history")
def test_an_unknown_service_is_answered_with_those_that_have_jobs(capsys: pytest.CaptureFixture[str]) -> None:
    assert text(capsys, "jobs", "slow", "--service", "bigqery") == (
        "No job of a service 'bigqery' is on record: did you mean 'bigquery'?\n"
    )
    shown = text(capsys, "jobs", "failing", "--service", "zzz")
    assert shown.startswith("No job of a service 'zzz' is on record: use 'airflow', 'bigquery',")


@pytest.mark.usefixtures("history")
def test_an_unknown_label_is_answered_with_the_labels_of_the_jobs(capsys: pytest.CaptureFixture[str]) -> None:
    assert text(capsys, "cost", "by", "label", "--key", "zzz") == (
        "No BigQuery job of the last 30 days has the label 'zzz'. Did you mean 'team'?\n"
    )


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(
    ("args", "key"), [(("user",), "etl@example.com\x1b[31m"), (("job",), "load"), (("label", "--key", "team"), "sales")]
)
def test_cost_is_by_whatever_is_asked(capsys: pytest.CaptureFixture[str], args: tuple[str, ...], key: str) -> None:
    (line,) = as_json(capsys, "cost", "by", *args, "--days", "7")
    assert (line["key"], line["price"], line["previous_price"]) == (key, 7 * 6.25, 7 * 6.25)
    assert "Prices: $6.25 per TiB billed on demand, $0.06 per slot-hour" in text(
        capsys, "cost", "by", *args, "--days", "7"
    )


@pytest.mark.usefixtures("history")
def test_the_price_is_a_setting(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HINOMI_PRICE_PER_TIB", "1.5")
    assert as_json(capsys, "jobs", "costly")[0]["price"] == 7 * 1.5


@pytest.mark.usefixtures("history")
def test_waiting_says_from_when_to_when(capsys: pytest.CaptureFixture[str]) -> None:
    assert "load waited from" in text(capsys, "cost", "waiting", "job-0")
    assert "load waited from" in text(capsys, "cost", "waiting", "job-0", "--project", "example-project")
    assert run(["cost", "waiting", "job-0", "--project", "other"]) == 2
    assert run(["cost", "waiting", "nothing"]) == 2


@pytest.mark.usefixtures("history")
def test_an_empty_list_names_what_was_searched(capsys: pytest.CaptureFixture[str]) -> None:
    last = "The latest run on record started 60 min ago.\n"
    assert text(capsys, "jobs", "slow", "--service", "airflow").startswith("No snapshots yet")
    assert text(capsys, "jobs", "failing", "--days", "1") == f"No job failed: 1 job ran in the last day. {last}"
    assert text(capsys, "jobs", "slow", "--days", "3") == (
        f"No job is slower than before: 1 job ran in the last 3 days, compared with the 12 days before. {last}"
    )
    assert text(capsys, "jobs", "slow", "--days", "40").startswith("Nothing to compare with yet: the history of jobs")


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "–"), (4.24, "4.24 s"), (59.99, "1 min"), (725, "12 min 5 s"), (12_000, "3 h 20 min")],
)
def test_a_duration_reads_well(value: float | None, shown: str) -> None:
    assert seconds(value) == shown
