"""deploy.sh when options change, and its output when it only plans."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.phases import all_steps
from tests.support.deployment import NO_VARIABLES, REGION, Deployment, Undisturbed, differing
from tests.support.gcloud_services import NUMBER, PROJECT
from tests.support.script_folder import add_script

pytestmark = pytest.mark.slow

HOME = f"projects/{PROJECT}"
METRICS = f"cloudfunctions/{HOME}/locations/{REGION}/functions/metrics-analysis"
DASHBOARD = f"cloudfunctions/{HOME}/locations/{REGION}/functions/dashboard"
AUDIENCE = f"/projects/{NUMBER}/locations/{REGION}/services/dashboard"
SECRET = f"secretmanager/{HOME}/secrets/teams"
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
SECRETS = ("--secret", f"{TOKEN}=teams", "--secret", "HINOMI_TEAMS_WEBHOOK_URL=teams")
GROUP, ALICE = "group:platform@example.com", "user:alice@example.com"
WORKER = f"serviceAccount:onprem@{PROJECT}.iam.gserviceaccount.com"
SETTINGS = f"HINOMI_LANGUAGE=ja\nHINOMI_WORKER_ONPREM_MEMBER={WORKER}\n"
OTHER_SOURCE = {"SKIPPED_COMMAND": ""}  # the first run built the source without the script
WHERE = ("--project", PROJECT, "--region", REGION)


@dataclass(frozen=True)
class Script:
    """The folder of a script, and a function that removes the script and its handler rule."""

    folder: Path
    remove: Callable[[], None]


def run(
    made: Deployment, *options: str, folder: str = ".", environ: Mapping[str, str] = NO_VARIABLES
) -> subprocess.CompletedProcess[str]:
    """Runs deploy.sh in a folder, without --yes."""
    command = [str(made.folder / "tree" / "deploy.sh"), *WHERE, *options]
    quiet: Any = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL}
    return subprocess.run(command, cwd=made.folder / folder, env={**made.environ, **environ}, check=False, **quiet)


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


def test_a_deployment_asks_first_and_shows_its_commands_on_demand(installed: Deployment) -> None:
    installed.server.services.state.pop(METRICS)
    done = run(installed, "--verbose")
    assert "\nFunctions\n  + metrics-analysis\n    gcloud functions deploy metrics-analysis " in done.stdout
    assert "give --yes" in done.stderr
    assert installed.commands() == []
    assert "    gcloud functions deploy metrics-analysis " in run(installed, "--verbose", "--yes").stdout


def test_a_removal_asks_first_and_shows_its_commands_on_demand(installed: Deployment) -> None:
    done = run(installed, "--destroy", "--verbose")
    assert "  - metrics-analysis\n" in done.stdout
    assert "    gcloud pubsub topics delete hinomi-evidence " in done.stdout
    assert "give --yes" in done.stderr
    assert installed.commands() == []


def test_a_second_run_changes_nothing_and_does_not_ask(installed: Deployment) -> None:
    changes, calls = len(installed.server.changes()), len(installed.server.calls)
    done = run(installed)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Nothing to change: the installation matches the plan." in done.stdout
    assert (installed.commands(), installed.server.changes()[changes:]) == ([], [])
    seen = Counter(call.name for call in installed.server.calls[calls:])
    assert max(seen.values()) == 1, "the plan reads each resource once, and nothing else reads it again"


@pytest.fixture
def script(installed: Deployment) -> Iterator[Script]:
    """A script of the user, with a handler rule that runs it."""
    folder, handlers = installed.folder / "actions", installed.folder / "rules" / "handlers.yaml"
    without = handlers.read_text(encoding="utf-8")

    def remove() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        handlers.write_text(without, encoding="utf-8")

    made = add_script(folder, "clear", more="secrets: [TOKEN]\npermissions: [dataflow.jobs.cancel]")
    handlers.write_text(without + CLEARING, encoding="utf-8")
    yield Script(made, remove)
    remove()


def test_every_kind_of_option_is_deployed_kept_changed_and_removed(installed: Deployment, script: Script) -> None:
    """One installation has scripts, secrets, the dashboard, settings and a worker, because each run takes long."""
    before = installed.server.state
    add_secret(installed, 1)
    folder = installed.folder / "mine"
    folder.mkdir(exist_ok=True)
    (folder / "my.env").write_text(SETTINGS, encoding="utf-8")
    options = ("--settings", "my.env", "--dashboard-access", GROUP, *SECRETS)
    said = successful(run(installed, *options, "--yes", folder="mine", environ=OTHER_SOURCE))
    assert "\nScripts\n  + image of the scripts\n  + hinomi-script-clear\n" in said
    assert len(executions(installed)) == 2
    assert_all_is_deployed(installed)
    assert [problem["what"] for problem in problems(installed)] == [
        "HINOMI_WORKER_ONPREM_KEY is not set, needed by worker onprem"
    ]

    said = successful(installed.run())
    assert "Nothing to change: the installation matches the plan." in said
    assert f"--dashboard-access {GROUP}" in said
    assert "--settings HINOMI_LANGUAGE" in said
    assert installed.commands() == []

    add_secret(installed, 2)
    (script.folder / "run.sh").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    installed.server.services.state[METRICS]["state"] = "FAILED"
    fix = next(problem["fix"] for problem in problems(installed) if "FAILED" in problem["what"])
    words = [ALICE if word == GROUP else word for word in shlex.split(fix)[1:]]
    assert "Kept from the last deployment: " in successful(run(installed, *words, "--yes", environ=OTHER_SOURCE))
    assert executions(installed) == [["run", "jobs", "update"]]
    assert mounted(installed) == [("teams", "2")]
    assert let_in(installed) == [ALICE]
    assert installed.server.state[METRICS]["state"] == "ACTIVE"
    assert environment(installed)["HINOMI_LANGUAGE"] == "ja"

    script.remove()
    dropped = ("--no-secret", "HINOMI_TEAMS_WEBHOOK_URL", "--no-secret", TOKEN, "--no-dashboard", "--no-settings")
    successful(installed.run(*dropped, environ=OTHER_SOURCE))
    assert_nothing_is_left(installed, before)
    assert "Nothing to change: the installation matches the plan." in successful(installed.run())


@pytest.mark.parametrize(
    "options",
    [
        {"settings": {"HINOMI_LANGUAGE": "ja"}},
        {"secrets": {"HINOMI_TEAMS_WEBHOOK_URL": "teams"}},
        {"dashboard_access": (GROUP,)},
    ],
    ids=lambda options: next(iter(options)),
)
def test_each_option_alone_deploys_the_function_again(installed: Deployment, options: dict[str, Any]) -> None:
    add_secret(installed, 1)
    assert "function metrics-analysis" in [step.what for step in all_steps(installed.site(**options))]


def successful(done: subprocess.CompletedProcess[str]) -> str:
    """Runs deploy.sh, which must succeed; returns its output."""
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr
    return done.stdout


def problems(made: Deployment) -> list[dict[str, str]]:
    """The problems that the doctor finds."""
    return [problem for area in made.doctor()["areas"] for problem in area["problems"]]


def executions(made: Deployment) -> list[list[str]]:
    """The commands about the script's job since the last call; its image is built in Cloud Build."""
    commands = made.commands()
    return [words[:3] for words in commands if words[0] in ("builds", "run") and "hinomi-script-clear" in words]


