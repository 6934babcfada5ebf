"""Resources of earlier options are removed when options change; all resources are removed with Hinomi."""

from __future__ import annotations

from typing import Any

import pytest

from deploy import removal
from deploy.parts import functions
from deploy.phases import PHASES
from deploy.record import Record, as_text
from deploy.target import DeployTarget
from tests.support.gcloud_services import PROJECT
from tests.support.planning import HOME, LABELLED, MARKED, Ground, aim, whats

pytestmark = pytest.mark.server

TOPIC = f"pubsub.googleapis.com/{HOME}/topics/hinomi-evidence"
ROLE = "hinomi_metrics_analysis_example_project"
READER = "roles/secretmanager.secretAccessor"
GUARDED = {"error": {"code": 403, "message": "The caller does not have permission", "status": "PERMISSION_DENIED"}}


def watch(ground: Ground, place: str, holder: str) -> None:
    """Adds a sink, a role and a grant for a monitored scope."""
    sink = {"name": "hinomi-evidence-1", "destination": TOPIC, "filter": "x", **MARKED}
    ground.state[f"logging/{place}/sinks/hinomi-evidence-1"] = sink
    role = f"{holder}/roles/{ROLE}"
    ground.state[f"iam/{role}"] = {**MARKED, "name": role, "includedPermissions": ["a.b.get"]}
    ground.grant(place, role, "hinomi-metrics")


def left(ground: Ground, now: DeployTarget) -> list[str]:
    return whats(removal.leftovers(ground.site(now)))


FOLDER = [
    "sink hinomi-evidence-1 in folders/2",
    f"grant of organizations/1/roles/{ROLE} on folder 2 to serviceAccount:hinomi-metrics@{PROJECT}.iam.gserviceaccount.com",
    f"role organizations/1/roles/{ROLE}",
]


@pytest.fixture
def folder(ground: Ground) -> Ground:
    """Makes the state of an installation that monitors a folder."""
    watch(ground, "folders/2", "organizations/1")
    ground.deployed(aim("folders/2"))
    return ground


def test_with_the_same_options_nothing_is_left_over(folder: Ground) -> None:
    assert left(folder, aim("folders/2", alert_email="a@example.com")) == []


def test_another_scope_leaves_nothing_of_the_old_one(folder: Ground) -> None:
    assert left(folder, aim()) == FOLDER


def test_what_the_new_scope_shares_stays(folder: Ground) -> None:
    watch(folder, "organizations/1", "organizations/1")
    assert left(folder, aim("organizations/1")) == FOLDER[:2]


def test_it_is_reported_until_it_is_deleted_although_the_functions_are_new(folder: Ground) -> None:
    site = folder.site(aim())
    folder.deployed(aim())["serviceConfig"]["environmentVariables"] = functions.environment(site, site.functions[0])
    assert left(folder, aim()) == FOLDER


def test_the_functions_say_the_same_of_earlier_options_each_time(folder: Ground) -> None:
    site = folder.site(aim())
    first = functions.environment(site, site.functions[0])
    folder.deployed(aim())["serviceConfig"]["environmentVariables"] = first
    again = folder.site(aim())
    assert functions.environment(again, again.functions[0]) == first


def test_a_shrunk_list_of_projects_leaves_the_project(ground: Ground) -> None:
    for name in ("sales-1", "market-2"):
        watch(ground, f"projects/{name}", f"projects/{name}")
    ground.deployed(aim("projects/sales-1,market-2"))
    found = left(ground, aim("projects/sales-1"))
    assert len(found) == 3
    assert all("market-2" in what for what in found)


