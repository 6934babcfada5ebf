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


def test_on_google_cloud_there_is_no_open_path() -> None:
    assert routes.OPEN_ROUTE in routes.paths(on_google_cloud=False)
    assert routes.paths(on_google_cloud=True) == tuple(KINDS)


def test_callers_are_named_by_path() -> None:
    assert routes.callers(["/reports=a@example.com", "/ticks=b@example.com"]) == {
        "/reports": "a@example.com",
        "/ticks": "b@example.com",
    }
    assert routes.callers([]) is None


@pytest.mark.parametrize("text", ["/report=a@example.com", "a@example.com", "/reports=", "/reports", "/=a@example.com"])
def test_a_caller_of_another_form_is_an_error(text: str) -> None:
    with pytest.raises(InputError, match="use PATH=EMAIL, where PATH is one of /evidence, /monitoring"):
        routes.callers([text])


def test_a_trigger_delivers_one_kind_on_google_cloud() -> None:
    assert routes.trigger_route("/ticks", on_google_cloud=True) == "/ticks"
    assert routes.trigger_route("/ticks", on_google_cloud=False) == routes.OPEN_ROUTE
    with pytest.raises(InputError, match="HINOMI_TRIGGER_ROUTE is '/'"):
        routes.trigger_route("/", on_google_cloud=True)
