from __future__ import annotations

from dataclasses import replace

import pytest

from db.error_db import silences
from handlers.deferred_notifications import plan_deferred
from handlers.spec import HandlerSpec, Match
from shared.model import RunState, Severity, Trigger
from tests.support.handling import Desk

pytestmark = pytest.mark.sqlite

CARD = HandlerSpec(name="card", action="teams", on=(Trigger.OPENED, Trigger.ESCALATED))
REPAIR = HandlerSpec(name="repair", action="remove_iam_member", budget=1)


def caught_up(desk: Desk) -> int:
    with desk.store.transaction(desk.now) as transaction:
        return plan_deferred(transaction, desk.now)


def planned(desk: Desk, incident_id: int = 1) -> list[str]:
    return [run.cause for run in desk.runs(incident_id) if run.state is not RunState.SKIPPED]


@pytest.fixture
def silenced(desk: Desk) -> Desk:
    """An incident that opened under a silence of an hour."""
    desk.apply(CARD)
    desk.silence(hours=1)
    desk.public_bucket("e1")
    return desk


def test_a_muted_card_is_sent_once_when_the_silence_expires(silenced: Desk) -> None:
    assert (caught_up(silenced), planned(silenced)) == (0, [])
    silenced.wait(hours=1)
    assert [caught_up(silenced), caught_up(silenced)] == [1, 0]
    assert planned(silenced) == ["e1|again"]


def test_an_active_silence_counts_each_run_once(silenced: Desk) -> None:
    caught_up(silenced)
    with silenced.store.reading() as session:
        assert [each.hidden_count for each in silences.active(session, silenced.now)] == [1]


def test_an_incident_that_resolved_during_the_silence_is_not_notified(silenced: Desk) -> None:
    silenced.recover()
    silenced.wait(hours=2)
    assert caught_up(silenced) == 0


@pytest.mark.both_databases
def test_an_incident_that_was_notified_since_is_not_notified_again(silenced: Desk) -> None:
    silenced.wait(hours=2)
    silenced.public_bucket("e2", severity=Severity.CRITICAL)
    assert caught_up(silenced) == 0
    assert planned(silenced) == ["e2"]


def test_a_repair_deferred_by_the_budget_runs_when_the_budget_allows_it(desk: Desk) -> None:
    desk.apply(REPAIR)
    for number in (1, 2, 3):
        desk.public_bucket(f"e{number}", bucket=f"bucket-{number}")
    assert caught_up(desk) == 0
    desk.wait(minutes=61)
    assert caught_up(desk) == 1
    assert [planned(desk, number) for number in (1, 2, 3)] == [["e1"], ["e2|again"], []]


def test_runs_of_a_removed_rule_are_not_deferred(silenced: Desk) -> None:
    silenced.apply(REPAIR)
    silenced.wait(hours=2)
    assert caught_up(silenced) == 0


def test_an_escalation_that_first_matches_a_rule_during_the_silence_is_notified_when_it_expires(desk: Desk) -> None:
    desk.apply(replace(CARD, match=Match(severity=Severity.CRITICAL)))
    desk.public_bucket("e1")
    desk.silence(hours=1)
    desk.public_bucket("e2", severity=Severity.CRITICAL)
    assert (caught_up(desk), planned(desk)) == (0, [])
    desk.wait(hours=1)
    assert [caught_up(desk), caught_up(desk)] == [1, 0]
    assert planned(desk) == ["e2|again"]


def test_an_incident_that_opened_and_escalated_during_the_silence_is_notified_once(silenced: Desk) -> None:
    silenced.public_bucket("e2", severity=Severity.CRITICAL)
    silenced.wait(hours=1)
    assert [caught_up(silenced), caught_up(silenced)] == [1, 0]
    assert planned(silenced) == ["e1|again"]


def test_an_escalation_of_a_notified_incident_is_notified_when_the_silence_expires(desk: Desk) -> None:
    desk.apply(CARD)
    desk.public_bucket("e1")
    desk.silence(hours=1)
    desk.public_bucket("e2", severity=Severity.CRITICAL)
    desk.wait(hours=1)
    assert caught_up(desk) == 1
    assert planned(desk) == ["e1", "e2|again"]
