"""deploy.sh with the real gcloud against the simulated Google APIs."""

from __future__ import annotations

import base64
import shlex
import subprocess
from itertools import cycle
from typing import Any

import pytest

from deploy.phases import PHASES, all_steps, steps
from shared.errors import HinomiError
from tests.support.deployment import REGION, Deployment, Undisturbed, differing
from tests.support.gcloud_services import AGENTS, PROJECT
from tests.support.injected_failures import BAD_REQUEST, FailureMode, InjectedFailure, reads

pytestmark = pytest.mark.slow

UNREADABLE: list[tuple[FailureMode, tuple[int, Any]]] = [
    (FailureMode.ERROR, (403, {"error": {"code": 403, "message": "denied", "status": "PERMISSION_DENIED"}})),
    (FailureMode.ERROR, (404, b"<html>no such page of the proxy</html>")),
    (FailureMode.ERROR, (500, {"error": {"code": 500}})),
    (FailureMode.ERROR, (200, b'{"name": ')),
    (FailureMode.LOST_RESPONSE, BAD_REQUEST),
]
ALICE = {"role": "roles/viewer", "members": ["user:alice@example.com"]}
OWN_SECRET = f"secretmanager/projects/{PROJECT}/secrets/hinomi-release-password"
NO_CHANNEL = "HINOMI_TEAMS_WEBHOOK_URL is not set, needed by handler rule teams-card (teams), handler rule teams-reminder (teams)"


def test_the_first_run_shows_its_changes_and_their_cost(undisturbed: Undisturbed) -> None:
    said = undisturbed.result.stdout
    assert " to create, 0 to change, 0 to remove\n" in said
    assert "\nPub/Sub\n  + topic hinomi-evidence\n" in said
    assert "US dollars a month" in said
    assert "gcloud " not in said


def test_the_options_are_checked_for_the_plan_and_when_every_api_is_enabled(undisturbed: Undisturbed) -> None:
    regions = ("cloudfunctions", "GET", f"v2/projects/{PROJECT}/locations")
    assert sum(call.name == regions for call in undisturbed.calls) == 2


def test_gcloud_prints_the_token_and_the_account_of_its_environment(prepared: Deployment) -> None:
    """`hinomi` and the client of tests/support/zygote.py read these variables instead of starting gcloud."""
    asked = {
        "CLOUDSDK_AUTH_ACCESS_TOKEN": "auth print-access-token",
        "CLOUDSDK_CORE_ACCOUNT": "config get-value core/account",
    }
    for variable, words in asked.items():
        command = ["gcloud", "--verbosity=error", *words.split()]
        done = subprocess.run(command, env=prepared.environ, capture_output=True, text=True, check=True)
        assert done.stdout == f"{prepared.environ[variable]}\n"


def test_the_first_run_creates_every_resource_of_the_plan(installed: Deployment) -> None:
    site = installed.site()
    assert [step.what for phase in PHASES for step in steps(site, phase)] == []


def test_a_failed_read_does_not_count_as_a_missing_resource(installed: Deployment) -> None:
    """Fails each read of the planner in turn: the planner must stop instead of creating a resource that it could not read."""
    before = len(installed.server.calls)
    assert all_steps(installed.site()) == []
    answers = cycle(UNREADABLE)
    for number in range(len(installed.server.calls) - before):
        mode, response = next(answers)
        installed.server.injected = InjectedFailure(mode, number, reads, response=response)
        with pytest.raises(HinomiError):
            all_steps(installed.site())
    installed.server.injected = None


def test_the_final_check_of_a_deployment_reports_only_the_missing_channel(
    installed: Deployment, undisturbed: Undisturbed
) -> None:
    command = shlex.split(undisturbed.result.stdout.splitlines()[-1])
    assert command[1] == "doctor"
    found = installed.doctor(*command)
    assert [problem["what"] for area in found["areas"] for problem in area["problems"]] == [NO_CHANNEL]
    assert found["endpoint"].startswith("https://metrics-analysis")


def test_the_doctor_names_the_command_that_fixes_it(installed: Deployment, undisturbed: Undisturbed) -> None:
    damaged = installed.server.services.state
    home = f"projects/{PROJECT}"
    del damaged[f"pubsub/{home}/topics/hinomi-evidence:policy"]
    del damaged[f"pubsub/{home}/topics/hinomi-dead-letter:policy"]
    damaged[f"iam/{home}/roles/hinomi_metrics_analysis"]["includedPermissions"].pop()
    del damaged[f"serviceusage/{home}/services/cloudasset.googleapis.com"]
    del damaged[f"cloudscheduler/{home}/locations/{REGION}/jobs/hinomi-sweep"]
    damaged[f"pubsub/{home}/subscriptions/hinomi-evidence"]["deadLetterPolicy"]["maxDeliveryAttempts"] = 5
    problems = [problem for area in installed.doctor()["areas"] for problem in area["problems"]]
    assert len(problems) == 7
    for problem in problems:
        if problem["what"] != NO_CHANNEL:
            installed.run_fix(problem["fix"])
    assert differing(installed.state, undisturbed.end) == {}


