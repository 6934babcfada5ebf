"""The settings and clients that the history needs."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from shared import config
from shared.clients import Clients
from shared.errors import InputError

DB_URL = "HINOMI_AIRFLOW_PREMISES_DB_URL"


def test_an_airflow_may_be_known_by_its_database_only(tmp_path: Path) -> None:
    settings = config.load({DB_URL: f"sqlite:///{tmp_path / 'airflow.db'}"})
    assert list(settings.airflow) == ["premises"]
    engine = Clients(settings).airflow_database("premises")
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    engine.dispose()
    with pytest.raises(InputError, match="no Airflow is called 'premises'"):
        Clients(settings).airflow("premises")


def test_an_airflow_may_have_both() -> None:
    values = {DB_URL: "sqlite:///x.db", "HINOMI_AIRFLOW_PREMISES_URL": "http://127.0.0.1:1"}
    connection = config.load(values).airflow["premises"]
    assert (connection.url, connection.db_url.reveal()) == ("http://127.0.0.1:1", "sqlite:///x.db")


def test_the_url_of_a_database_is_a_secret() -> None:
    settings = config.load({DB_URL: "postgresql://user:hidden@host/db"})
    assert "hidden" not in repr(settings)


@pytest.mark.parametrize("url", ["nonsense", "nodriver://x/y"])
def test_a_database_url_that_cannot_be_used_is_told_without_it(url: str) -> None:
    with pytest.raises(InputError, match=DB_URL) as told:
        Clients(config.load({DB_URL: url})).airflow_database("premises")
    assert url not in str(told.value)


def test_an_airflow_without_a_database_has_no_engine() -> None:
    settings = config.load({"HINOMI_AIRFLOW_PREMISES_URL": "http://127.0.0.1:1"})
    with pytest.raises(InputError, match=DB_URL):
        Clients(settings).airflow_database("premises")


def test_the_price_is_a_number() -> None:
    assert config.load({"HINOMI_PRICE_PER_TIB": "7.5"}).price_per_tib == 7.5
    assert config.load({"HINOMI_PRICE_PER_SLOT_HOUR": "0.048"}).price_per_slot_hour == 0.048


@pytest.mark.parametrize("text", ["free", "-1", "nan", "inf"])
def test_a_price_that_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="HINOMI_PRICE_PER_TIB"):
        config.load({"HINOMI_PRICE_PER_TIB": text})


def test_bigquery_locations_are_a_list() -> None:
    assert config.load({"HINOMI_BIGQUERY_LOCATIONS": "EU, us-east1"}).bigquery_locations == ("EU", "us-east1")


def test_a_location_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="HINOMI_BIGQUERY_LOCATIONS has 'EU;US'"):
        config.load({"HINOMI_BIGQUERY_LOCATIONS": "EU;US"})


def test_a_region_has_its_own_host() -> None:
    clients = Clients(config.load({}))
    assert clients.aiplatform_url("europe-west1") == "https://europe-west1-aiplatform.googleapis.com"
