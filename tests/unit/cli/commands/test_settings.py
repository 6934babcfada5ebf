"""`hinomi settings`."""

from __future__ import annotations

import pytest

from cli.app import run
from shared.config import ROOT
from shared.texts.cli import settings


def test_the_page_of_the_settings_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["settings", "--markdown"]) == 0
    assert capsys.readouterr().out == (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("options", [[], ["--json"]])
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HINOMI_ERROR_DB_URL", "postgresql+psycopg://u:hunter2@h:5432/x"),
        ("HINOMI_SCHEMA_DB_URL", "postgresql:u:hunter2@h"),
        ("HINOMI_SCHEMA_DB_URL", "postgresql+psycopg://u@h/x?pasword=hunter2"),
        ("HINOMI_DASHBOARD_URL", "https://alice:hunter2@example.com"),
        ("HINOMI_DASHBOARD_URL", "alice:hunter2@example.com"),
        ("HINOMI_SCHEMA_DB_URL", "postgresql://u%3Ahunter2@h/x"),
        ("HINOMI_SCHEMA_DB_URL", "postgresql://u@h/x?host=/y?password=hunter2"),
        ("HINOMI_SCHEMA_DB_URL", "postgresql://u@h/x?sslmode=hunter2"),
        ("HINOMI_PROJECTS", "p,u:hunter2@h/db"),
        ("HINOMI_LINK_HOSTS", "Authorization: Bearer hunter2hunter2"),
        ("HINOMI_SCOPE", "password=hunter2"),
        ("HINOMI_TEAMS_WEBHOOK_URL", "https://example.com/hunter2"),
        ("HINOMI_TEAMS_WEBHOOK_URL_DATA", "https://example.com/hunter2"),
        ("HINOMI_AIRFLOW_ETL_DB_URL", "postgresql://u:hunter2@h/x"),
        ("HINOMI_AIRFLOW_ETL_PASSWORD", "hunter2"),
        ("HINOMI_AIRFLOW_ETL_AUTH", "alice:hunter2"),
        ("HINOMI_AIRFLOW_ETL_URL", "https://alice:hunter2@example.com"),
        ("HINOMI_TEAMS_WEBHOK_URL", "https://example.com/hunter2"),
        ("HINOMI_AIRFLOW_ETL_URL", "https://airflow.example.com/hunter2qW8eR5tY1uI0pA"),
        ("HINOMI_AIRFLOW_ETL_USERNAME", "hunter2qW8eR5tY1uI0pA"),
        ("HINOMI_PROJECT", "ghp_hunter2hunter2hunter2hunter2"),
        ("HINOMI_PLATFORM_FILE", "hunter2!Ab"),
        ("HINOMI_RETENTION_DAYS", "password=hunter2"),
        ("HINOMI_LANGUAGE", "xoxb-123456789012-hunter2"),
        ("HINOMI_MONITORING_ENDPOINT", "alice:hunter2@h"),
        ("HINOMI_RETENTION_DAYS", "hunter2"),
        ("HINOMI_LANGUAGE", "hunter2"),
        ("HINOMI_BIGQUERY_LOCATIONS", "hunter2!"),
        ("HINOMI_SCHEMA_DB_URL", "postgresql+psycopg://u@h/x?application_name=hunter2"),
        ("HINOMI_AIRFLOW_ETL_AUTH", "basic:alice:hunter2"),
        ("HINOMI_AIRFLOW_ETL_USERNAME", "hunter2"),
        ("HINOMI_EMAIL_SERVER", "smtps://alice:hunter2@smtp.example.com"),
        ("HINOMI_EMAIL_TO", "discord://1234/hunter2"),
        ("HINOMI_PROJECTS", "data,Hunter2hunter2"),
    ],
)
def test_no_secret_is_shown_whatever_its_form(
    variable: str, value: str, options: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINOMI_AIRFLOW_ETL_URL", "https://airflow.example.com")
    monkeypatch.setenv(variable, value)
    run(["settings", *options])
    output = capsys.readouterr()
    assert "hunter2" not in (output.out + output.err).lower()
    assert variable in output.out + output.err


def test_the_variables_of_each_channel_and_connection_are_listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINOMI_TEAMS_WEBHOOK_URL_DATA", "https://example.com/x")
    monkeypatch.setenv("HINOMI_AIRFLOW_ETL_URL", "https://airflow.example.com")
    assert run(["settings"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "HINOMI_TEAMS_WEBHOOK_URL_DATA = <secret>" in lines
    assert "HINOMI_AIRFLOW_ETL_URL = https://airflow.example.com" in lines
    assert "HINOMI_AIRFLOW_<NAME>_AUTH = google" in lines


def test_a_variable_that_nothing_reads_is_called_unknown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINOMI_LANGAUGE", "ja")
    assert run(["settings"]) == 0
    assert f"HINOMI_LANGAUGE = <secret>\n    {settings.UNKNOWN.en}" in capsys.readouterr().out
