"""The settings that the history needs."""

from __future__ import annotations

import pytest

from shared import config
from shared.clients import Clients
from shared.errors import InputError


def test_the_price_is_a_number() -> None:
    assert config.load({"HINOMI_PRICE_PER_TIB": "7.5"}).price_per_tib == 7.5
    assert config.load({"HINOMI_PRICE_PER_SLOT_HOUR": "0.048"}).price_per_slot_hour == 0.048


@pytest.mark.parametrize("text", ["free", "-1", "nan", "inf"])
def test_an_invalid_price_is_rejected(text: str) -> None:
    with pytest.raises(InputError, match="HINOMI_PRICE_PER_TIB"):
        config.load({"HINOMI_PRICE_PER_TIB": text})


def test_bigquery_locations_are_a_list() -> None:
    assert config.load({"HINOMI_BIGQUERY_LOCATIONS": "EU, us-east1"}).bigquery_locations == ("EU", "us-east1")


def test_an_invalid_location_is_rejected() -> None:
    with pytest.raises(InputError, match="HINOMI_BIGQUERY_LOCATIONS has 'EU;US'"):
        config.load({"HINOMI_BIGQUERY_LOCATIONS": "EU;US"})


def test_a_region_has_its_own_host() -> None:
    clients = Clients(config.load({}))
    assert clients.aiplatform_url("europe-west1") == "https://europe-west1-aiplatform.googleapis.com"