def test_a_secret_that_is_dropped_cannot_be_read_any_more(ground: Ground) -> None:
    secret = f"{HOME}/secrets/teams"
    ground.state[f"secretmanager/{secret}"] = {"name": secret}
    ground.grant(secret, READER, "hinomi-metrics", api="secretmanager")
    ground.deployed(aim(secrets={"HINOMI_TEAMS_WEBHOOK_URL": "teams"}))
    (what,) = left(ground, aim(secrets={"HINOMI_TEAMS_WEBHOOK_URL": ""}))
    assert what.startswith(f"grant of {READER} on secret teams")


def regional(region: str) -> dict[str, Any]:
    place = f"{HOME}/locations/{region}"
    return {
        f"cloudscheduler/{place}/jobs/hinomi-sweep": {"name": "hinomi-sweep", **MARKED},
        f"run/{place}/jobs/hinomi-release": {**LABELLED, "spec": _spec()},
        f"artifactregistry/{place}/repositories/hinomi": LABELLED,
    }


def _spec() -> dict[str, Any]:
    return {"template": {"spec": {"containers": [{"image": "x"}]}}}


def test_another_region_leaves_nothing_in_the_old_one(ground: Ground) -> None:
    ground.state.update({**regional("asia-northeast1"), **regional("europe-west1")})
    ground.deployed(aim(region="asia-northeast1"))
    ground.deployed(aim(region="europe-west1"))
    found = list(removal.leftovers(ground.site(aim(region="europe-west1"))))
    assert whats(found) == [
        "schedule hinomi-sweep",
        "job hinomi-release",
        "image repository hinomi",
        "function metrics-analysis",
    ]
    assert all("asia-northeast1" in step.command for step in found)


def test_no_option_needs_to_be_given_again_to_remove_everything(folder: Ground) -> None:
    folder.deployed(aim("folders/2", region="europe-west1"))
    found = removal.removal(folder.site(aim()), databases=False)
    assert set(FOLDER) < set(whats(found))
    places = {step.argv[4] for step in found if step.argv[:2] == ("functions", "delete")}
    assert places == {"--region=asia-northeast1", "--region=europe-west1"}


def test_the_databases_in_the_instance_of_before_are_removed_when_requested(ground: Ground) -> None:
    instance = f"sql/{HOME}/instances/theirs"
    ground.state.update({instance: {"name": "theirs", "settings": {}}})
    ground.state[f"{instance}/databases/hinomi_error"] = {"name": "hinomi_error"}
    ground.deployed(aim(database_instance="theirs"))
    assert "database hinomi_error" in whats(removal.removal(ground.site(aim()), databases=True))
    assert "database hinomi_error" not in whats(removal.removal(ground.site(aim()), databases=False))
    assert left(ground, aim()) == []


def test_what_remembers_goes_after_what_is_remembered() -> None:
    parts = removal.FIRST + removal.DATABASES + removal.LAST
    assert max(map(parts.index, (*removal.IN_SCOPE, *removal.DATABASES))) < parts.index(functions.removal)
    assert list(PHASES)[-1] == "leftover"


def test_a_project_that_cannot_be_read_is_named_and_the_others_are_cleared(
    folder: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.deployed(aim("projects/gone-1"), name="history-analysis")
    answer = folder.server.answer
    monkeypatch.setattr(folder.server, "answer", lambda call: (403, GUARDED) if "gone-1" in call.path else answer(call))
    assert left(folder, aim()) == FOLDER
    (text,) = removal.unreadable(folder.site(aim()))
    assert text.en.startswith("projects/gone-1: logging rejected")


def test_resources_of_others_are_not_changed(folder: Ground) -> None:
    folder.state["logging/folders/2/sinks/hinomi-evidence-1"]["destination"] = "storage.googleapis.com/b"
    folder.state[f"iam/organizations/1/roles/{ROLE}"]["description"] = "theirs"
    assert left(folder, aim()) == FOLDER[1:2]


def test_a_record_of_many_deployments_is_one_line() -> None:
    text = as_text(Record(aim(), tuple(aim(f"folders/{number}") for number in range(20))))
    assert "\n" not in text
    assert len(text) < 8000
