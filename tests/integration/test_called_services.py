"""Calls of Cloud Scheduler and the called services: one incident for one service, two for two services of the same name."""

from __future__ import annotations

import pytest

from db.error_db.models import Incident
from demo import entries
from tests.integration.test_chains import FUNCTION, entry, function, schedule
from tests.support.world import World

pytestmark = pytest.mark.sqlite

HASH, OTHER_HASH = "k3v9q2d7t1", "m4w8r3e6u2"
SHORT = f"https://load-orders-{HASH}-ew.a.run.app/run"
NUMBERED = "https://load-orders-123456789012.europe-west1.run.app/run"
OTHER_NUMBER = NUMBERED.replace("123456789012", "210987654321")
FAILED, GOOD = 500, 200


def request(
    minutes: float, url: str, status: int = FAILED, region: str = "europe-west1", project: str = "example-project"
) -> entries.Entry:
    """A request of Cloud Scheduler, in the called service's log."""
    where = {"service_name": "load-orders", "location": region, "revision_name": "load-orders-1"}
    asked = {"requestUrl": url, "status": status, "userAgent": "Google-Cloud-Scheduler", "latency": "2s"}
    made = entry(minutes, "run.googleapis.com%2Frequests", "cloud_run_revision", where, httpRequest=asked)
    made["resource"]["labels"]["project_id"] = project
    made["logName"] = made["logName"].replace("example-project", project)
    return made


@pytest.mark.parametrize(
    ("called", "requested"), [(SHORT, SHORT), (NUMBERED, NUMBERED), (SHORT, NUMBERED), (NUMBERED, SHORT)]
)
def test_a_failed_call_and_the_failure_of_its_service_are_one_incident(
    world: World, called: str, requested: str
) -> None:
    failed = [request(0, requested), schedule(1, called, status="INTERNAL")]
    for _ in world.send_in_each_order(failed):
        assert world.rows(Incident.occurrence_count) == [(2,)]
        world.send(request(60, requested, GOOD), schedule(61, called))
        assert world.rows(Incident.status) == [("resolved",)]


@pytest.mark.parametrize(
    ("called", "failed"),
    [
        (SHORT, request(0, SHORT.replace("-ew.", "-uc."), region="us-central1")),
        (SHORT, request(0, NUMBERED.replace("europe-west1", "us-central1"), region="us-central1")),
        (NUMBERED, request(0, SHORT.replace("-ew.", "-uc."), region="us-central1")),
        (OTHER_NUMBER, request(0, NUMBERED)),
        (SHORT.replace(HASH, OTHER_HASH), request(0, SHORT)),
        (
            FUNCTION.replace("example-project", "other-project"),
            function(0, "Function execution took 61 ms, finished with status: 'crash'"),
        ),
    ],
    ids=[
        "region",
        "numbered in a region",
        "short in a region",
        "project",
        "hash of a project",
        "function of a project",
    ],
)
def test_a_failed_call_is_not_one_of_another_service_of_that_name(
    world: World, called: str, failed: entries.Entry
) -> None:
    for _ in world.send_in_each_order([failed, schedule(1, called, status="INTERNAL")]):
        assert world.rows(Incident.occurrence_count) == [(1,), (1,)]


@pytest.mark.parametrize("url", [SHORT.replace(HASH, OTHER_HASH), OTHER_NUMBER])
def test_a_call_of_a_service_in_another_project_is_one_incident_with_it(world: World, url: str) -> None:
    failed = [request(0, url, project="other-project"), schedule(1, url, status="INTERNAL")]
    for _ in world.send_in_each_order(failed):
        assert world.rows(Incident.occurrence_count) == [(2,)]
        world.send(schedule(61, url))
        assert world.rows(Incident.status) == [("resolved",)]
