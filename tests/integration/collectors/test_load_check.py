"""The load check with the real Cloud Monitoring client, over real gRPC, against a server on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

from db.schema_db.monitored_projects import PROJECT_TYPE
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from demo.platform.monitoring.server import MonitoringServer
from main import Application
from shared import config, series
from shared.errors import TransientError
from shared.history import PolicyRow
from shared.identity.iam_names import MANAGER
from shared.model import Finding, IncidentKind, NextStep, Recovery, Severity
from tests.support.function_process import free_port, push_body
from tests.support.load import AGE, NOW, VISIBLE, Watch, break_limit, catalogue, resources
from tests.support.metrics import shipped

OVER, BAND, CLEAR = 900.0, 300.0, 30.0
MINUTE = timedelta(minutes=1)
WatchMaker = Callable[..., Watch]


@pytest.fixture
def server() -> Iterator[MonitoringServer]:
    made = MonitoringServer()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def watch(server: MonitoringServer, tmp_path: Path) -> WatchMaker:
    def make(projects: tuple[str, ...] = ("example-project",), **metric: Any) -> Watch:
        return Watch(server, catalogue(tmp_path, **metric), projects)

    return make


def test_a_breach_becomes_a_load_issue_with_value_limit_and_since_when(watch: WatchMaker) -> None:
    queue = watch()
    queue.minutes([CLEAR] * 10 + [OVER] * 7)
    finding = queue.finding()
    assert (finding.rule, finding.kind, finding.severity) == ("load/queue_age", IncidentKind.LOAD_ISSUE, Severity.HIGH)
    assert (finding.service, finding.resource, finding.project) == (
        "pubsub",
        "example-project/events",
        "example-project",
    )
    assert finding.summary == "example-project/events: 15 min, limit 10 min, since 2026-11-23 05:51 UTC, for 7 min"
    assert (finding.fields["value"], finding.fields["limit"], finding.fields["unit"]) == (900, 600, "s")
    assert finding.fields["since"] == "2026-11-23T05:51:00+00:00"
    assert finding.labels["subscription_id"] == "events"
    assert finding.time == VISIBLE
    assert finding.since == VISIBLE - 7 * MINUTE
    assert finding.event_key == f"load:queue_age:example-project/events:{int(VISIBLE.timestamp())}"


def test_a_breach_and_its_end_are_in_japanese_where_the_catalogue_is(watch: WatchMaker) -> None:
    summary = "{title}: {resource} {value} (上限 {limit}、{duration})"
    queue = watch(more=f"        ja: {{title: 滞留, summary: '{summary}'}}\n")
    queue.minutes([OVER] * 240)
    texts = queue.finding().translations["ja"]
    assert texts == {"title": "滞留", "summary": "滞留: example-project/events 15 分 (上限 10 分、3 時間超)"}
    queue.minutes([CLEAR] * 4, until=VISIBLE + 4 * MINUTE)
    assert queue.recovery(now=NOW + 4 * MINUTE).translations == {
        "ja": {"summary": "example-project/events: 3 分継続して 2 分以下"}
    }


def test_a_breach_says_what_to_do_next(watch: WatchMaker) -> None:
    command = "gcloud pubsub subscriptions describe {subscription_id}"
    queue = watch(more=f"        next: [{{en: Look., ja: 確認します。, command: '{command}'}}]\n")
    queue.minutes([CLEAR] * 10 + [OVER] * 7)
    assert queue.finding().next_steps == (
        NextStep("Look.", "確認します。", "gcloud pubsub subscriptions describe events"),
    )


def test_projects_that_history_observed_in_the_scope_are_checked_too(
    server: MonitoringServer, schema_store: SchemaStore, tmp_path: Path
) -> None:
    seen = PolicyRow(f"{MANAGER}projects/sales", PROJECT_TYPE, "sales", ["projects/sales", "folders/2"], [], NOW)
    with schema_store.transaction() as session:
        write(session, 1, [seen])
    environ = {
        "HINOMI_ERROR_DB_URL": f"sqlite:///{tmp_path / 'error.db'}",
        "HINOMI_SCHEMA_DB_URL": schema_store.engine.url.render_as_string(hide_password=False),
        "HINOMI_MONITORING_ENDPOINT": server.endpoint,
        "HINOMI_LONG_JOB_MINUTES": "0",
        "HINOMI_PROJECTS": "hinomi",
    }
    for scope, projects in (("folders/2", {"hinomi", "sales"}), ("folders/3", {"hinomi"}), ("", {"hinomi"})):
        server.requests.clear()
        application = Application(config.load({**environ, "HINOMI_SCOPE": scope}))
        application.pipeline.handle(push_body({"tick": "load-check"}, scope), NOW)
        application.causes().close()
        assert {request.name.partition("/")[2] for request in server.requests} == projects


def test_with_an_unavailable_schema_db_the_named_projects_are_checked(
    server: MonitoringServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = {
        "HINOMI_ERROR_DB_URL": f"sqlite:///{tmp_path / 'error.db'}",
        "HINOMI_SCHEMA_DB_URL": f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none",
        "HINOMI_MONITORING_ENDPOINT": server.endpoint,
        "HINOMI_LONG_JOB_MINUTES": "0",
        "HINOMI_PROJECTS": "hinomi",
        "HINOMI_SCOPE": "folders/2",
    }
    Application(config.load(environ)).pipeline.handle(push_body({"tick": "load-check"}, "1"), NOW)
    assert {request.name for request in server.requests} == {"projects/hinomi"}
    assert "the Schema DB is unavailable" in capsys.readouterr().out


def test_points_that_others_may_not_see_yet_are_not_read(watch: WatchMaker) -> None:
    queue = watch()
    queue.minutes([CLEAR] * 10)
    queue.minutes([OVER] * 9, until=VISIBLE + 9 * MINUTE)
    assert queue.check() == []
    assert queue.server.requests[0].interval.end_time.timestamp() == VISIBLE.timestamp()


@pytest.mark.permissions
@pytest.mark.parametrize(("minutes", "found"), [(4, 0), (5, 1)])
def test_a_breach_counts_only_after_its_duration(watch: WatchMaker, minutes: int, found: int) -> None:
    queue = watch()
    queue.minutes([CLEAR] * 10 + [OVER] * minutes)
    assert len(queue.check()) == found


def test_an_old_breach_is_dated_back_to_its_start(watch: WatchMaker) -> None:
    queue = watch()
    queue.minutes([CLEAR] * 5 + [OVER] * 100)
    assert queue.finding().fields["since"] == (VISIBLE - 100 * MINUTE).isoformat()


def test_a_breach_older_than_the_window_says_so(watch: WatchMaker) -> None:
    queue = watch()
    queue.minutes([OVER] * 240)
    assert queue.finding().summary.endswith("for more than 3 h")


def test_a_queue_recovers_with_the_fingerprint_of_its_breach(watch: WatchMaker) -> None:
    queue = watch()
    queue.minutes([OVER] * 6)
    finding = queue.finding()
    queue.minutes([CLEAR] * 4, until=VISIBLE + 4 * MINUTE)
    recovery = queue.recovery(now=NOW + 4 * MINUTE)
    assert recovery.fingerprint == finding.fingerprint
    assert recovery.time == VISIBLE + 3 * MINUTE  # the end of the clear period


def test_a_recovery_is_the_same_event_at_every_later_check(watch: WatchMaker) -> None:
    queue = watch()
    queue.minutes([OVER] * 6 + [CLEAR] * 60)
    assert queue.recovery() == queue.recovery(now=NOW - 30 * MINUTE)


def test_between_limit_and_clear_level_nothing_is_reported(watch: WatchMaker) -> None:
    queue = watch()
    queue.minutes([OVER] * 6 + [BAND] * 20)
    assert queue.check() == []
    queue.minutes([OVER], until=VISIBLE + MINUTE)
    assert queue.finding(now=NOW + MINUTE).fields["since"] == (VISIBLE - 26 * MINUTE).isoformat()


def test_a_repeated_tick_is_one_event_and_the_next_tick_another(watch: WatchMaker) -> None:
    queue = watch()
    queue.minutes([OVER] * 10)
    first = queue.finding(now=NOW)
    assert queue.finding(now=NOW + timedelta(hours=1), tick=NOW) == first
    queue.minutes([OVER], until=VISIBLE + MINUTE)
    later = queue.finding(now=NOW + MINUTE)
    assert later.fingerprint == first.fingerprint
    assert later.event_key != first.event_key


def test_a_tick_from_the_future_reads_no_further_than_now(watch: WatchMaker) -> None:
    queue = watch()
    queue.minutes([OVER] * 10)
    assert queue.finding(tick=NOW + timedelta(days=1)).time == VISIBLE


def test_an_override_changes_limit_duration_and_severity_for_its_resources(watch: WatchMaker) -> None:
    queue = watch(
        more="        overrides:\n"
        "          - {match: {subscription_id: 'batch-*'}, above: 3600}\n"
        "          - {match: {subscription_id: urgent}, for: 2m, severity: critical}\n"
        "          - {match: {project: example-*, subscription_id: [test, play]}, off: true}\n"
    )
    for name in ("batch-1", "play", "plain"):
        queue.minutes([OVER] * 10, name=name)
    queue.minutes([CLEAR] * 5 + [OVER] * 2, name="urgent")
    findings = [effect for effect in queue.check() if isinstance(effect, Finding)]
    assert [(item.labels["subscription_id"], item.severity) for item in findings] == [
        ("plain", Severity.HIGH),
        ("urgent", Severity.CRITICAL),
    ]


def test_a_counter_without_events_is_at_zero(watch: WatchMaker) -> None:
    queue = watch(kind="delta", absent="zero")
    queue.minutes([OVER] * 6)
    assert queue.finding().resource == "example-project/events"
    assert isinstance(queue.recovery(now=NOW + 4 * MINUTE), Recovery)


def test_a_gauge_that_stopped_reports_nothing(watch: WatchMaker) -> None:
    queue = watch()
    queue.minutes([OVER] * 6)
    assert queue.check(now=NOW + 20 * MINUTE) == []


def test_a_gauge_that_stopped_leaves_its_incident_to_the_sweep(watch: WatchMaker) -> None:
    queue = watch()
    queue.minutes([OVER] * 6)
    assert queue.finding().quiet_seconds == 3 * 3600 + 120


def test_a_series_that_must_not_stop_alerts_by_its_absence(watch: WatchMaker) -> None:
    queue = watch(absent="alert")
    queue.minutes([CLEAR] * 10)
    finding = queue.finding(now=NOW + 15 * MINUTE)
    assert "no data" in finding.summary
    assert (finding.fields["value"], finding.quiet_seconds) == (None, None)


def test_a_series_that_must_not_stop_recovers_after_any_time(watch: WatchMaker) -> None:
    queue = watch(absent="alert")
    queue.minutes([CLEAR] * 10)
    fault = queue.finding(now=NOW + 15 * MINUTE).fingerprint
    next_day = NOW + timedelta(days=1)
    queue.minutes([CLEAR] * 5, until=VISIBLE + timedelta(days=1))
    assert queue.recovery(now=next_day).fingerprint == fault


def test_every_point_of_every_page_counts(watch: WatchMaker) -> None:
    queue = watch()
    names = [f"queue-{index}" for index in range(5)]
    for name in names:
        queue.minutes([CLEAR] * 3 + [OVER] * 20, name=name)
    whole = queue.check()
    queue.server.page_points = 7
    queue.server.requests.clear()
    assert queue.check() == whole
    assert resources(whole) == [f"example-project/{name}" for name in names]
    assert len(queue.server.requests) == -(-5 * 23 // 7)


def test_a_project_without_permission_does_not_stop_the_others(watch: WatchMaker) -> None:
    queue = watch(projects=("closed-project", "example-project"))
    queue.server.fail(grpc.StatusCode.PERMISSION_DENIED, project="closed-project")
    queue.minutes([OVER] * 6)
    found, refused = queue.check()
    assert isinstance(found, Finding)
    assert isinstance(refused, Finding)
    assert found.resource == "example-project/events"
    assert (refused.rule, refused.resource) == ("hinomi/load_check_failed", "closed-project")
    assert "cannot read queue_age: PERMISSION_DENIED" in refused.summary


def test_denied_metrics_are_one_fault_over_all_ticks(watch: WatchMaker) -> None:
    queue = watch()
    queue.load = shipped().thresholds
    queue.server.fail(grpc.StatusCode.PERMISSION_DENIED)
    first, second = queue.finding(), queue.finding(now=NOW + MINUTE)
    assert first.fingerprint == second.fingerprint
    assert "and 22 more: " in first.summary


def test_a_metric_that_is_throttled_is_reported_and_the_others_are_read(watch: WatchMaker) -> None:
    queue = watch()
    queue.load = shipped().thresholds
    queue.server.fail(grpc.StatusCode.RESOURCE_EXHAUSTED, metric="oldest_unacked")
    assert queue.finding().labels == {"code": "RESOURCE_EXHAUSTED"}


def test_a_metric_that_the_project_never_had_is_not_a_failure(watch: WatchMaker) -> None:
    queue = watch()
    queue.server.fail(grpc.StatusCode.NOT_FOUND)
    assert queue.check() == []


def test_a_short_outage_is_retried(watch: WatchMaker) -> None:
    queue = watch()
    queue.minutes([OVER] * 6)
    queue.server.fail(grpc.StatusCode.UNAVAILABLE, times=2)
    assert queue.finding().rule == "load/queue_age"


def test_a_long_outage_makes_the_scheduler_repeat_the_tick(watch: WatchMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "TIMEOUT_SECONDS", 0.2)
    queue = watch()
    queue.server.fail(grpc.StatusCode.UNAVAILABLE)
    with pytest.raises(TransientError, match="Cloud Monitoring is unavailable"):
        queue.check()


def test_without_a_project_the_check_says_that_it_monitors_nothing(watch: WatchMaker) -> None:
    finding = watch(projects=()).finding()
    assert finding.summary == "no project to monitor: set HINOMI_PROJECTS"


def test_the_other_tick_reads_nothing(watch: WatchMaker) -> None:
    queue = watch()
    assert queue.check(job="sweep") == []
    assert queue.server.requests == []


@pytest.mark.parametrize("metric", shipped().thresholds, ids=lambda metric: str(metric["key"]))
def test_a_breach_of_every_metric_of_the_catalogue_is_detected(
    server: MonitoringServer, metric: dict[str, Any]
) -> None:
    break_limit(server, metric)
    finding = Watch(server, [metric]).finding()
    assert (finding.rule, finding.project) == (f"load/{metric['key']}", "example-project")
    assert finding.time > NOW - timedelta(hours=1, seconds=metric["visible_after"])


def test_the_simulated_server_rejects_what_the_real_one_rejects(watch: WatchMaker) -> None:
    queue = watch()
    queue.load = [queue.load[0] | {"aligner": "ALIGN_DELTA"}]
    queue.minutes([OVER] * 6)
    assert "INVALID_ARGUMENT: ALIGN_DELTA cannot be applied" in queue.finding().summary
    assert AGE in queue.server.requests[0].filter
