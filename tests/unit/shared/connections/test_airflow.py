"""Connections to Airflow: from environment variables to sessions and engines."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from shared import config
from shared.clients import Clients
from shared.connections import airflow
from shared.connections.airflow import AirflowConnection
from shared.errors import InputError
from shared.records import SystemPlace

DB_URL = "HINOMI_AIRFLOW_PREMISES_DB_URL"
URL = "HINOMI_AIRFLOW_ETL_URL"


def read(environ: dict[str, str]) -> dict[str, AirflowConnection]:
    return dict(airflow.configured(config.load(environ)))


def test_a_connection_is_known_by_its_name() -> None:
    found = read({"HINOMI_AIRFLOW_ON_PREM_URL": "https://x", "HINOMI_AIRFLOW_ON_PREM_AUTH": "basic"})
    assert found == {"on_prem": AirflowConnection("https://x", "basic")}


def test_any_number_of_connections_has_a_password_each() -> None:
    environ = {
        f"HINOMI_AIRFLOW_{name}_{key}": value
        for name in "ABC"
        for key, value in (("URL", f"https://{name}"), ("PASSWORD", f"secret-{name}"))
    }
    assert {name: one.password.reveal() for name, one in read(environ).items()} == {
        "a": "secret-A",
        "b": "secret-B",
        "c": "secret-C",
    }


def test_a_connection_without_url_names_the_setting() -> None:
    with pytest.raises(InputError, match="set HINOMI_AIRFLOW_A_URL"):
        read({"HINOMI_AIRFLOW_A_AUTH": "basic"})


def test_an_unknown_authentication_method_is_rejected_without_its_value() -> None:
    with pytest.raises(InputError, match="google, basic, token, none") as refused:
        read({URL: "https://x", "HINOMI_AIRFLOW_ETL_AUTH": "alice:hunter2"})
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["http://airflow.example.com", "http://127.0.0.1.example.com", "airflow:8080", "https://[x"]
)
def test_an_airflow_elsewhere_is_called_over_https_only(url: str) -> None:
    with pytest.raises(InputError, match="HINOMI_AIRFLOW_ETL_URL is not an https address"):
        read({URL: url})


@pytest.mark.parametrize("url", ["https://airflow.example.com", "http://127.0.0.1:8080", "http://[::1]:8080"])
def test_an_airflow_over_https_or_on_this_machine_is_accepted(url: str) -> None:
    assert read({URL: url})["etl"].url == url


def test_a_password_in_the_url_has_variables_of_its_own() -> None:
    with pytest.raises(InputError, match="set HINOMI_AIRFLOW_ETL_USERNAME and HINOMI_AIRFLOW_ETL_PASSWORD") as refused:
        read({URL: "https://alice:hunter2@airflow.example.com"})
    assert "hunter2" not in str(refused.value)


def test_an_airflow_may_be_known_by_its_database_only(tmp_path: Path) -> None:
    settings = config.load({DB_URL: f"sqlite:///{tmp_path / 'airflow.db'}"})
    assert list(airflow.configured(settings)) == ["premises"]
    engine = airflow.database(Clients(settings), "premises")
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    engine.dispose()
    with pytest.raises(InputError, match="no Airflow connection is named 'premises'"):
        airflow.server(Clients(settings), "premises")


def test_an_airflow_may_have_both() -> None:
    connection = read({DB_URL: "sqlite:///x.db", "HINOMI_AIRFLOW_PREMISES_URL": "http://127.0.0.1:1"})["premises"]
    assert (connection.url, connection.db_url.reveal()) == ("http://127.0.0.1:1", "sqlite:///x.db")


def test_the_url_of_a_database_is_a_secret() -> None:
    assert "hidden" not in repr(config.load({DB_URL: "postgresql://user:hidden@host/db"}))


@pytest.mark.parametrize("url", ["nonsense", "nodriver://x/y"])
def test_a_database_url_that_cannot_be_used_is_named_without_its_value(url: str) -> None:
    with pytest.raises(InputError, match=DB_URL) as refused:
        airflow.database(Clients(config.load({DB_URL: url})), "premises")
    assert url not in str(refused.value)


def test_an_airflow_without_a_database_has_no_engine() -> None:
    settings = config.load({"HINOMI_AIRFLOW_PREMISES_URL": "http://127.0.0.1:1"})
    with pytest.raises(InputError, match=DB_URL):
        airflow.database(Clients(settings), "premises")


@pytest.mark.parametrize(
    ("declared", "environment", "place", "served"),
    [
        ("", "etl", "any", True),
        ("", "dev", "any", False),
        ("prod", "prod", "any", True),
        ("data-prod/prod", "prod", "data-prod", True),
        ("data-prod/prod", "prod", "data-dev", False),
        ("data-prod/prod", "prod", "", False),
        ("data-prod/prod", "dev", "data-prod", False),
        ("data-prod/prod", "data-prod/prod", "data-prod", False),
        ("data-prod/prod", "", "", True),
        ("data-prod/prod", "prod", "data-prod/us-east1", True),
        ("data-prod/us-east1/prod", "prod", "data-prod/us-east1", True),
        ("data-prod/us-east1/prod", "prod", "data-prod/eu-west1", False),
        ("data-prod/us-east1/prod", "prod", "data-dev/us-east1", False),
        ("data-prod/us-east1/prod", "prod", "data-prod", True),
    ],
)
def test_a_connection_serves_one_environment(declared: str, environment: str, place: str, *, served: bool) -> None:
    connection = airflow.AirflowConnection("https://airflow.example.com", environment=declared)
    project, _, location = place.partition("/")
    assert airflow.serves(connection, "etl", environment, SystemPlace(project, location)) is served
