"""Channels that were notified of an incident's opening are notified of its resolution, despite silences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from db.error_db import queries, runs
from db.error_db.queries import IncidentFilter
from db.error_db.store import ErrorStore
from demo.platform.http import Reply
from demo.platform.teams import TeamsServer
from handlers.deferred_notifications import plan_deferred
from handlers.plan import plan
from handlers.spec import HandlerSpec
from shared.config import Settings
from shared.model import Mode, Recovery, RunState, Severity, Status, Trigger
from shared.secret import Secret
from tests.support.cards import card_labels
from tests.support.findings import finding, recovery
from tests.support.handling import BUCKET, Desk

pytestmark = pytest.mark.sqlite

CARD = HandlerSpec(name="card", action="teams", mode=Mode.AUTO, on=tuple(Trigger), cooldown=timedelta(hours=4))
REMINDER = replace(CARD, name="reminder", on=(Trigger.REOCCURRED,))


@pytest.fixture
def teams() -> Iterator[TeamsServer]:
    with TeamsServer() as server:
        yield server


@pytest.fixture
def desk(store: ErrorStore, teams: TeamsServer) -> Desk:
    made = Desk(store, Settings(environment={"HINOMI_TEAMS_WEBHOOK_URL": Secret(teams.webhook)}))
    made.apply(CARD)
    return made


def sweep(desk: Desk) -> None:
    """Plans and runs as a tick does."""
    with desk.store.transaction(desk.now) as transaction:
        plan_deferred(transaction, desk.now)
    desk.work()


def test_k15_the_resolution_of_a_notified_incident_is_sent_despite_a_silence(desk: Desk, teams: TeamsServer) -> None:
    desk.public_bucket()
    desk.work()
    desk.wait(minutes=5)
    desk.silence(hours=1)
    desk.recover()
    sweep(desk)
    assert card_labels(teams) == [("", BUCKET), ("Resolved", BUCKET)]


def test_an_incident_that_opened_and_resolved_during_the_silence_is_not_notified(
    desk: Desk, teams: TeamsServer
) -> None:
    desk.silence(hours=1)
    desk.public_bucket()
    desk.recover()
    sweep(desk)
    desk.wait(hours=2)
    sweep(desk)
    assert teams.cards == []
    assert [run.reason for run in desk.runs()] == ["silenced", "silenced"]


@pytest.mark.both_databases
def test_an_unannounced_incident_that_resolves_after_the_silence_is_not_notified(
    desk: Desk, teams: TeamsServer
) -> None:
    desk.silence(hours=1)
    desk.public_bucket()
    desk.wait(hours=2)
    desk.recover()
    sweep(desk)
    assert teams.cards == []
    assert [run.reason for run in desk.runs()] == ["silenced", "not_notified"]


def test_an_incident_still_open_when_the_silence_expires_is_notified_and_so_is_its_resolution(
    desk: Desk, teams: TeamsServer
) -> None:
    desk.silence(hours=1)
    desk.public_bucket()
    sweep(desk)
    assert teams.cards == []
    desk.wait(hours=1)
    sweep(desk)
    desk.wait(minutes=5)
    desk.silence(hours=1)
    desk.recover()
    sweep(desk)
    assert card_labels(teams) == [("", BUCKET), ("Resolved", BUCKET)]


def test_a_card_that_waits_when_the_silence_begins_is_sent_and_so_is_the_resolution(
    desk: Desk, teams: TeamsServer
) -> None:
    teams.fail_next_with(404)
    desk.public_bucket()
    desk.work()
    desk.silence(hours=1)
    desk.wait(minutes=1)
    sweep(desk)
    desk.wait(minutes=5)
    desk.recover()
    sweep(desk)
    assert card_labels(teams) == [("", BUCKET), ("Resolved", BUCKET)]


@pytest.mark.both_databases
def test_a_resolution_is_sent_despite_an_exhausted_budget(desk: Desk, teams: TeamsServer) -> None:
    desk.apply(replace(CARD, budget=1))
    desk.public_bucket()
    desk.work()
    desk.wait(minutes=5)
    desk.recover()
    desk.work()
    assert card_labels(teams) == [("", BUCKET), ("Resolved", BUCKET)]


def test_an_acknowledged_incident_has_no_reminders_but_escalates_and_resolves(desk: Desk, teams: TeamsServer) -> None:
    desk.apply(CARD, REMINDER)
    desk.public_bucket("e1")
    desk.work()
    with desk.store.transaction(desk.now) as transaction:
        transaction.acknowledge(1, by="alice", time=desk.now)
    for number in range(2, 5):
        desk.wait(hours=5)
        desk.public_bucket(f"e{number}")
        desk.work()
    assert card_labels(teams) == [("", BUCKET)]
    desk.public_bucket("worse", severity=Severity.CRITICAL)
    desk.work()
    desk.wait(minutes=5)
    desk.recover()
    desk.work()
    assert [what for what, _ in card_labels(teams)] == ["", "Escalated", "Resolved"]


def test_a_reminder_that_waits_while_somebody_acknowledges_is_not_sent(desk: Desk, teams: TeamsServer) -> None:
    desk.apply(REMINDER)
    desk.public_bucket("e1")
    desk.wait(hours=5)
    desk.public_bucket("e2")
    with desk.store.transaction(desk.now) as transaction:
        transaction.acknowledge(1, by="alice", time=desk.now)
    desk.work()
    assert teams.cards == []


def test_an_incident_about_hinomi_itself_has_no_reminders(desk: Desk, teams: TeamsServer) -> None:
    desk.apply(CARD, REMINDER)
    for number in range(3):
        desk.public_bucket(f"e{number}", rule="hinomi/message_rejected", service="hinomi")
        desk.work()
        desk.wait(hours=5)
    assert len(teams.cards) == 1


@pytest.mark.both_databases
def test_a_resolution_that_a_late_failure_disproved_is_not_sent(desk: Desk, teams: TeamsServer) -> None:
    desk.public_bucket(run="a")
    desk.work()
    desk.wait(minutes=5)
    with desk.store.transaction(desk.now) as transaction:
        plan(transaction.recover(recovery(5, fingerprint=BUCKET, run="a")), transaction, desk.now)
        transaction.record(finding(4, fingerprint=BUCKET, run="b"), redact=())
    desk.work()
    assert card_labels(teams) == [("", BUCKET)]
    assert desk.runs()[-1].result == "nothing to do: the incident is unresolved again"


def test_a_digest_has_no_resolution_that_a_late_failure_disproved(desk: Desk, teams: TeamsServer) -> None:
    desk.public_bucket(run="a")
    desk.work()
    desk.wait(minutes=5)
    teams.always(Reply(403))
    with desk.store.transaction(desk.now) as transaction:
        plan(transaction.recover(recovery(5, fingerprint=BUCKET, run="a")), transaction, desk.now)
    desk.work()
    with desk.store.transaction(desk.now) as transaction:
        transaction.record(finding(4, fingerprint=BUCKET, run="b"), redact=())
    desk.public_bucket("x", bucket="other")
    desk.recover("other")
    teams.always(None)
    desk.wait(minutes=1)
    desk.work()
    assert [what for what, _ in card_labels(teams)] == ["", "Digest"]
    assert "other" in str(teams.cards[-1])
    assert BUCKET not in str(teams.cards[-1])
    assert desk.runs()[-1].result == "nothing to do: the incident is unresolved again"


def test_a_job_that_flaps_during_the_silence_is_notified_as_flapping_when_it_expires(
    desk: Desk, teams: TeamsServer
) -> None:
    desk.silence(minutes=30)
    for number in range(4):
        desk.public_bucket(f"e{number}")
        desk.wait(minutes=2)
        recovery = Recovery("storage/bucket_made_public", BUCKET, desk.now, f"r{number}", "the role was taken back")
        with desk.store.transaction(desk.now) as transaction:
            plan(transaction.recover(recovery), transaction, desk.now)
        desk.wait(minutes=2)
    sweep(desk)
    assert teams.cards == []
    desk.wait(minutes=20)
    sweep(desk)
    assert "Has been failing and recovering" in str(teams.cards)
    assert "because a silence ended" in str(teams.cards)
    assert len(teams.cards) == 1


def acknowledge(desk: Desk) -> None:
    with desk.store.transaction(desk.now) as transaction:
        transaction.acknowledge(1, by="alice", time=desk.now)


@pytest.mark.parametrize("is_planned", [False, True])
def test_what_a_person_acknowledged_under_the_silence_has_no_card_at_its_end(
    desk: Desk, teams: TeamsServer, *, is_planned: bool
) -> None:
    """No card is sent, whether it is acknowledged during the silence, or after it and before the card is sent."""
    desk.silence(hours=1)
    desk.public_bucket()
    desk.wait(minutes=61 if is_planned else 5)
    if is_planned:
        with desk.store.transaction(desk.now) as transaction:
            plan_deferred(transaction, desk.now)
    acknowledge(desk)
    desk.wait(hours=1)
    sweep(desk)
    desk.wait(minutes=5)
    desk.recover()
    sweep(desk)
    assert teams.cards == []


def test_what_escalates_under_the_silence_after_it_was_acknowledged_is_told_at_its_end(
    desk: Desk, teams: TeamsServer
) -> None:
    desk.silence(hours=1)
    desk.public_bucket()
    acknowledge(desk)
    desk.wait(minutes=5)
    desk.public_bucket("worse", severity=Severity.CRITICAL)
    desk.wait(hours=1)
    sweep(desk)
    desk.wait(minutes=5)
    desk.recover()
    sweep(desk)
    assert [what for what, _ in card_labels(teams)] == ["Escalated", "Resolved"]


def test_an_opening_that_failed_has_no_resolution(desk: Desk, teams: TeamsServer) -> None:
    desk.public_bucket()
    fail_for_good(desk)
    desk.wait(minutes=5)
    desk.recover()
    desk.work()
    assert teams.cards == []
    assert [run.reason for run in desk.runs()] == [None, "not_notified"]


def test_an_opening_that_fails_after_its_end_was_planned_has_no_resolution(desk: Desk, teams: TeamsServer) -> None:
    desk.public_bucket()
    desk.recover()
    fail_for_good(desk)
    desk.work()
    assert teams.cards == []
    assert desk.runs()[1].result == "not sent: the channel was not notified that the incident opened"


def fail_for_good(desk: Desk) -> None:
    """Ends the first run as failed, as for a run whose parameters are no longer valid."""
    with desk.store.transaction(desk.now) as transaction:
        claimed = runs.claim(transaction.session, 1, owner="w", now=desk.now, lease=timedelta(minutes=1))
        assert claimed is not None
        runs.fail(transaction.session, 1, owner="w", now=desk.now, error="invalid")


def test_what_was_told_as_resolved_is_not_told_so_again_when_it_flaps_unannounced(
    desk: Desk, teams: TeamsServer
) -> None:
    desk.public_bucket()
    desk.work()
    desk.wait(minutes=5)
    desk.recover()
    sweep(desk)
    desk.silence(minutes=30)
    for number in range(3):
        desk.wait(minutes=2)
        desk.public_bucket(f"again-{number}")
        desk.wait(minutes=2)
        recovery = Recovery("storage/bucket_made_public", BUCKET, desk.now, f"again-{number}", "the role was revoked")
        with desk.store.transaction(desk.now) as transaction:
            plan(transaction.recover(recovery), transaction, desk.now)
    with desk.store.reading() as session:
        (unresolved,) = queries.incidents(session, IncidentFilter(status=(Status.OPEN,)), limit=2)
    with desk.store.transaction(desk.now) as transaction:
        transaction.acknowledge(unresolved.id, by="alice", time=desk.now)
    desk.wait(hours=2)
    with desk.store.transaction(desk.now) as transaction:
        plan(transaction.end_flapping(), transaction, desk.now)
    sweep(desk)
    assert [label for label, _ in card_labels(teams)] == ["", "Resolved"]


def test_a_fault_that_occurs_again_is_told_after_the_end_of_the_earlier_one(
    desk: Desk, teams: TeamsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The resolution of the first incident waits for a tick; the message about the second one does not overtake it."""
    monkeypatch.setattr("handlers.messages.channel_message.PATIENCE_SECONDS", 0.0)
    for event in ("e1", "e2"):
        changes = desk.public_bucket(event)
        desk.work(incident_ids=[change.incident.id for change in changes])
        desk.wait(minutes=5)
        if event == "e1":
            desk.recover()
        desk.wait(minutes=5)
    desk.work()
    assert [label for label, _ in card_labels(teams)] == ["", "Resolved", ""]


def test_an_acknowledged_change_that_another_principal_makes_has_a_card(desk: Desk, teams: TeamsServer) -> None:
    desk.public_bucket()
    desk.work()
    acknowledge(desk)
    for number, principal in enumerate(["carol@example.com", "carol@example.com"]):
        desk.wait(minutes=5)
        desk.public_bucket(f"again-{number}", principal=principal)
        desk.work()
    assert [run.trigger for run in desk.runs() if run.state == RunState.DONE] == [Trigger.OPENED, Trigger.OPENED]
    assert len(teams.cards) == 2
    assert "carol@example.com" in str(teams.cards[-1])
