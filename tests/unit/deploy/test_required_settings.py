"""The settings that enabled handler rules and connections need."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.required_settings import required
from shared.errors import InputError
from shared.secret import Secret

RULES = """\
handlers:
  - {name: everything, action: teams}
  - {name: tell-data-team, action: teams, params: {channel: data}}
  - {name: reminder, action: teams, on: [reoccurred]}
  - {name: off, action: teams, enabled: false, params: {channel: night}}
"""


def needed(folder: Path, rules: str = RULES, **environment: str) -> dict[str, list[str]]:
    file = folder / "handlers.yaml"
    file.write_text(rules, encoding="utf-8")
    found = required(file, {name: Secret(value) for name, value in environment.items()})
    return {variable: [reason.en for reason in reasons] for variable, reasons in found.items()}


def test_each_channel_of_an_enabled_handler_rule_needs_its_variable(tmp_path: Path) -> None:
    assert needed(tmp_path) == {
        "HINOMI_TEAMS_WEBHOOK_URL": ["handler rule everything (teams)", "handler rule reminder (teams)"],
        "HINOMI_TEAMS_WEBHOOK_URL_DATA": ["handler rule tell-data-team (teams)"],
    }


@pytest.mark.parametrize(("auth", "variables"), [("basic", 2), ("token", 2), ("google", 0), ("none", 0)])
def test_a_connection_needs_what_its_way_to_sign_in_needs(tmp_path: Path, auth: str, variables: int) -> None:
    given = {"HINOMI_AIRFLOW_ETL_URL": "https://x", "HINOMI_AIRFLOW_ETL_AUTH": auth}
    found = needed(tmp_path, "handlers: []\n", **given)
    expected = ["HINOMI_AIRFLOW_ETL_USERNAME", "HINOMI_AIRFLOW_ETL_PASSWORD"][:variables]
    assert list(found) == expected
    assert all(why == [f"Airflow connection etl (HINOMI_AIRFLOW_ETL_AUTH={auth})"] for why in found.values())


def test_a_file_that_is_wrong_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"handlers\.yaml"):
        needed(tmp_path, "handlers: [{name: a, action: pigeon}]\n")
