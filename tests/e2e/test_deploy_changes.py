"""deploy.sh when the options change, and its output when it only plans."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from typing import Any

import pytest

from tests.support.deployment import REGION, Deployment, Undisturbed, differing
from tests.support.gcloud_services import NUMBER, PROJECT
from tests.support.script_folder import add_script

pytestmark = pytest.mark.slow

HOME = f"projects/{PROJECT}"
METRICS = f"cloudfunctions/{HOME}/locations/{REGION}/functions/metrics-analysis"
DASHBOARD = f"cloudfunctions/{HOME}/locations/{REGION}/functions/dashboard"
AUDIENCE = f"/projects/{NUMBER}/locations/{REGION}/services/dashboard"
SECRET = f"secretmanager/{HOME}/secrets/teams"
LABELLED = tuple(
    f"{api}/{HOME}/{rest}"
    for api, rest in (
        ("cloudfunctions", ""),
        ("pubsub", "topics/hinomi"),
        ("pubsub", "subscriptions/hinomi"),
        ("secretmanager", "secrets/hinomi-release-password"),
        ("artifactregistry", f"locations/{REGION}/repositories/hinomi"),
    )
)
TOKEN = "HINOMI_SCRIPT_SECRET_TOKEN"
SCRIPTED = [
    f"hinomi-script-clear@{PROJECT}.iam.gserviceaccount.com",
    *("hinomi-script-clear", "hinomi-script-clear:policy"),
    "hinomi_script_clear",
]
CLEARING = """
  - name: clear
    match: {service: composer}
    action: run_script
    params: {script: clear, parameters: {dag_id: load_mart}}
    mode: auto
