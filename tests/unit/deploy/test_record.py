"""The deployment record that functions store."""

from __future__ import annotations

import json

import pytest

from deploy import record
from deploy.record import Record, as_text, from_text
from shared.errors import InputError
from tests.support.planning import Ground, aim


def test_what_is_written_down_is_read_again() -> None:
    target = aim(
        "folders/2",
        secrets={"HINOMI_TEAMS_WEBHOOK_URL": "s"},
        database_instance="i",
        alert_email="a@example.com",
        settings={"A": "b"},
    )
    written = Record(target, (aim("organizations/1"), aim()))
    assert from_text(as_text(written)) == written


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"project": 7}', '{"earlier": [{}], "scope": "folders/1"}'])
def test_nonsense_is_rejected(text: str) -> None:
    with pytest.raises(InputError, match=r"run deploy\.sh again"):
        from_text(text)


def test_rows_of_an_older_or_newer_version_are_read() -> None:
    values = json.loads(as_text(Record(aim("folders/2"))))
    del values["earlier"]
    assert from_text(json.dumps({**values, "unheard_of": 1})) == Record(aim("folders/2"))


@pytest.mark.server
def test_functions_of_the_region_speak_first(ground: Ground) -> None:
    ground.deployed(aim(region="europe-west1"))
    ground.deployed(aim("folders/2"), name="history-analysis")
    regions = [item.target.region for item in record.find(ground.site())]
    assert regions == ["asia-northeast1", "europe-west1"]


@pytest.mark.server
def test_functions_of_others_and_unreadable_ones_are_skipped(ground: Ground) -> None:
    ground.deployed(aim("folders/2"))["labels"] = {}
    ground.deployed(aim("folders/3"), name="shop")
    ground.deployed(aim("folders/4"), name="dashboard")["serviceConfig"]["environmentVariables"] = {}
    assert record.find(ground.site()) == []


@pytest.mark.server
def test_the_earlier_topics_have_other_names(ground: Ground) -> None:
    now = aim("folders/2", alert_email="a@example.com")
    shown = [
        Record(aim("folders/2", settings={"A": "b"}), (aim(),)),
        Record(aim(), (aim(secrets={"HINOMI_TEAMS_WEBHOOK_URL": "s"}),)),
    ]
    assert record.earlier(shown, now) == (aim(secrets={"HINOMI_TEAMS_WEBHOOK_URL": "s"}), aim())
    assert ground.site().earlier == ()
