"""The paths of the function, their callers, and the messages that each accepts."""

from datetime import UTC, datetime

import pytest

from collectors.metrics_analysis import routes
from collectors.metrics_analysis.evidence import (
    Evidence,
    LogEntry,
    MonitoringIncident,
    NotUnderstoodError,
    Report,
    Tick,
)
from shared.errors import InputError

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KINDS: dict[str, Evidence] = {
    "/evidence": LogEntry({}),
    "/monitoring": MonitoringIncident({}, test=False),
    "/reports": Report("airflow", {}, NOW, "1"),
    "/ticks": Tick("sweep", NOW),
}
PAIRS = [(route, kind) for route in KINDS for kind in KINDS]


@pytest.mark.parametrize(("route", "kind"), PAIRS)
def test_a_path_accepts_its_own_kind_only(route: str, kind: str) -> None:
    if route == kind:
        routes.check(route, KINDS[kind])
        return
    with pytest.raises(NotUnderstoodError, match=f"was sent to {route}, which takes only"):
        routes.check(route, KINDS[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_the_open_path_accepts_every_kind(kind: str) -> None:
    routes.check(routes.OPEN_ROUTE, KINDS[kind])


def test_on_google_cloud_there_is_no_open_path_and_each_reporter_has_its_own() -> None:
    own = {"/evidence", "/monitoring", "/ticks", "/reports/airflow", "/reports/dq"}
    assert routes.paths(["airflow", "dq"], on_google_cloud=True) == own
    assert routes.paths(["airflow", "dq"], on_google_cloud=True, shared_reports=True) == {*own, "/reports"}
    assert routes.paths(["airflow", "dq"], on_google_cloud=False) == {*own, "/reports", routes.OPEN_ROUTE}


@pytest.mark.parametrize("source", ["dq", "Airflow", "airflow2", ""])
def test_the_path_of_a_reporter_takes_no_report_in_the_name_of_another(source: str) -> None:
    routes.check("/reports/airflow", KINDS["/reports"])
    with pytest.raises(NotUnderstoodError) as found:
        routes.check("/reports/airflow", Report(source, {}, NOW, "1"))
    assert found.value.text.en == f"the report names '{source}', but a reporter publishes to its own topic only"


def test_the_path_of_a_reporter_takes_reports_only() -> None:
    with pytest.raises(NotUnderstoodError, match="a tick was sent to /reports/airflow, which takes only a report"):
        routes.check("/reports/airflow", KINDS["/ticks"])


def test_the_shared_path_is_closed_after_its_last_day() -> None:
    report, last = KINDS["/reports"], "2026-11-23"
    for route, until in (("/reports", last), ("/reports", ""), ("/reports/airflow", "2026-11-01"), ("/", "2026-11-01")):
        routes.check_shared(route, report, until, NOW.date())
    with pytest.raises(
        NotUnderstoodError, match="closed since 2026-11-22: publish the reports of 'airflow' to the topic"
    ):
        routes.check_shared("/reports", report, "2026-11-22", NOW.date())


@pytest.mark.parametrize(
    ("resource", "route"),
    [
        ("hinomi-evidence", "/evidence"),
        ("hinomi-ticks", "/ticks"),
        ("hinomi-reports", "/reports"),
        ("hinomi-reports-airflow", "/reports/airflow"),
        ("my-hinomi-reports-dq-reports-ticks", "/reports/dq-reports-ticks"),
        ("hinomi-reports-", "/"),
        ("hinomi-ticks-x", "/"),
        ("evidence", "/"),
    ],
)
def test_a_topic_or_subscription_has_the_path_of_its_kind_and_reporter(resource: str, route: str) -> None:
    assert routes.route_of(resource) == route


def test_callers_are_named_by_path() -> None:
    assert routes.callers(["/reports/dq=a@example.com", "/ticks=b@example.com"]) == {
        "/reports/dq": "a@example.com",
        "/ticks": "b@example.com",
    }
    assert routes.callers([]) is None


@pytest.mark.parametrize(
    "text", ["/report=a@example.com", "a@example.com", "/reports=", "/reports/=a@example.com", "/=a@example.com"]
)
def test_a_caller_of_another_form_is_an_error(text: str) -> None:
    with pytest.raises(InputError, match="use PATH=EMAIL, where PATH is one of /evidence, /monitoring"):
        routes.callers([text])


def test_a_trigger_delivers_one_kind_of_one_reporter_on_google_cloud() -> None:
    known = routes.paths(["airflow"], on_google_cloud=True)
    for route in ("/ticks", "/reports/airflow"):
        assert routes.trigger_route(route, known, on_google_cloud=True) == route
    assert routes.trigger_route("/ticks", known, on_google_cloud=False) == routes.OPEN_ROUTE
    for route in ("/", "/reports", "/reports/dq"):
        with pytest.raises(InputError, match=f"HINOMI_TRIGGER_ROUTE is '{route}'"):
            routes.trigger_route(route, known, on_google_cloud=True)


TOPIC = "projects/p/topics/t"


@pytest.mark.parametrize(
    ("topic", "source"),
    [
        (TOPIC, f"//pubsub.googleapis.com/{TOPIC}"),
        (TOPIC, "//cloudaudit.googleapis.com/projects/p/logs/activity"),
        ("", "//cloudaudit.googleapis.com/projects/p/logs/activity"),
    ],
)
def test_a_trigger_delivers_events_of_its_topic_and_of_audit_logs(topic: str, source: str) -> None:
    assert not routes.foreign_source(source, topic)


@pytest.mark.parametrize(
    ("topic", "source", "problem"),
    [
        (TOPIC, f"//pubsub.googleapis.com/{TOPIC}2", f"allows {TOPIC} only"),
        (TOPIC, f"//pubsub.googleapis.com.example.com/{TOPIC}", f"allows {TOPIC} only"),
        (TOPIC, f"//storage.googleapis.com/{TOPIC}", f"allows {TOPIC} only"),
        (TOPIC, "//cloudaudit.googleapis.com.example.com/projects/p/logs/activity", f"allows {TOPIC} only"),
        (TOPIC, TOPIC, f"allows {TOPIC} only"),
        ("", f"//pubsub.googleapis.com/{TOPIC}", "is not set"),
        ("", "//pubsub.googleapis.com/", "is not set"),
    ],
)
def test_events_of_every_other_source_are_rejected(topic: str, source: str, problem: str) -> None:
    found = routes.foreign_source(source, topic).en
    assert found.startswith(f"the event comes from {source}, but HINOMI_TRIGGER_TOPIC {problem}")
