"""The pages about secrets, followed against the simulated Google APIs: several secrets are mounted, and later runs keep them.

docs/teams.md and docs/settings.md are followed word by word and twice. Between the two, one command deploys the secrets
of the other notifiers' pages, and that of a second Airflow connection.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from demo.platform.teams import TeamsServer
from tests.support.deployment import FOLDER, REGION, ROOT, Deployment
from tests.support.gcloud_services import PROJECT

pytestmark = pytest.mark.slow

HOME = f"projects/{PROJECT}"
PLACE = f"cloudfunctions/{HOME}/locations/{REGION}/functions"
SCOPE = FOLDER[1]
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
OTHER_PAGES = ("email.md", "webhook.md", "apprise.md")
LAKE = "HINOMI_AIRFLOW_LAKE_DB_URL"
EXISTS = re.compile(r"ALREADY_EXISTS|already exists", re.IGNORECASE)


def lines(page: str) -> list[str]:
    """The commands of a page, in order."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines()]


def secrets_of(*pages: str) -> dict[str, str]:
    """The secrets that the pages pass to deploy.sh, by variable."""
    return dict(re.findall(r"--secret (\w+)=(\S+)", "\n".join(line for page in pages for line in lines(page))))


def at_once(secrets: dict[str, str]) -> list[str]:
    """The documented commands that store these secrets, and one command that deploys them together."""
    create = 'printf %s "${}" | gcloud secrets create {} --project=my-monitoring --replication-policy=automatic --data-file=-'
    documented = {line for page in (*OTHER_PAGES, "settings.md") for line in lines(page)}
    stored = [create.format(variable, name) for variable, name in secrets.items()]
    assert [line for line in stored if LAKE not in line and line not in documented] == []
    options = " ".join(f"--secret {variable}={name}" for variable, name in secrets.items())
    deployed = f"./deploy.sh --project my-monitoring --region asia-northeast1 --settings my.env {options}"
    return [*(f"export {variable}=made-up" for variable in secrets), *stored, deployed]


def followed(made: Deployment, commands: list[str], values: dict[str, str]) -> list[str]:
    """Runs the commands of a page in one shell; returns those that failed.

    Answers the shell's `read` with a value, and the question of deploy.sh with yes.
    """
    script = ["set +e"]
    for line in commands:
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


def test_following_the_pages_twice_deletes_nothing(installed_for_folder: Deployment) -> None:
    made = installed_for_folder
    with TeamsServer() as teams:
        values = {
            "HINOMI_TEAMS_WEBHOOK_URL": teams.webhook,
            "HINOMI_TEAMS_WEBHOOK_URL_DATA": teams.webhook,
            "HINOMI_AIRFLOW_ETL_PASSWORD": "made-up",
        }
        pages = [lines(page) for page in ("teams.md", "settings.md")]
        assert [followed(made, commands, values) for commands in pages] == [[], []]
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

        others, lake = secrets_of(*OTHER_PAGES), {LAKE: "hinomi-airflow-lake-db-url"}
        assert sorted(others) == [
            "HINOMI_APPRISE_URLS",
            "HINOMI_EMAIL_PASSWORD",
            "HINOMI_WEBHOOK_KEY",
            "HINOMI_WEBHOOK_URL",
        ]
        assert followed(made, at_once(others | lake), {}) == []

        again = [followed(made, commands, values) for commands in pages]
        secrets = [*channels.values(), *password.values()]
        assert [command for failed in again for command in failed] == [
            f"gcloud secrets create {name}" for name in secrets
        ]
        assert mounted(made, "metrics-analysis") == {**channels, **password, **others}
        assert mounted(made, "history-analysis") == {**password, **lake}
        assert made.doctor()["ok"] is True
        assert len(teams.cards) == 4


def test_the_pages_name_one_file_of_settings_because_a_new_file_replaces_the_last_one() -> None:
    files = {name for page in PAGES for name in re.findall(r"--settings (\S+)", " ".join(lines(page)))}
    assert files == {"my.env"}


def test_every_tested_page_has_commands() -> None:
    assert sum(line.startswith("./deploy.sh ") for page in ("teams.md", "settings.md") for line in lines(page)) == 5
    assert Path(ROOT / "docs" / "teams.md").exists()