def test_destroy_needs_no_options_and_keeps_resources_that_hinomi_did_not_create(
    installed_for_folder: Deployment, undisturbed: Undisturbed
) -> None:
    installed, foreign = installed_for_folder, _foreign()
    state = installed.server.services.state
    state.update(foreign)
    for resource in (f"projects/{PROJECT}", "folders/2"):
        state[f"cloudresourcemanager/{resource}:policy"]["bindings"].append(ALICE)
    assert successful(installed, "--secret", "HINOMI_TEAMS_WEBHOOK_URL=teams")
    assert successful(installed, "--destroy")
    left = installed.server.state
    assert "logging/folders/2/sinks/hinomi-evidence-1" not in left
    assert left["iam/organizations/1/roles/hinomi_metrics_analysis_example_project"]["deleted"] is True
    assert [left[key]["bindings"] for key in left if key.endswith("/teams:policy")] == [[]]
    assert left["cloudresourcemanager/folders/2:policy"]["bindings"] == [ALICE]
    assert {key: left.get(key) for key in foreign} == foreign
    assert left[f"cloudresourcemanager/projects/{PROJECT}:policy"]["bindings"] == [
        *AGENTS.values(),
        ALICE,
    ]
    ours = [key for key in left if "hinomi" in key and key not in foreign and not _stays(key, left[key])]
    assert ours == []
    assert [key for key in left if key.startswith("sql/")] == [key for key in undisturbed.end if key.startswith("sql/")]
    assert successful(installed, "--destroy", "--delete-databases")
    left = installed.server.state
    assert [key for key in left if key.startswith(("sql/", OWN_SECRET))] == []
    assert {key: left.get(key) for key in foreign} == foreign
    assert "nothing to remove" in successful(installed, "--destroy")


def successful(made: Deployment, *options: str) -> str:
    """Runs deploy.sh, which must succeed; returns its output."""
    result = made.run(*options)
    assert result.returncode == 0, result.stdout[-1500:] + result.stderr
    return result.stdout


def _foreign() -> dict[str, Any]:
    """Resources that Hinomi did not create, some with names similar to Hinomi's."""
    home = f"projects/{PROJECT}"
    return {
        f"pubsub/{home}/topics/hinomi-others": {"name": f"{home}/topics/hinomi-others"},
        f"logging/{home}/sinks/hinomi-evidence-7": {
            "name": "hinomi-evidence-7",
            "destination": "storage.googleapis.com/b",
        },
        f"logging/{home}/sinks/hinomi-evidence-8": {
            "name": "hinomi-evidence-8",
            "destination": f"pubsub.googleapis.com/{home}/topics/hinomi-evidence",
        },
        f"iam/{home}/serviceAccounts/a@b": {"email": "a@b", "name": f"{home}/serviceAccounts/a@b"},
        f"secretmanager/{home}/secrets/teams": {"name": f"{home}/secrets/teams"},
        f"secretmanager/{home}/secrets/teams/versions/latest": {
            "name": f"{home}/secrets/teams/versions/1",
            "state": "ENABLED",
            "data": "eA==",
        },
        f"monitoring/{home}/alertPolicies/7": {"name": f"{home}/alertPolicies/7", "displayName": "theirs"},
    }


def _stays(key: str, value: Any) -> bool:
    """Whether a removal keeps the resource: databases and their secrets, and roles that Google keeps for a week as deleted."""
    return key.startswith(("sql/", "secretmanager/")) or (isinstance(value, dict) and bool(value.get("deleted")))


def test_plan_and_dry_run_change_nothing(prepared: Deployment, undisturbed: Undisturbed) -> None:
    prepared.server.restore(undisturbed.empty)
    before = len(prepared.server.changes())
    assert " to create, 0 to change, 0 to remove\n" in prepared.run("--plan").stdout
    assert prepared.server.changes()[before:] == []


@pytest.mark.parametrize("options", [["--scope", "everything"], ["--region", "Tokyo"], ["--nonsense"], ["--project"]])
def test_an_invalid_option_is_reported_before_any_change(prepared: Deployment, options: list[str]) -> None:
    result = prepared.run(*options)
    assert result.returncode == 2
    assert options[0] in result.stderr


def test_no_secret_appears_on_a_command_line(undisturbed: Undisturbed) -> None:
    versions = undisturbed.raw_end[f"secretmanager/projects/{PROJECT}/secrets/hinomi-release-password/versions/latest"]
    password = base64.b64decode(versions["data"]).decode()
    assert len(password) >= 32
    assert [words for words in undisturbed.commands if any(password in word for word in words)] == []
    assert password not in undisturbed.result.stdout + undisturbed.result.stderr


def test_no_secret_remains_in_a_file(undisturbed: Undisturbed) -> None:
    """gcloud logs the arguments of its commands, including arguments from a file."""
    versions = undisturbed.raw_end[f"secretmanager/projects/{PROJECT}/secrets/hinomi-release-password/versions/latest"]
    password = base64.b64decode(versions["data"])
    ours = undisturbed.made.folder / "work"  # the reads of the tests themselves
    files = [path for path in undisturbed.made.folder.rglob("*") if path.is_file() and ours not in path.parents]
    assert len(files) > len(undisturbed.commands)
    assert [path for path in files if password in path.read_bytes()] == []
    assert undisturbed.made.short_lived == []
