"""The values of settings without secrets; ordinary values stay readable."""

from __future__ import annotations

import pytest

from shared.redaction.setting_values import shown_setting


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("HINOMI_PROJECT", "a1b2c3d4e5f60718293a4b5c6d7e8f90", "<secret>"),
        ("HINOMI_PROJECT", "Zm9vYmFyMTIzNDU2Nzg5MA==", "<secret>"),
        ("HINOMI_PROJECTS", "Tr0ub4dor&3", "<secret>"),
        (
            "HINOMI_DASHBOARD_URL",
            "https://example.com/hooks/a1b2c3d4e5f60718293a4b5c6d7e8f90",
            "https://example.com/hooks/<secret>",
        ),
        ("HINOMI_SCOPE", "organizations/987654321098", None),
        ("HINOMI_PROJECT", "example-project-12", None),
        ("HINOMI_SERVICE_ACCOUNTS", "hinomi@example-project.iam.gserviceaccount.com", None),
        ("HINOMI_PUSH_ACCOUNTS", "/reports/airflow=hinomi-push-reports@P1.iam.gserviceaccount.com", None),
        ("HINOMI_EVIDENCE_TOPIC", "projects/example-project/topics/hinomi-evidence", None),
        ("HINOMI_RULES_DIR", "/srv/hinomi_2026/Rules_Of_Our_Data_Team_2026_11", None),
        ("HINOMI_REPORTS", "weekly email:data mon 08:00", None),
        ("HINOMI_REDACT", "*password*", None),
        ("HINOMI_TIMEZONE", "America/Argentina/ComodRivadavia", None),
        ("HINOMI_SCHEMA_DB_URL", "sqlite:///.hinomi/schema.db", None),
        ("HINOMI_AIRFLOW_ETL_URL", "https://0123456789abcdef-dot-europe-west1.composer.googleusercontent.com", None),
        (
            "HINOMI_AIRFLOW_ETL_URL",
            "https://0123456789abcdef0123456789abcdef-dot-europe-west1.composer.googleusercontent.com",
            None,
        ),
    ],
)
def test_secrets_are_hidden_and_ordinary_values_are_shown(name: str, value: str, text: str | None) -> None:
    assert shown_setting(name, value) == (text or value)
