"""The simulation of changed rules makes the same decisions as live handling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from db.error_db import queries, silences
from handlers.editing.replay import RuleReplay, events_of
from handlers.owners.recipients import Recipients
from handlers.remediations.brakes import Brakes
from handlers.spec import HandlerSpec, Match, readable_silences
from shared.calendar.hours import NotificationHours
from shared.calendar.windows import Calendar
from shared.model import Mode, Severity, Trigger
from tests.support.handling import BUCKET, Desk

MINUTE = timedelta(minutes=1)
REPAIR = HandlerSpec("repair", "remove_iam_member", on=(Trigger.OPENED,), mode=Mode.AUTO)
CARD = HandlerSpec("card", "teams", on=(Trigger.OPENED, Trigger.RESOLVED), mode=Mode.AUTO)
NIGHT = NotificationHours(Calendar.from_dict({"windows": ["daily 22:00-07:00"], "timezone": "UTC"}), is_quiet=True)


@pytest.mark.sqlite
def test_the_replay_decides_as_the_live_decision_did(desk: Desk) -> None:
    """The same incidents are handled live at their time, and simulated afterwards."""
    rules = [
        replace(REPAIR, cooldown=30 * MINUTE, brakes=Brakes(total_budget=3)),
        replace(CARD, hours=NIGHT, match=Match(severity=Severity.HIGH)),
        HandlerSpec("small", "teams", on=(Trigger.OPENED,), match=Match(service=("bigquery",)), mode=Mode.AUTO),
        HandlerSpec(
            "often", "teams", on=(Trigger.OPENED, Trigger.RESOLVED), params={"channel": "x"}, budget=2, mode=Mode.AUTO
        ),
    ]
    desk.apply(*rules)
    live = sorted(_live(desk))
    with desk.store.reading() as session:
        found = queries.incidents(session, queries.IncidentFilter(), limit=99)
        muted = readable_silences(silences.listed(session, desk.now, with_expired=True))
    replay = RuleReplay(rules, Recipients(), muted, {rule.name for rule in rules})
    decided = list(replay.play(events_of(found, rules, desk.now)))
    again = sorted(
        (
            each.event.incident.id,
            str(each.event.trigger),
            each.rule.name,
            "" if each.decision.run else str(each.decision.reason),
        )
        for each in decided
        if each.decision.is_stored
    )
    assert again == live
    assert {reason for *_, reason in live} == {
        *("", "silenced", "not_notified", "cooldown", "budget_spent", "total_budget_spent")
    }


def _live(desk: Desk) -> Iterator[tuple[int, str, str, str]]:
    """Handles nine incidents, three of one bucket, with silences and recoveries between them; yields planned and skipped runs."""
    for step in range(9):
        bucket = BUCKET if step % 3 == 0 else f"bucket-{step}"
        if step == 6:
            desk.silence(minutes=5)
        desk.public_bucket(f"e{step}", bucket)
        desk.wait(minutes=4)
        if step % 2 == 0:
            desk.recover(bucket)
        desk.wait(minutes=5 if step < 7 else 50)
    with desk.store.reading() as session:
        numbers = [view.id for view in queries.incidents(session, queries.IncidentFilter(), limit=99)]
    for number in numbers:
        for run in desk.runs(number):
            yield number, str(run.trigger), run.handler_rule, run.reason or ""
