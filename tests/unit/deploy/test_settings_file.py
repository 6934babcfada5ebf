"""The file of --settings: plain settings are accepted, all others are rejected with advice."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.settings_file import read
from shared.errors import InputError

CONNECT = "HINOMI_KAFKA_CONNECT_CDC_URL=https://cdc.example.com"


def write(folder: Path, *lines: str) -> Path:
    file = folder / "my.env"
    file.write_text("\n".join(("# ours", "", *lines, "")), encoding="utf-8")
    return file


def refused(folder: Path, *lines: str) -> str:
    with pytest.raises(InputError) as error:
        read(write(folder, *lines), "my-monitoring")
    text = str(error.value)
    assert "hunter2" not in text
    return text


def test_plain_settings_are_read(tmp_path: Path) -> None:
    lines = (
        "HINOMI_LANGUAGE=ja",
        "HINOMI_AIRFLOW_ETL_URL=https://airflow.example.com",
        "HINOMI_AIRFLOW_ETL_AUTH = basic",
    )
    assert read(write(tmp_path, *lines), "p") == {
        "HINOMI_LANGUAGE": "ja",
        "HINOMI_AIRFLOW_ETL_URL": "https://airflow.example.com",
        "HINOMI_AIRFLOW_ETL_AUTH": "basic",
    }
    assert read(None, "p") == {}


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("HINOMI_TEAMS_WEBHOOK_URL=https://example.com/hunter2", "hinomi-teams-webhook-url"),
        ("HINOMI_TEAMS_WEBHOOK_URL_DATA=https://example.com/hunter2", "hinomi-teams-webhook-url-data"),
        ("HINOMI_AIRFLOW_ETL_PASSWORD=hunter2", "hinomi-airflow-etl-password"),
        ("HINOMI_AIRFLOW_ETL_DB_URL=postgresql://u:hunter2@h/x", "hinomi-airflow-etl-db-url"),
    ],
)
def test_a_secret_is_rejected_with_the_commands_for_secret_manager(tmp_path: Path, line: str, name: str) -> None:
    variable = line.partition("=")[0]
    text = refused(tmp_path, line)
    assert text.startswith(f"{tmp_path}/my.env:3: {variable} is a secret")
    assert text.splitlines()[1:] == [
        f"  read -rs {variable}",
        f'  printf %s "${variable}" | gcloud secrets create {name} --project=my-monitoring --replication-policy=automatic --data-file=-',
        f"  ./deploy.sh … --secret {variable}={name}",
    ]


@pytest.mark.parametrize(
    "variable", ["HINOMI_ERROR_DB_URL", "HINOMI_SCHEMA_DB_URL", "HINOMI_PROJECT", "HINOMI_SHARED_REPORTS_UNTIL"]
)
def test_settings_of_deploy_itself_are_rejected(tmp_path: Path, variable: str) -> None:
    text = refused(tmp_path, f"{variable}=postgresql://u:hunter2@h/x")
    assert f"deploy.sh sets {variable} itself: remove the line" in text


def test_a_password_in_a_plain_setting_is_rejected(tmp_path: Path) -> None:
    text = refused(tmp_path, "HINOMI_LANGUAGE=ja", "HINOMI_DASHBOARD_URL=https://alice:hunter2@example.com")
    assert ":4: HINOMI_DASHBOARD_URL contains a password" in text


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("HINOMI_EMAIL_SERVER=smtps://alice:hunter2@smtp.example.com", "HINOMI_EMAIL_PASSWORD"),
        ("HINOMI_EMAIL_USER=alice:hunter2@smtp.example.com", "HINOMI_EMAIL_PASSWORD"),
        ("HINOMI_EMAIL_TO_DATA=smtps://alice:hunter2@smtp.example.com", "HINOMI_EMAIL_PASSWORD"),
        ("HINOMI_TEAMS_TIMEZONE_DATA=https://example.com/hook?sig=hunter2", "HINOMI_TEAMS_WEBHOOK_URL_DATA"),
        ("HINOMI_WEBHOOK_LANGUAGE=https://example.com/hook?sig=hunter2", "HINOMI_WEBHOOK_URL"),
        ("HINOMI_APPRISE_LANGUAGE_NIGHT=ntfys://u:hunter2@example.com/x", "HINOMI_APPRISE_URLS_NIGHT"),
        ("HINOMI_AIRFLOW_ETL_ENVIRONMENT=postgresql://u:hunter2@h/x", "HINOMI_AIRFLOW_ETL_PASSWORD"),
        ("HINOMI_AIRFLOW_ETL_USERNAME=alice:hunter2", "HINOMI_AIRFLOW_ETL_PASSWORD"),
        ("HINOMI_EMAIL_USER=alice%3Ahunter2", "HINOMI_EMAIL_PASSWORD"),
        ("HINOMI_KAFKA_CONNECT_CDC_USERNAME=alice:hunter2", "HINOMI_KAFKA_CONNECT_CDC_SECRET"),
        ("HINOMI_KAFKA_CONNECT_CDC_BROKER_USER=alice:hunter2", "HINOMI_KAFKA_CONNECT_CDC_BROKER_PASSWORD"),
        ("HINOMI_KAFKA_CONNECT_CDC_BROKERS=user:hunter2@kafka:9092", "HINOMI_KAFKA_CONNECT_CDC_BROKER_PASSWORD"),
    ],
)
def test_a_password_in_the_setting_of_a_plug_in_is_rejected_with_its_secret(
    tmp_path: Path, line: str, secret: str
) -> None:
    text = refused(tmp_path, "HINOMI_AIRFLOW_ETL_URL=https://airflow.example.com", CONNECT, line)
    assert text.startswith(f"{tmp_path}/my.env:5: {line.partition('=')[0]} contains a password, and everybody")
    assert f"--secret {secret}=" in text


@pytest.mark.parametrize(
    "line",
    [
        "HINOMI_WORKER_ONPREM_MEMBER=user:alice@example.com",
        "HINOMI_DASHBOARD_VIEWERS=group:platform@example.com, alice@example.com",
        "HINOMI_KAFKA_CONNECT_CDC_BROKERS=kafka-1.example.com:9092,kafka-2.example.com:9092",
        "HINOMI_EMAIL_USER=hinomi@example.com",
    ],
)
def test_members_addresses_and_users_are_no_passwords(tmp_path: Path, line: str) -> None:
    assert line.partition("=")[2] in read(write(tmp_path, CONNECT, line), "p").values()


def test_a_login_that_begins_like_a_member_is_rejected(tmp_path: Path) -> None:
    assert "contains a password" in refused(tmp_path, "HINOMI_LINK_HOSTS=user:hunter2@wiki.example.com")


def test_a_password_in_the_setting_of_a_plug_in_without_secrets_is_rejected(tmp_path: Path) -> None:
    text = refused(tmp_path, "HINOMI_PUBSUB_TOPIC=https://alice:hunter2@example.com")
    assert text.endswith("can read settings: remove the password")


def test_a_token_of_a_known_format_is_rejected(tmp_path: Path) -> None:
    text = refused(tmp_path, "HINOMI_PLATFORM_FILE=ghp_hunter2hunter2hunter2")
    assert text.endswith("can read settings: remove the password")


def test_a_password_in_the_url_of_a_connection_is_rejected_with_the_variables_to_set(tmp_path: Path) -> None:
    text = refused(tmp_path, "HINOMI_AIRFLOW_ETL_URL=https://alice:hunter2@example.com")
    assert "set HINOMI_AIRFLOW_ETL_USERNAME and HINOMI_AIRFLOW_ETL_PASSWORD instead" in text


def test_a_password_as_the_authentication_method_is_rejected(tmp_path: Path) -> None:
    lines = ("HINOMI_AIRFLOW_ETL_URL=https://example.com", "HINOMI_AIRFLOW_ETL_AUTH=alice:hunter2")
    assert "HINOMI_AIRFLOW_ETL_AUTH is not an authentication method: set one of google" in refused(tmp_path, *lines)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("HINOMI_LANGAUGE=ja", "no setting HINOMI_LANGAUGE: did you mean 'HINOMI_LANGUAGE'?"),
        ("HINOMI_XYZZY=1", "no setting HINOMI_XYZZY (docs/settings.md lists all)"),
        ("LANGUAGE=ja", "write HINOMI_NAME=value"),
        ("HINOMI_LANGUAGE", "write HINOMI_NAME=value"),
        ("HINOMI_LANGUAGE=fr", "HINOMI_LANGUAGE is 'fr'"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    assert message in refused(tmp_path, line)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.env: cannot be read: No such file or directory$"):
        read(tmp_path / "gone.env", "p")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("HINOMI_TEAMS_LANGUAGE_DATA=jp", "HINOMI_TEAMS_LANGUAGE_DATA is invalid: there is no language 'jp'"),
        ("HINOMI_TEAMS_TIMEZONE=Tokyo", "HINOMI_TEAMS_TIMEZONE is invalid: there is no time zone 'Tokyo'"),
    ],
)
def test_a_value_that_its_plug_in_rejects_is_refused(tmp_path: Path, line: str, reason: str) -> None:
    assert reason in refused(tmp_path, line)