"""
OTHER_SOURCE = {"SKIPPED_COMMAND": ""}  # the first run built the source without the script
WHERE = ("--project", PROJECT, "--region", REGION)


def run(made: Deployment, *options: str, folder: str = ".") -> subprocess.CompletedProcess[str]:
    """Runs deploy.sh in a folder, without --yes."""
    command = [str(made.folder / "tree" / "deploy.sh"), *WHERE, *options]
    quiet: Any = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL}
    return subprocess.run(command, cwd=made.folder / folder, env=made.environ, check=False, **quiet)


def add_secret(made: Deployment, number: int) -> None:
    made.server.services.state[SECRET] = {"name": "teams"}
    version = {"name": f"{HOME}/secrets/teams/versions/{number}", "state": "ENABLED", "data": "eA=="}
    made.server.services.state[f"{SECRET}/versions/latest"] = version


def mounted(made: Deployment) -> Any:
    found = made.server.state[METRICS]["serviceConfig"].get("secretEnvironmentVariables", [])
    return [(item["secret"], item["version"]) for item in found]


def test_a_scope_that_is_no_longer_monitored_is_cleaned_up(
    installed_for_folder: Deployment, undisturbed: Undisturbed
) -> None:
    installed = installed_for_folder
    assert "logging/folders/2/sinks/hinomi-evidence-1" in installed.server.state
    without_options = installed.run()
    assert (without_options.returncode, installed.commands()) == (0, [])
    assert "Kept from the last deployment: --scope folders/2" in without_options.stdout
    assert installed.run("--scope", f"projects/{PROJECT}").returncode == 0
    assert _differences(installed, undisturbed) == []
    assert installed.server.state["cloudresourcemanager/folders/2:policy"]["bindings"] == []
    installed.commands()
    assert installed.run().returncode == 0
    assert installed.commands() == []


def test_a_removal_can_be_previewed(installed: Deployment) -> None:
    before = installed.server.state
    done = run(installed, "--dry-run", "--destroy", "--yes")
    assert done.returncode == 0
    assert "0 to create, 0 to change, " in done.stdout
    assert "\nFunctions\n  - metrics-analysis\n" in done.stdout
    assert "The databases are kept." in done.stdout
    assert "gcloud" not in done.stdout
    assert (installed.commands(), installed.server.state) == ([], before)


def test_the_commands_are_shown_on_demand(installed: Deployment) -> None:
    installed.server.services.state.pop(METRICS)
    planned = run(installed, "--plan", "--verbose").stdout
    assert "\nFunctions\n  + metrics-analysis\n    gcloud functions deploy metrics-analysis " in planned
    removed = run(installed, "--destroy", "--plan", "--verbose").stdout
    assert "    gcloud pubsub topics delete hinomi-evidence " in removed
    assert "    gcloud functions deploy metrics-analysis " in run(installed, "--verbose", "--yes").stdout


def test_without_changes_it_does_not_ask(installed: Deployment) -> None:
    done = run(installed)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Nothing to change: the installation matches the plan." in done.stdout
    assert installed.commands() == []


def test_a_deployment_asks_first(installed: Deployment) -> None:
    installed.server.services.state.pop(METRICS)
    done = run(installed)
    assert "give --yes" in done.stderr
    assert installed.commands() == []


def test_a_removal_asks_first(installed: Deployment) -> None:
    done = run(installed, "--destroy")
    assert "  - metrics-analysis\n" in done.stdout
    assert "give --yes" in done.stderr
    assert installed.commands() == []


def test_scripts_and_secrets_are_deployed_changed_and_removed(installed: Deployment) -> None:
    add_secret(installed, 1)
    actions = installed.folder / "actions"
    more = "secrets: [TOKEN]\npermissions: [dataflow.jobs.cancel]"
    script = add_script(actions, "clear", more=more)
    handlers = installed.folder / "rules" / "handlers.yaml"
    without = handlers.read_text(encoding="utf-8")
    handlers.write_text(without + CLEARING, encoding="utf-8")
    secrets = ("--secret", f"{TOKEN}=teams", "--secret", "HINOMI_TEAMS_WEBHOOK_URL=teams")
    done = installed.run(*secrets, environ=OTHER_SOURCE)
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr
    assert "\nScripts\n  + image of the scripts\n  + hinomi-script-clear\n" in done.stdout
    assert mounted(installed) == [("teams", "1")]
    created = [
        words[:3] for words in installed.commands() if words[0] in ("builds", "run") and "clear" in " ".join(words)
    ]
    assert created == [["run", "jobs", "create"], ["run", "jobs", "add-iam-policy-binding"]]
    assert environment(installed)["HINOMI_SCRIPT_LOCATION"] == f"{HOME}/locations/{REGION}"
    assert scripted(installed) == sorted(SCRIPTED)
    assert installed.doctor()["ok"] is True
    add_secret(installed, 2)
    (script / "run.sh").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    assert installed.run(environ=OTHER_SOURCE).returncode == 0
    assert mounted(installed) == [("teams", "2")]
    updated = [words[:3] for words in installed.commands() if "hinomi-script-clear" in words]
    assert updated == [["run", "jobs", "update"]]
    assert "Nothing to change: the installation matches the plan." in installed.run().stdout
    assert installed.commands() == []
    shutil.rmtree(actions)
    handlers.write_text(without, encoding="utf-8")
    dropped = installed.run("--no-secret", "HINOMI_TEAMS_WEBHOOK_URL", "--no-secret", TOKEN, environ=OTHER_SOURCE)
    assert dropped.returncode == 0, dropped.stdout[-1500:] + dropped.stderr
    assert mounted(installed) == []
    assert installed.server.state[f"{SECRET}:policy"]["bindings"] == []
    assert scripted(installed) == []


def test_the_dashboard_is_deployed_behind_the_proxy_changed_and_removed(installed: Deployment) -> None:
    before = installed.server.state
    done = installed.run("--dashboard-access", "group:platform@example.com")
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr
    state = installed.server.state
    deployed = state[DASHBOARD]["serviceConfig"]
    assert deployed["environmentVariables"]["HINOMI_DASHBOARD_AUDIENCE"] == AUDIENCE
    assert environment(installed)["HINOMI_DASHBOARD_URL"] == f"https://dashboard-{NUMBER}.{REGION}.run.app"
    assert "secretEnvironmentVariables" not in deployed
    service = DASHBOARD.replace("cloudfunctions/", "run/").replace("/functions/", "/services/")
    assert state[service]["proxy"] == "true"
    agent = f"serviceAccount:service-{NUMBER}@gcp-sa-iap.iam.gserviceaccount.com"
    assert state[f"{service}:policy"]["bindings"] == [{"role": "roles/run.invoker", "members": [agent]}]
    assert let_in(installed) == ["group:platform@example.com"]
    problems = [problem["what"] for area in installed.doctor()["areas"] for problem in area["problems"]]
    assert [text for text in problems if "HINOMI_TEAMS_WEBHOOK_URL" not in text] == []  # not set in this installation
    installed.commands()
    again = installed.run()
    assert "Nothing to change: the installation matches the plan." in again.stdout
    assert "--dashboard-access group:platform@example.com" in again.stdout
    assert installed.commands() == []
    assert installed.run("--dashboard-access", "user:alice@example.com").returncode == 0
    assert let_in(installed) == ["user:alice@example.com"]
    done = installed.run("--no-dashboard")
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr
    left = {key for key in installed.server.state if key not in before}
    user = f"sql/{HOME}/instances/hinomi/users/hinomi-dashboard@{PROJECT}.iam"
    roles = {key for key in left if installed.server.state[key].get("deleted")}
    assert {key for key in left - roles if "dashboard" in key and not key.endswith(":policy")} <= {user}
    assert let_in(installed) == []
    assert "Nothing to change: the installation matches the plan." in installed.run().stdout


def let_in(made: Deployment) -> list[str]:
    """The members whom the proxy lets in to the dashboard."""
    policy = made.server.state[f"iap/projects/{NUMBER}/iap_web/cloud_run-{REGION}/services/dashboard:policy"]
    return [member for binding in policy["bindings"] for member in binding["members"]]


def scripted(made: Deployment) -> list[str]:
    """The resources of the script, without the role that Google keeps for a week after its deletion."""
    state = made.server.state
    return sorted(
        key.rpartition("/")[2]
        for key in state
        if "script-clear" in key or ("_clear" in key and not state[key].get("deleted"))
    )


def test_the_settings_of_a_file_beside_the_caller_stay_after_the_doctors_fix(installed: Deployment) -> None:
    folder = installed.folder / "mine"
    folder.mkdir()
    member = f"serviceAccount:onprem@{PROJECT}.iam.gserviceaccount.com"
    (folder / "my.env").write_text(f"HINOMI_LANGUAGE=ja\nHINOMI_WORKER_ONPREM_MEMBER={member}\n", encoding="utf-8")
    done = run(installed, "--settings", "my.env", "--yes", folder="mine")
    assert done.returncode == 0, done.stderr
    metrics = f"serviceAccount:hinomi-metrics@{PROJECT}.iam.gserviceaccount.com"
    agent = f"serviceAccount:service-{NUMBER}@gcp-sa-pubsub.iam.gserviceaccount.com"
    assert of_worker(installed) == {
        "subscriptions/hinomi-orders-onprem": [("roles/pubsub.subscriber", [member])],
        "subscriptions/hinomi-results-onprem": [("roles/pubsub.subscriber", [agent])],
        "topics/hinomi-orders-onprem": [("roles/pubsub.publisher", [metrics])],
        "topics/hinomi-results-onprem": [("roles/pubsub.publisher", [member])],
    }
    assert (
        installed.server.state[f"pubsub/{HOME}/subscriptions/hinomi-orders-onprem"]["enableExactlyOnceDelivery"] is True
    )
    before = len(installed.server.changes())
    assert (installed.run().returncode, installed.server.changes()[before:]) == (0, [])
    installed.server.services.state[METRICS]["state"] = "FAILED"
    problems = [problem for area in installed.doctor()["areas"] for problem in area["problems"]]
    fix = next(problem["fix"] for problem in problems if "FAILED" in problem["what"])
    done = run(installed, *shlex.split(fix)[1:], "--yes")
    assert "Kept from the last deployment: --settings HINOMI_LANGUAGE" in done.stdout
    assert installed.server.state[METRICS]["state"] == "ACTIVE"
    assert environment(installed)["HINOMI_LANGUAGE"] == "ja"
    assert installed.run("--no-settings").returncode == 0
    assert "HINOMI_LANGUAGE" not in environment(installed)
    assert of_worker(installed) == {}


def of_worker(made: Deployment) -> dict[str, list[tuple[str, list[str]]]]:
    """The topics and subscriptions of the worker, each with its grants."""
    state = made.server.state
    names = [key for key in state if key.startswith("pubsub/") and key.endswith("-onprem")]
    policies = {key: state.get(f"{key}:policy", {}).get("bindings", []) for key in names}
    return {
        "/".join(key.split("/")[-2:]): [(one["role"], one["members"]) for one in bindings]
        for key, bindings in policies.items()
    }


@pytest.mark.parametrize("volume", ["many", "-3", "nan", "1e3"])
def test_an_invalid_volume_is_reported_before_anything_is_read(prepared: Deployment, volume: str) -> None:
    done = run(prepared, "--log-gib-per-day", volume, "--plan")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--log-gib-per-day" in done.stderr


def test_existing_resources_are_adopted_only_on_request(installed: Deployment, undisturbed: Undisturbed) -> None:
    state = installed.server.services.state
    for key in [key for key in state if key.startswith(LABELLED)]:
        state[key].get("labels", {}).pop("managed-by", None)
    for key in [key for key in state if "/roles/" in key or "/serviceAccounts/" in key or "/jobs/hinomi-s" in key]:
        if not key.endswith(":policy"):
            state[key]["description"] = "of the shop"
    state[f"sql/{HOME}/instances/hinomi"]["settings"].pop("userLabels")
    del state[f"run/{HOME}/locations/{REGION}/jobs/hinomi-release"]["labels"]["managed-by"]
    state[f"logging/{HOME}/sinks/hinomi-evidence-1"]["destination"] = "storage.googleapis.com/b"
    refused = installed.run()
    assert refused.returncode != 0
    assert "function metrics-analysis, " in refused.stderr
    assert installed.commands() == []
    done = installed.run("--adopt")
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr
    assert differing(installed.state, undisturbed.end) == {}


def environment(made: Deployment) -> dict[str, str]:
    found: dict[str, str] = made.server.state[METRICS]["serviceConfig"]["environmentVariables"]
    return found


def _differences(made: Deployment, undisturbed: Undisturbed) -> list[str]:
    """Differences, except the recorded options, the digest, roles that Google keeps for a week, and empty policies."""
    known = ("HINOMI_DEPLOYED_WITH", "hinomi-digest", "policy version", "policy bindings")
    found = differing(made.state, undisturbed.end)
    return [key for key in found if not key.endswith(known) and "organizations/1/roles" not in key]
