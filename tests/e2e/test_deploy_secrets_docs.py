"""docs/teams.md and docs/settings.md, followed word by word and twice, against the simulated Google APIs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from demo.platform.teams import TeamsServer
from tests.support.deployment import REGION, ROOT, Deployment
from tests.support.gcloud_services import PROJECT

pytestmark = pytest.mark.slow

HOME = f"projects/{PROJECT}"
PLACE = f"cloudfunctions/{HOME}/locations/{REGION}/functions"
SCOPE = "folders/2"
SETTINGS = """\
HINOMI_LANGUAGE=ja
HINOMI_AIRFLOW_ETL_URL=https://airflow.example.com
HINOMI_AIRFLOW_ETL_AUTH=basic
HINOMI_AIRFLOW_ETL_USERNAME=hinomi
HINOMI_EMAIL_SERVER=smtps://smtp.example.com
HINOMI_EMAIL_FROM=hinomi@example.com
HINOMI_EMAIL_TO=oncall@example.com
HINOMI_EMAIL_TO_DATA=data-team@example.com,lead@example.com
HINOMI_EMAIL_TIMEZONE_DATA=Asia/Tokyo
HINOMI_PUBSUB_TOPIC=projects/my-monitoring/topics/incidents
HINOMI_PUBSUB_TOPIC_DATA=projects/my-monitoring/topics/data
HINOMI_WEBHOOK_LANGUAGE_DATA=ja
HINOMI_APPRISE_LANGUAGE_NIGHT=ja
"""
PAGES = ("settings.md", "email.md", "pubsub.md")
EXISTS = re.compile(r"ALREADY_EXISTS|already exists", re.IGNORECASE)


def lines(page: str) -> list[str]:
    """The commands of a page, in their order."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines()]


def followed(made: Deployment, page: str, values: dict[str, str]) -> list[str]:
    """Runs the commands of a page in one shell; returns those that failed.

    Answers `read` with a value, and the question of deploy.sh with yes.
    """
    script = ["set +e"]
    for line in lines(page):
        typed = line.replace("my-monitoring", PROJECT).replace("./deploy.sh ", "./deploy.sh --yes ")
        variable = re.match(r"read -rs (\w+)", typed)
        answer = f" <<<'{values[variable[1]]}'" if variable else ""
        command = typed.replace(variable[0], f"{variable[0]}{answer}") if variable else typed
        script += [command, f"[ $? = 0 ] || echo 'FAILED {line.split(' | ')[-1].split(' --')[0]}'"]
    tree = made.folder / "tree"
    (tree / "my.env").write_text(SETTINGS, encoding="utf-8")
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)], cwd=tree, env=made.environ, capture_output=True, text=True, check=False
    )
    failed = [line.removeprefix("FAILED ") for line in done.stdout.splitlines() if line.startswith("FAILED ")]
    assert len(failed) == len(EXISTS.findall(done.stderr)), done.stderr
    return failed


def mounted(made: Deployment, function: str) -> dict[str, str]:
    config: dict[str, Any] = made.server.state[f"{PLACE}/{function}"]["serviceConfig"]
    return {item["key"]: item["secret"] for item in config.get("secretEnvironmentVariables", [])}


def test_following_the_pages_twice_deletes_nothing(installed: Deployment) -> None:
    made = installed
    assert made.run("--scope", SCOPE).returncode == 0
    with TeamsServer() as teams:
        values = {
            "HINOMI_TEAMS_WEBHOOK_URL": teams.webhook,
            "HINOMI_TEAMS_WEBHOOK_URL_DATA": teams.webhook,
            "HINOMI_AIRFLOW_ETL_PASSWORD": "made-up",
        }
        assert [followed(made, page, values) for page in ("teams.md", "settings.md")] == [[], []]
        first = made.server.state
        channels = {
            "HINOMI_TEAMS_WEBHOOK_URL": "hinomi-teams-webhook-url",
            "HINOMI_TEAMS_WEBHOOK_URL_DATA": "hinomi-teams-webhook-url-data",
        }
        password = {"HINOMI_AIRFLOW_ETL_PASSWORD": "hinomi-airflow-etl-password"}
        assert mounted(made, "metrics-analysis") == {**channels, **password}
        assert mounted(made, "history-analysis") == password
        variables = first[f"{PLACE}/history-analysis"]["serviceConfig"]["environmentVariables"]
        assert {line.partition("=")[0] for line in SETTINGS.split()} <= set(variables)
        assert variables["HINOMI_SCOPE"] == SCOPE
        assert made.doctor()["ok"] is True

        again = [followed(made, page, values) for page in ("teams.md", "settings.md")]
        secrets = [*channels.values(), *password.values()]
        assert [command for failed in again for command in failed] == [
            f"gcloud secrets create {name}" for name in secrets
        ]
        assert mounted(made, "metrics-analysis") == {**channels, **password}
        assert made.doctor()["ok"] is True
        assert len(teams.cards) == 4


def test_the_pages_name_one_file_of_settings_because_a_new_file_replaces_the_last_one() -> None:
    files = {name for page in PAGES for name in re.findall(r"--settings (\S+)", " ".join(lines(page)))}
    assert files == {"my.env"}


def test_every_tested_page_has_commands() -> None:
    assert sum(line.startswith("./deploy.sh ") for page in ("teams.md", "settings.md") for line in lines(page)) == 5
    assert Path(ROOT / "docs" / "teams.md").exists()