def assert_all_is_deployed(made: Deployment) -> None:
    """Asserts that the script, the secret, the dashboard behind its proxy, the settings and the worker are deployed."""
    state = made.server.state
    assert mounted(made) == [("teams", "1")]
    assert scripted(made) == sorted(SCRIPTED)
    deployed = state[DASHBOARD]["serviceConfig"]
    assert deployed["environmentVariables"]["HINOMI_DASHBOARD_AUDIENCE"] == AUDIENCE
    assert "secretEnvironmentVariables" not in deployed
    service = DASHBOARD.replace("cloudfunctions/", "run/").replace("/functions/", "/services/")
    assert state[service]["proxy"] == "true"
    agent = f"serviceAccount:service-{NUMBER}@gcp-sa-iap.iam.gserviceaccount.com"
    assert state[f"{service}:policy"]["bindings"] == [{"role": "roles/run.invoker", "members": [agent]}]
    assert let_in(made) == [GROUP]
    expected = {
        "HINOMI_SCRIPT_LOCATION": f"{HOME}/locations/{REGION}",
        "HINOMI_DASHBOARD_URL": f"https://dashboard-{NUMBER}.{REGION}.run.app",
        "HINOMI_LANGUAGE": "ja",
    }
    assert expected.items() <= environment(made).items()
    metrics = f"serviceAccount:hinomi-metrics@{PROJECT}.iam.gserviceaccount.com"
    agent = f"serviceAccount:service-{NUMBER}@gcp-sa-pubsub.iam.gserviceaccount.com"
    assert of_worker(made) == {
        "subscriptions/hinomi-orders-onprem": [("roles/pubsub.subscriber", [WORKER])],
        "subscriptions/hinomi-results-onprem": [("roles/pubsub.subscriber", [agent])],
        "topics/hinomi-orders-onprem": [("roles/pubsub.publisher", [metrics])],
        "topics/hinomi-results-onprem": [("roles/pubsub.publisher", [WORKER])],
    }
    assert state[f"pubsub/{HOME}/subscriptions/hinomi-orders-onprem"]["enableExactlyOnceDelivery"] is True


