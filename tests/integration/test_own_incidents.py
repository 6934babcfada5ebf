"""Incidents about Hinomi itself: each opens once, notifies once, and closes without a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from collectors.metrics_analysis.sigma import engine
from db.error_db import handler_rules, queries
from db.error_db.queries import IncidentFilter
from demo import entries
from demo.platform.teams import TeamsServer
from handlers.spec import HandlerSpec
from main import Application
from shared import config
from shared.model import Mode, Status, Trigger
from shared.records import IncidentView
from tests.support.cards import card_labels
from tests.support.findings import NOON
from tests.support.function_process import push_body

CARD = HandlerSpec(name="card", action="teams", mode=Mode.AUTO, on=tuple(Trigger))


class Installation:
    """An application with a simulated clock, and its channel."""

    def __init__(self, error_db_url: str, teams: TeamsServer) -> None:
        self.teams = teams
        self.application = Application(
            config.load({"HINOMI_ERROR_DB_URL": error_db_url, "HINOMI_TEAMS_WEBHOOK_URL": teams.webhook}),
            clock=lambda: self.now,
        )
        self.now: datetime = NOON
        self._messages = 0
        with self.application.store().transaction(NOON) as transaction:
            handler_rules.replace(transaction.session, {CARD.name: CARD.as_dict()}, NOON)

    def gets(self, data: Any, **later: float) -> str:
        self.now += timedelta(**later)
        self._messages += 1
        body = data if isinstance(data, bytes) else push_body(data, f"m{self._messages}")
        return self.application.pipeline.handle(body, self.now)

    def incidents(self) -> list[IncidentView]:
        with self.application.store().reading() as session:
            return queries.incidents(session, IncidentFilter(), limit=50)


@pytest.fixture
def installation(error_db_url: str) -> Iterator[Installation]:
    with TeamsServer() as teams:
        found = Installation(error_db_url, teams)
        yield found
        found.application.store().engine.dispose()


def closes(installation: Installation, **later: float) -> bool:
    """Whether a sweep at a later time resolves the only incident, which was open."""
    (before,) = installation.incidents()
    installation.gets({"tick": "sweep"}, **later)
    (after,) = installation.incidents()
    return before.status is Status.OPEN and after.status is Status.RESOLVED


@pytest.mark.sqlite
def test_rejected_messages_are_one_incident_that_is_notified_once(installation: Installation) -> None:
    for number in range(20):
        installation.gets(f"no JSON {number}".encode(), minutes=20)
    assert card_labels(installation.teams) == [("", r"rejected\_messages")]
    assert closes(installation, hours=7)
    assert len(installation.teams.cards) == 2


def test_a_rule_that_crashes_is_one_incident_that_is_notified_once(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_args: Any) -> None:
        raise KeyError("a mistake")

    with monkeypatch.context() as broken:
        broken.setattr(engine, "_try", crash)
        delta = {"action": "ADD", "role": "roles/storage.objectViewer", "member": "allUsers"}
        for _ in range(5):
            entry = entries.bucket_policy(installation.now, "example-exports", [delta], "alice@example.com")
            installation.gets(entry, hours=1)
    crashed = {incident.resource for incident in installation.incidents()}
    assert {incident.rule for incident in installation.incidents()} == {"hinomi/rule_crashed"}
    assert len(installation.incidents()) == len(crashed)
    installation.gets({"tick": "sweep"}, days=2)
    assert {incident.status for incident in installation.incidents()} == {Status.RESOLVED}
