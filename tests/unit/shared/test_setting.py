"""Declared environment variables: a single one, or one per channel or connection."""

from __future__ import annotations

import pytest

from shared.errors import InputError
from shared.secret import Secret
from shared.setting import Setting, declaring

KEY = Setting("HINOMI_PAGER_KEY", "The key.")
WEBHOOK = Setting("HINOMI_CHAT_URL[_<CHANNEL>]", "The URL.")
URL = Setting("HINOMI_ETL_<NAME>_URL", "The address.")
DB_URL = Setting("HINOMI_ETL_<NAME>_DB_URL", "The database.", default="none")


@pytest.mark.parametrize(
    ("setting", "name", "variable"),
    [
        (KEY, "default", "HINOMI_PAGER_KEY"),
        (WEBHOOK, "default", "HINOMI_CHAT_URL"),
        (WEBHOOK, "night_shift", "HINOMI_CHAT_URL_NIGHT_SHIFT"),
        (URL, "composer", "HINOMI_ETL_COMPOSER_URL"),
    ],
)
def test_a_name_and_its_variable_lead_to_each_other(setting: Setting, name: str, variable: str) -> None:
    assert setting.of(name) == variable
    assert setting.name_in(variable) == name


@pytest.mark.parametrize("variable", ["HINOMI_CHAT_URLS", "HINOMI_CHAT_URL_", "HINOMI_CHAT_URL_a", "HINOMI_CHAT"])
def test_another_variable_has_no_name(variable: str) -> None:
    assert WEBHOOK.name_in(variable) is None


@pytest.mark.parametrize(("setting", "parameter"), [(KEY, ""), (WEBHOOK, "channel"), (URL, "name")])
def test_the_placeholder_is_the_parameter_of_a_handler_rule(setting: Setting, parameter: str) -> None:
    assert setting.parameter == parameter


def test_documentation_shows_the_default_channel_and_the_pattern() -> None:
    assert WEBHOOK.documented == ("HINOMI_CHAT_URL", "HINOMI_CHAT_URL_<CHANNEL>")
    assert URL.documented == ("HINOMI_ETL_<NAME>_URL",)


def test_of_two_patterns_that_match_the_more_specific_declares_the_variable() -> None:
    assert declaring((URL, DB_URL), "HINOMI_ETL_A_DB_URL") is DB_URL
    assert declaring((DB_URL, URL), "HINOMI_ETL_A_URL") is URL
    assert declaring((DB_URL, URL), "HINOMI_OTHER") is None


def test_a_secret_that_is_not_set_is_named() -> None:
    assert WEBHOOK.secret({"HINOMI_CHAT_URL_A": Secret("x")}, "a").reveal() == "x"
    for environment in ({}, {"HINOMI_CHAT_URL": Secret("")}):
        with pytest.raises(InputError, match=r"^HINOMI_CHAT_URL is not set$"):
            WEBHOOK.secret(environment)


def test_a_plain_setting_has_its_default() -> None:
    assert DB_URL.text({}, "a") == "none"
    assert DB_URL.text({"HINOMI_ETL_A_DB_URL": Secret("x")}, "a") == "x"