def assert_nothing_is_left(made: Deployment, before: dict[str, Any]) -> None:
    """Asserts that nothing of the options is left, except a database user and the roles that Google keeps for a week."""
    assert mounted(made) == []
    assert made.server.state[f"{SECRET}:policy"]["bindings"] == []
    assert scripted(made) == []
    left = {key for key in made.server.state if key not in before}
    user = f"sql/{HOME}/instances/hinomi/users/hinomi-dashboard@{PROJECT}.iam"
    roles = {key for key in left if made.server.state[key].get("deleted")}
    assert {key for key in left - roles if "dashboard" in key and not key.endswith(":policy")} <= {user}
    assert let_in(made) == []
    assert not {"HINOMI_LANGUAGE", "HINOMI_DASHBOARD_URL", "HINOMI_SCRIPT_LOCATION"} & set(environment(made))
    assert of_worker(made) == {}


def let_in(made: Deployment) -> list[str]:
    """The members whom Identity-Aware Proxy admits to the dashboard."""
    policy = made.server.state[f"iap/projects/{NUMBER}/iap_web/cloud_run-{REGION}/services/dashboard:policy"]
    return [member for binding in policy["bindings"] for member in binding["members"]]


def scripted(made: Deployment) -> list[str]:
    """The resources of the script, without the deleted role, which Google keeps for a week."""
    state = made.server.state
    return sorted(
        key.rpartition("/")[2]
        for key in state
        if "script-clear" in key or ("_clear" in key and not state[key].get("deleted"))
    )


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


def environment(made: Deployment) -> dict[str, str]:
    found: dict[str, str] = made.server.state[METRICS]["serviceConfig"]["environmentVariables"]
    return found


def _differences(made: Deployment, undisturbed: Undisturbed) -> list[str]:
    """The differences, except the recorded options, the digest, deleted roles that Google keeps for a week, and empty policies."""
    known = ("HINOMI_DEPLOYED_WITH", "hinomi-digest", "policy version", "policy bindings")
    found = differing(made.state, undisturbed.end)
    return [key for key in found if not key.endswith(known) and "organizations/1/roles" not in key]
