"""The page Now: the verdict, the flow with its states, services, and whether Hinomi itself works."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from db.error_db.models import Channel
from db.schema_db.models import Snapshot
from db.schema_db.write.deadlines import write_deadlines
from db.schema_db.write.rows import write
from shared.errors import TransientError
from shared.history import DeadlineState, JobDeadlineRow, JobRunRow
from shared.model import JobState
from tests.support.dashboard import NOW, SETTINGS, Dashboard
from tests.support.findings import finding

pytestmark = pytest.mark.sqlite

MAP = """
layers:
  raw: {owner: 'group:data-engineers@example.com', datasets: ['example-project.raw']}
  mart: {owner: 'group:analytics@example.com', datasets: ['example-project.mart']}
personas:
  admin: {members: ['group:admins@example.com'], access: [{layers: ['*'], may: admin}]}
"""


def run(job: str, target: str, *sources: str) -> JobRunRow:
    start = NOW - timedelta(hours=2)
    return JobRunRow(
        service="bigquery", project="example-project", run_id=job, job_name=f"airflow:{job}", state=JobState.SUCCEEDED,
        created_at=start, start_at=start, end_at=start + timedelta(minutes=5), principal="etl@example.com",
        destination=f"example-project.{target}", sources=[f"example-project.{each}" for each in sources],
    )  # fmt: skip


@pytest.fixture
def watched(dashboard: Dashboard) -> Dashboard:
    """A platform with a flow from raw to mart, and a collector with a finished run."""
    times = dict.fromkeys(("slot", "started_at", "taken_at", "finished_at"), NOW - timedelta(minutes=15))
    snapshot = Snapshot(
        collector="bigquery.jobs", scope="example-project", state="done", row_count=1, api_calls=1, **times
    )
    with dashboard.schema_store.transaction() as session:
        session.add(snapshot)
        write(session, 1, [run("load", "raw.orders"), run("merge", "mart.sales", "raw.orders", "_tmp.x", "mart.sales")])
    return dashboard


def fail(dashboard: Dashboard, **changes: Any) -> None:
    made = replace(finding(), time=NOW - timedelta(minutes=41), **changes)
    with dashboard.error_store.transaction(NOW) as transaction:
        transaction.record(made, redact=())


def end(dashboard: Dashboard, number: int) -> None:
    with dashboard.error_store.transaction(NOW) as transaction:
        transaction.resolve(number, reason="no failure for an hour", time=NOW, by="quiet")


def test_an_empty_installation_is_not_called_well(dashboard: Dashboard) -> None:
    page = dashboard.local().read("/")
    assert "Nothing has been recorded yet." in page
    assert "hinomi doctor" in page
    assert "Delay no event in 24 hours" in page
    assert "is well" not in page


def test_without_incidents_the_platform_is_well_if_hinomi_sees_it(watched: Dashboard) -> None:
    fail(watched)
    with watched.error_store.transaction(NOW) as transaction:
        transaction.resolve(1, reason="the job ran again", time=NOW - timedelta(minutes=30), by="repair")
    page = watched.local().read("/")
    assert "Nothing needs you. The platform is healthy." in page
    assert "Job daily_load failed: Table not found repaired after 11 min 02:42" in page
    with watched.error_store.transaction(NOW) as transaction:
        transaction.session.add(
            Channel(name="teams:data", failures=3, broken_since=NOW, next_at=NOW, full_at=NOW, reason="HTTP 404")
        )
    broken = watched.local().read("/")
    assert "Nothing needs you. Hinomi itself has a problem." in broken
    assert "teams:data accepts no messages: HTTP 404" in broken


def test_what_is_broken_stands_in_the_flow_with_its_owner(watched: Dashboard, tmp_path: Path) -> None:
    (tmp_path / "platform.yaml").write_text(MAP, encoding="utf-8")
    fail(watched, resource="airflow:merge", summary="merge failed")
    visitor = watched.local(replace(SETTINGS, platform_file=str(tmp_path / "platform.yaml")))
    page = visitor.read("/?flow=table")
    assert "1 thing needs you. The rest of the platform is healthy." in page
    assert "failed example-project.mart mart analytics@example.com 1 01:17" in page
    assert "healthy example-project.raw raw data-engineers@example.com 1 01:17" in page
    assert "failed mart 1 of 1 parts with an incident · analytics@example.com" in page
    assert "healthy raw 1 part, no incident · data-engineers@example.com" in page
    picture = visitor.open("/").text
    assert picture.count('class="rail ') == 2  # once for each width
    assert 'class="name hot"' in picture
    assert "BigQuery 1 open" in visitor.read("/")


def test_a_map_that_cannot_be_read_and_no_map_leave_the_order_of_the_data(watched: Dashboard) -> None:
    for file in ("", "/nowhere/platform.yaml"):
        page = watched.local(replace(SETTINGS, platform_file=file)).read("/")
        assert page.index("Step 1") < page.index("Step 2")


def test_without_the_schema_db_the_rest_stays_and_nothing_is_called_well(
    watched: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable() -> None:
        raise TransientError("connection refused")

    fail(watched)
    visitor = watched.local()
    monkeypatch.setattr(watched.schema_store, "reading", unavailable)
    page = visitor.read("/")
    assert "1 thing needs you. Hinomi itself has a problem." in page
    assert "The flow is unknown" in page
    assert "Collectors unknown" in page


def test_at_most_five_needs_are_shown_and_the_update_has_no_frame(dashboard: Dashboard) -> None:
    for number in range(7):
        fail(dashboard, fingerprint=f"f{number}", event_key=f"e{number}", rule=f"custom/rule_{number}")
    visitor = dashboard.local()
    assert visitor.open("/").text.count('class="need"') == 5
    assert "All open incidents (7)" in visitor.read("/")
    assert "<html" not in visitor.open("/?part=live").text


def test_incidents_of_one_rule_leave_room_for_others(dashboard: Dashboard) -> None:
    fail(dashboard, fingerprint="other", event_key="other", rule="storage/bucket_deleted")
    for number in range(7):
        fail(dashboard, fingerprint=f"f{number}", event_key=f"e{number}", resource=f"job-{number}")
    page = dashboard.local().open("/").text
    assert page.count('class="need"') == 2
    assert '/incidents?state=open&amp;rule=bigquery/job_failed">6 more from bigquery/job_failed' in page
    for number in range(2, 7):
        end(dashboard, number)
    page = dashboard.local().open("/").text
    assert page.count('class="need"') == 3
    assert '/incidents?state=resolved&amp;rule=bigquery/job_failed">4 more from bigquery/job_failed' in page


def test_jobs_that_will_be_late_are_listed_with_their_deadlines(watched: Dashboard) -> None:
    fields = {
        "latest_usual_end": (NOW + timedelta(minutes=30)).isoformat(),
        "expected_end": (NOW + timedelta(minutes=80)).isoformat(),
        "chance_of_late": 0.93,
    }
    names = {"rule": "jobs/run_late", "resource": "airflow:merge", "labels": {"job": "airflow:merge"}}
    fail(watched, **names, fields=fields, elements={"held_up_by": [{"job": "airflow:load", "state": "failed"}]})
    page = watched.local().read("/")
    assert "late airflow:merge 04:32 by 03:42 93 % sure to be late, waits for airflow:load" in page.replace(
        "will be ", ""
    )
    assert "遅延の確度 93 %、airflow:load の完了待ち" in watched.local().read("/?lang=ja")
    assert "ends about" in watched.local().read("/jobs")
    with watched.error_store.transaction(NOW) as transaction:
        transaction.resolve(1, reason="it ended", time=NOW, by="repair")
    assert "No deadline in the next 24 hours is known." in watched.local().read("/")


def keep_deadlines(dashboard: Dashboard, *rows: JobDeadlineRow, seen_at: datetime = NOW) -> None:
    with dashboard.schema_store.transaction() as session:
        write_deadlines(session, [replace(row, seen_at=seen_at) for row in rows], seen_at)


def deadline(name: str, minutes: int, **values: Any) -> JobDeadlineRow:
    """The next run of a job, with a deadline in the given number of minutes; it was evaluated three minutes ago."""
    by, usual = NOW + timedelta(minutes=minutes), NOW + timedelta(minutes=minutes - 30)
    times: dict[str, Any] = {"usual_end": usual, "expected_end": usual, "deadline_at": by}
    fields: dict[str, Any] = {
        "state": DeadlineState.ON_TIME,
        "known_until": NOW - timedelta(minutes=3),
        "seen_at": NOW,
        "runs": 25,
    }
    return JobDeadlineRow("airflow", "etl", name, by, **fields | times | values)


def test_the_next_deadlines_are_listed_with_their_states(watched: Dashboard) -> None:
    late: dict[str, Any] = {"state": DeadlineState.LATE, "expected_end": NOW + timedelta(minutes=90), "chance": 0.82}
    learning = {"state": DeadlineState.LEARNING, "usual_end": None, "deadline_at": None, "runs": 3}
    stale = {"known_until": NOW - timedelta(hours=4)}
    keep_deadlines(
        watched,
        deadline("load", 60, chance=0.18),
        deadline("merge", -5, **late),
        deadline("export", 120, is_running=True),
        deadline("features", 200, **learning),
        deadline("ended", -5),
        deadline("unread", 60, **stale),
    )
    page = watched.local().read("/")
    listed = page[page.index("Next deadlines") :]
    assert "will be late merge 04:42 by 03:07 82 % sure to be late on time load 03:42 by 04:12 18 % chance" in listed
    assert "on time export 04:42 by 05:12 running learning features 06:02 learning, 3 of 8 runs" in listed
    assert "as of 03:09" in listed
    assert "ended" not in listed.partition("○ usual end")[0]
    assert "unread" not in page
    japanese = watched.local().read("/?lang=ja")
    assert "遅延の見込み merge 04:42 期限 03:07 遅延の確度 82 % 予定どおり load 03:42 期限 04:12" in japanese
    assert "学習中 features 06:02 学習中 (3/8 回)" in japanese
    assert watched.local().open("/").text.count("s-late") > 1


def test_a_later_check_replaces_the_deadlines(watched: Dashboard) -> None:
    keep_deadlines(watched, deadline("load", 60), deadline("merge", 60), seen_at=NOW - timedelta(hours=1))
    keep_deadlines(watched, deadline("load", 90))
    keep_deadlines(
        watched, deadline("load", 30), seen_at=NOW - timedelta(minutes=1)
    )  # an earlier check that ends later
    page = watched.local().read("/")
    assert "merge 0" not in page[page.index("Next deadlines") :]
    assert "by 04:42" in page
