from pathlib import Path

import pytest

from shared import config
from shared.errors import InputError
from shared.secret import Secret


def test_nothing_set_gives_the_defaults() -> None:
    settings = config.load({})
    assert settings.error_db_url == "sqlite:///.hinomi/error.db"
    assert settings.language == "en"


def test_values_come_from_the_environment() -> None:
    settings = config.load({"HINOMI_RULES_DIR": "/r", "HINOMI_PROJECTS": "a, b,", "HINOMI_RETENTION_DAYS": "7"})
    assert (settings.rules_dir, settings.projects, settings.retention_days) == (Path("/r"), ("a", "b"), 7)


def test_a_number_of_the_wrong_form_names_its_variable() -> None:
    with pytest.raises(InputError, match="HINOMI_RETENTION_DAYS is 'week': use a whole number"):
        config.load({"HINOMI_RETENTION_DAYS": "week"})


def test_an_unknown_language_is_rejected() -> None:
    with pytest.raises(InputError, match="use en or ja"):
        config.load({"HINOMI_LANGUAGE": "fr"})


@pytest.mark.parametrize("host", ["monitoring.example.com:443", "10.0.0.1:80", "http://127.0.0.1.example.com:80"])
def test_a_local_endpoint_on_another_host_is_rejected(host: str) -> None:
    with pytest.raises(InputError, match="loopback"):
        config.load({"HINOMI_MONITORING_ENDPOINT": host})


def test_a_local_endpoint_on_loopback_is_accepted() -> None:
    assert config.load({"HINOMI_STORAGE_ENDPOINT": "http://127.0.0.1:8080"}).storage_endpoint.endswith(":8080")


def test_variables_of_plug_ins_are_secrets_by_their_names() -> None:
    settings = config.load({"HINOMI_PAGER_KEY": " abc ", "HINOMI_LANGUAGE": "ja", "PATH": "/bin"})
    assert {name: value.reveal() for name, value in settings.environment.items()} == {"HINOMI_PAGER_KEY": "abc"}


def test_connections_are_read_by_their_modules() -> None:
    settings = config.load({"HINOMI_AIRFLOW_ETL_URL": "https://x"})
    assert settings.connections["airflow"]["etl"].url == "https://x"


def test_secrets_do_not_show_in_settings() -> None:
    settings = config.load(
        {
            "HINOMI_TEAMS_WEBHOOK_URL": "https://webhook-of-ours",
            "HINOMI_AIRFLOW_A_URL": "https://a.example.com",
            "HINOMI_AIRFLOW_A_PASSWORD": "hunter2",
            "HINOMI_ERROR_DB_URL": "postgresql://u:hunter2@h/x",
            "HINOMI_SCHEMA_DB_URL": "postgresql://u:hunter2@h/x",
        }
    )
    assert "of-ours" not in repr(settings)
    assert "hunter2" not in repr(settings)


def test_a_secret_prints_as_secret() -> None:
    assert f"{Secret('hunter2')} {Secret('hunter2')!r}" == "<secret> <secret>"


def test_cloud_run_is_known_by_its_own_variable() -> None:
    assert not config.load({"HINOMI_ON_GOOGLE_CLOUD": "1"}).on_google_cloud
    assert config.load({"K_SERVICE": "metrics-analysis"}).on_google_cloud
