"""The values of settings are shown without secrets; values in the declared form stay readable."""

from __future__ import annotations

import pytest

from handlers.declared_settings import declared, shown_value
from shared import config
from shared.redaction.setting_values import shown_invalid, shown_setting

WORD = "Correcthorse"


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("HINOMI_PROJECT", "a1b2c3d4e5f60718293a4b5c6d7e8f90", "<secret>"),
        ("HINOMI_PROJECT", "Zm9vYmFyMTIzNDU2Nzg5MA==", "<secret>"),
        ("HINOMI_PROJECTS", "example-project,Tr0ub4dor&3", "example-project,<secret>"),
        ("HINOMI_DASHBOARD_URL", "https://example.com/hooks/word", "https://example.com/<secret>"),
        ("HINOMI_DASHBOARD_URL", "https://word@example.com", "<secret>"),
        ("HINOMI_DASHBOARD_URL", "https://example.com?key=word", "<secret>"),
        ("HINOMI_DASHBOARD_URL", "https://hinomi.example.com:8443/", None),
        (
            "HINOMI_SCHEMA_DB_URL",
            "postgresql://u@h/x?application_name=word",
            "postgresql://<secret>@h/x?application_name=<secret>",
        ),
        ("HINOMI_SCHEMA_DB_URL", "postgresql://word/x", "<secret>"),
        ("HINOMI_SCHEMA_DB_URL", "postgresql://u@h/x?host=word", "postgresql://<secret>@h/x?host=<secret>"),
        ("HINOMI_SCHEMA_DB_URL", "sqlite:///.hinomi/schema.db", None),
        (
            "HINOMI_SCHEMA_DB_URL",
            "postgresql+psycopg://hinomi-metrics%40example-project.iam@/hinomi?host=/cloudsql/p:r:i",
            None,
        ),
        ("HINOMI_AIRFLOW_ETL_AUTH", "basic:alice:word", "<secret>"),
        ("HINOMI_AIRFLOW_ETL_AUTH", "basic", None),
        ("HINOMI_AIRFLOW_ETL_URL", "https://proxy.example.com:3128", None),
        ("HINOMI_AIRFLOW_ETL_URL", "https://0123456789abcdef-dot-europe-west1.composer.googleusercontent.com", None),
        ("HINOMI_AIRFLOW_ETL_ENVIRONMENT", "my-project/prod", None),
        ("HINOMI_EMAIL_SERVER", "smtps://alice:word@smtp.example.com:465", "<secret>"),
        ("HINOMI_EMAIL_SERVER", "smtps://smtp.example.com:465", None),
        ("HINOMI_EMAIL_TO_DATA", "a@example.com, b@example.com", None),
        ("HINOMI_EMAIL_TO_DATA", "ntfy://word/topic", "<secret>"),
        ("HINOMI_PUBSUB_TOPIC", "projects/example-project/topics/incidents", None),
        ("HINOMI_TEAMS_LANGUAGE", "ja", None),
        ("HINOMI_HTTP_PROXY", "http://proxy.example.com:3128", "<secret>"),
        ("HINOMI_SCOPE", "organizations/987654321098", None),
        ("HINOMI_PROJECT", "example-project-12", None),
        ("HINOMI_PROJECT", "example.com:project-12", None),
        ("HINOMI_SERVICE_ACCOUNTS", "hinomi@example-project.iam.gserviceaccount.com", None),
        ("HINOMI_PUSH_ACCOUNTS", "/reports/airflow=hinomi-push-reports@p1.iam.gserviceaccount.com", None),
        ("HINOMI_EVIDENCE_TOPIC", "projects/example-project/topics/hinomi-evidence", None),
        ("HINOMI_RULES_DIR", "/srv/hinomi_2026/Rules_Of_Our_Data_Team_2026_11", None),
        ("HINOMI_REPORTS", "daily teams 07:00,weekly email:data mon 08:00", None),
        ("HINOMI_FUNCTION_NAMES", "metrics-analysis,word", "metrics-analysis,<secret>"),
        ("HINOMI_REDACT", "*password*,*.query", None),
        ("HINOMI_LINK_HOSTS", "wiki.example.com,*.example.com,word", "wiki.example.com,*.example.com,<secret>"),
        ("HINOMI_TIMEZONE", "America/Argentina/ComodRivadavia", None),
        ("HINOMI_BIGQUERY_LOCATIONS", "EU,europe-west1", None),
        ("HINOMI_PRICE_PER_TIB", "6.25", None),
    ],
)
def test_secrets_are_hidden_and_ordinary_values_are_shown(name: str, value: str, text: str | None) -> None:
    assert shown_value(name, value) == (text or value)


def test_a_word_in_any_setting_is_hidden() -> None:
    known = declared()
    own = [name for name in config.load({}).__dataclass_fields__ if config.form_of(f"HINOMI_{name.upper()}")]
    variables = [f"HINOMI_{name.upper()}" for name in own] + [each.setting.of("etl") for each in known]
    assert [name for name in variables if WORD in shown_value(name, WORD, known)] == []


def test_a_default_is_shown_in_every_form() -> None:
    for variable in ("HINOMI_ERROR_DB_URL", "HINOMI_REDACT", "HINOMI_FUNCTION_NAMES"):
        default = getattr(config.load({}), variable.removeprefix("HINOMI_").lower())
        text = ",".join(default) if isinstance(default, tuple) else default
        assert shown_value(variable, text) == text
    assert shown_setting("", "Authorization", "Authorization") == "Authorization"


@pytest.mark.parametrize(("value", "shown"), [("week", "week"), ("7d", "7d"), ("hunter2", "<secret>")])
def test_an_error_shows_only_a_short_invalid_value(value: str, shown: str) -> None:
    assert shown_invalid(value) == shown
