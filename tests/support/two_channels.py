"""Two Teams channels, one of which fails and recovers, with the handlers that notify them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from db.error_db import channels, queries
from db.error_db.queries import IncidentFilter
from db.error_db.store import ErrorStore
from demo.platform.http import Reply
from demo.platform.teams import TeamsServer
from handlers.spec import HandlerSpec
from shared.config import Settings
from shared.model import Mode, Trigger
from shared.own_incidents import CHANNEL_BROKEN
from shared.records import ChannelView, IncidentView
from shared.secret import Secret
from tests.support.handling import Desk

CARD = HandlerSpec(
    name="card", action="teams", mode=Mode.AUTO, on=(Trigger.OPENED, Trigger.ESCALATED, Trigger.RESOLVED)
)


@dataclass
class World:
    """The handlers, and two channels."""

    desk: Desk
    teams: TeamsServer
    night: TeamsServer

    def breaks(self, status: int = 404, text: str = "") -> None:
        """The first channel rejects every message from now on."""
        self.teams.always(Reply(status, text.encode()))

    def repaired(self) -> None:
        """The first channel accepts every message from now on."""
        self.teams.always(None)

    def fails(self, name: str, **changes: Any) -> None:
        """Records a finding about a bucket, and handles it as the function handles a message."""
        found = self.desk.public_bucket(f"{name} failed", bucket=name, **changes)
        self.desk.work(incident_ids=[change.incident.id for change in found])

    def recovers(self, name: str) -> None:
        """Records the recovery of a bucket."""
        self.desk.recover(name)

    def tick(self, **later: float) -> None:
        """Runs the actions that are due after this time."""
        self.desk.wait(**later)
        self.desk.work()

    def about_the_channel(self) -> list[IncidentView]:
        """The incidents about a broken channel."""
        with self.desk.store.reading() as session:
            found = queries.incidents(session, IncidentFilter(), limit=100)
        return [incident for incident in found if incident.rule == CHANNEL_BROKEN]

    def channel(self) -> ChannelView:
        """The stored state of the first channel."""
        with self.desk.store.reading() as session:
            found = channels.find(session, "teams:default")
        assert found is not None
        return found


@contextmanager
def two_channels(store: ErrorStore) -> Iterator[World]:
    """Runs the servers of both channels; a handler rule notifies the first one."""
    with TeamsServer() as teams, TeamsServer() as night:
        urls = {"HINOMI_TEAMS_WEBHOOK_URL": teams.webhook, "HINOMI_TEAMS_WEBHOOK_URL_NIGHT": night.webhook}
        desk = Desk(store, Settings(environment={name: Secret(url) for name, url in urls.items()}))
        desk.apply(CARD)
        yield World(desk, teams, night)
