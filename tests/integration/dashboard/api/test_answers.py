"""Answers of the API from the Schema DB about jobs, performance, cost and access; about rules, reports and Hinomi itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from db.schema_db.write.deadlines import write_deadlines
from insights.cost.spending import TIB
from shared.history import BindingEntry, DeadlineState, JobDeadlineRow, JobRunRow, MetricPoint
from shared.model import JobState
from tests.support import access_world as world
from tests.support import history
from tests.support.api_client import ApiClient, new_token
from tests.support.dashboard import NOW, SETTINGS, Dashboard
from tests.support.drift_world import MAP
from tests.support.findings import finding
from tests.support.learned_bands import keep_band
from tests.support.runs import keep

pytestmark = pytest.mark.sqlite

DAY = timedelta(days=1)
JOB: dict[str, Any] = {"service": "bigquery", "project": "example-project", "name": "load"}


def run(ago: timedelta, state: JobState = JobState.SUCCEEDED, **changes: Any) -> JobRunRow:
    start = NOW - ago
    values: dict[str, Any] = {
        "created_at": start,
        "start_at": start,
        "end_at": start + DAY / 24,
        "principal": "etl@example.com",
    } | changes
    return JobRunRow("bigquery", "example-project", f"r-{start}-{values['principal']}", "load", state, **values)


@pytest.fixture
def filled(dashboard: Dashboard) -> ApiClient:
    """A daily job with cost whose latest run failed, a CPU above its limit, and an incident."""
    runs = [run(DAY * back, bytes_billed=TIB, labels={"team": "core"}) for back in range(1, 30)]
    keep(dashboard.schema_store, [*runs, run(DAY / 4, JobState.FAILED, error="<b>boom</b>")])
    cpu = {"metric": "cloudsql.googleapis.com/database/cpu/utilization", "unit": "10^2.%", "service": "cloud_sql"}
    times = [NOW - timedelta(minutes=5 * step) for step in range(1, 40)]
    keep(dashboard.schema_store, [MetricPoint(history.series(1, **cpu), time, 0.95) for time in times])
    with dashboard.error_store.transaction(NOW) as transaction:
        transaction.record(replace(finding(), time=NOW), redact=())
    return ApiClient(dashboard.local(), new_token(dashboard.error_store))


def test_jobs_have_their_state_and_their_runs_in_pages(filled: ApiClient) -> None:
    (job,) = filled.get("/jobs", health=["failing"])["items"]
    assert (job["name"], job["health"], job["failed_in_a_row"], job["price"] > 0) == ("load", "failing", 1, True)
    assert filled.get("/jobs/one", **JOB)["usual_seconds"] == 3600
    assert filled.get("/jobs", q="nothing") == {"items": [], "total": 0, "next_cursor": None}
    assert filled.get("/jobs/one", 404, **JOB | {"name": "x"})["detail"] == "No run of the job x is known."
    first = filled.get("/jobs/runs", **JOB, limit=20)
    second = filled.get("/jobs/runs", **JOB, limit=20, before=first["next_before"])
    assert first["items"][0]["error"] == "<b>boom</b>"
    assert len({each["run_id"] for each in (*first["items"], *second["items"])}) == 30
    assert second["next_before"] is None
    assert filled.get("/jobs/gaps", days=7)["has_history"] is True


def test_deadlines_are_those_of_the_last_check(filled: ApiClient, dashboard: Dashboard) -> None:
    row = JobDeadlineRow(
        "airflow", "etl", "load", NOW + DAY / 24, DeadlineState.ON_TIME, known_until=NOW, seen_at=NOW, chance=0.07
    )
    with dashboard.schema_store.transaction() as session:
        write_deadlines(session, [row, replace(row, job_name="past", order_at=NOW - DAY / 24)], NOW)
    (item,) = filled.get("/jobs/deadlines", service="airflow")["items"]
    assert (item["job_name"], item["state"], item["chance"]) == ("load", "on_time", 0.07)
    assert filled.get("/jobs/deadlines", service="bigquery") == {"items": []}


def test_a_measure_has_its_limit_its_expected_range_and_its_points(filled: ApiClient, dashboard: Dashboard) -> None:
    (series,) = filled.get("/performance/series", q="cpu util")["items"]
    assert (series["value"], series["limit"], series["is_beyond"]) == (0.95, 0.9, True)
    path, period = f"/performance/series/{series['id']}/points", dict[str, Any](start="2026-11-25T12:00:00Z")
    found = filled.get(path, **period, end="2026-11-26T03:00:00+09:00", most=5)
    assert (found["level"], len(found["points"]) <= 5) == ("sample", True)
    assert filled.get(path, 400, **period, end="2026-11-25T12:00:00Z")["errors"][0]["field"] == "end"
    keep_band(dashboard.schema_store, series["id"], (0.2, 0.5), NOW, [(NOW - timedelta(minutes=5), 0.95, 3.0)])
    last = filled.get(path, **period, end="2026-11-26T00:00:00Z")["points"][-1]
    assert (last["expected_low"], last["expected_high"]) == (0.2, 0.5)
    assert last["p_value"] == pytest.approx(0.063 / 2016)
    assert filled.get("/performance/series/99/points", 404, **period, end="2026-11-25T13:00:00Z")


def test_cost_is_divided_and_a_day_is_explained(filled: ApiClient) -> None:
    (line,) = filled.get("/cost", days=7)["items"]
    assert (line["key"], line["price"]) == ("etl@example.com", 7 * 6.25)
    assert filled.get("/cost", by="label", label="team")["items"][0]["key"] == "core"
    assert filled.get("/cost", 400, by="label", label='x") OR 1=1 --')["errors"][0]["field"] == "label"
    assert filled.get("/cost/day", day="2026-11-24", by="job")["whole"]["price"] == 6.25
    assert filled.get("/cost/day", 400, day="2026-11-27")["errors"][0]["field"] == "day"
    assert filled.get("/cost/waits", days=90) == {"items": []}


def test_rules_reports_channels_and_hinomi_itself_are_described(filled: ApiClient) -> None:
    (rule,) = filled.get("/rules", fired="true")["items"]
    assert (rule["name"], rule["fired"]) == ("bigquery/job_failed", 1)
    first = filled.get("/rules", limit=1)
    assert filled.get("/rules", limit=1, cursor=first["next_cursor"])["items"] != first["items"]
    assert filled.get("/reports", frequency="daily", day="2026-11-26")["values"]["figures"]["opened"] == 1
    assert filled.get("/health")["is_well"] is True
    assert filled.get("/channels")["items"] == []
    assert filled.get("/handler-rules") == {"items": [], "version": None}
    assert filled.get("/handler-rules/versions")["items"] == []


def test_access_is_answered_at_a_time_with_intent_and_command(dashboard: Dashboard, tmp_path: Path) -> None:
    with dashboard.schema_store.transaction() as session:
        world.roles(session)
        world.members(session, world.ANALYSTS, world.ALICE)
        analysts = BindingEntry(world.DATA_VIEWER, world.ANALYSTS)  # before Bob by name, and intended
        bound = {world.BUCKET: [BindingEntry(world.VIEWER, world.BOB)], world.DATASET: [analysts]}
        world.see(session, 1, world.OLD, {world.BUCKET: []})
        world.see(session, 2, world.NOW - 100 * world.DAY, bound)
        world.see(session, 3, world.NOW, bound)
        world.logged(session, "*")
        world.act(session, world.ALICE, 2)
    (tmp_path / "map.yaml").write_text(MAP)
    at = replace(dashboard, clock=lambda: world.NOW)
    expires = world.NOW + DAY
    token = new_token(dashboard.error_store, expires_at=expires)
    api = ApiClient(at.local(replace(SETTINGS, platform_file=str(tmp_path / "map.yaml"))), token)
    (holder,) = api.get("/access/resource", resource="gs://example-raw")["holders"]
    assert (holder["principal"], holder["intent"], holder["usage"]["state"]) == (world.BOB, "unintended", "unused")
    assert "remove-iam-policy-binding" in holder["grants"][0]["revoke_command"]
    assert api.get("/access/resource", resource="gs://example-raw", may="admin")["holders"] == []
    assert api.get("/access/resource", resource="gs://example-raw", at="2026-01-01T00:00:00Z")["holders"] == []
    (row,) = api.get("/access/matrix", project="example-project", principals="bob")["principals"]
    (cell,) = row["cells"]
    assert (row["principal"], cell["level"], cell["intent"]) == (holder["principal"], "read", holder["intent"])
    assert (cell["usage"], cell["ended_at"], len(cell["grants"])) == (holder["usage"], None, 1)
    (grant,) = api.get("/access/principal", principal="bob@example.com")["grants"]
    assert (grant["reached"], grant["lost"]) == (1, 1)
    unused = api.get("/access/unused", limit=1)["items"][0]
    assert (unused["member"], unused["intent"]) == (world.BOB, "unintended")
    gained = api.get("/access/differences", resource="gs://example-raw", since="2026-01-01T00:00:00Z")
    assert [(each["principal"], each["change"], each["before"]) for each in gained["items"]] == [
        (world.BOB, "added", None)
    ]
    lost = api.get(
        "/access/differences",
        resource="gs://example-raw",
        since=f"{world.NOW:%Y-%m-%dT%H:%M:%SZ}",
        at="2026-01-01T00:00:00Z",
    )
    assert [(each["change"], each["after"]) for each in lost["items"]] == [("removed", None)]
    for asked in ({"resource": "gs://example-raw"}, {"principal": "alice@example.com"}):
        (called,) = api.get("/access/calls", 200, days="90", **asked)["items"]
        assert (called["principal"], called["method"], called["count"]) == (
            "alice@example.com",
            "storage.objects.get",
            1,
        )
    for asked in ({}, {"resource": "gs://example-raw", "principal": "bob@example.com"}):
        assert "either" in api.get("/access/calls", 400, **asked)["detail"]
    assert api.get("/access/drift", lang="ja")["unintended_total"] == 1
    assert ApiClient(at.local(), token).get("/access/drift", 409)["detail"].startswith("There is no platform map")


def test_a_database_that_does_not_answer_is_a_problem_and_never_an_empty_list(
    api: ApiClient, dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shared.errors import TransientError

    def unavailable(*_: Any) -> None:
        raise TransientError("connection refused")

    monkeypatch.setattr(dashboard.schema_store, "reading", unavailable)
    assert api.get("/jobs", 503)["detail"] == "connection refused"
    assert api.get("/health")["collectors"] is None
    monkeypatch.setattr(dashboard.schema_store, "reading", lambda: 1 / 0)
    assert "ZeroDivisionError" not in str(api.get("/jobs", 500))
