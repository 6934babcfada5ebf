"""The function on one Error DB, to which tests push log entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import Engine, select

from db.error_db import handler_rules
from db.error_db.models import ErrorBase, Incident
from db.error_db.store import ErrorStore
from demo import entries
from handlers.spec import HandlerSpec
from main import Application
from shared import config
from tests.support import databases
from tests.support.function_process import push_body


def application_on(store: ErrorStore, **settings: str) -> Application:
    """The function on an already open Error DB: a connection of its own would cost more than most tests."""
    made = Application(config.load(settings))
    vars(made)["_store"] = store
    return made


def first_on_both(cases: Iterable[Any]) -> list[Any]:
    """Marks the first case to run on both databases, in a test or file marked `sqlite`: all run the same statements."""
    marks = pytest.mark.both_databases
    return [pytest.param(case, marks=() if number else marks) for number, case in enumerate(cases)]


@dataclass
class World:
    """The function on one Error DB."""

    application: Application
    engine: Engine

    def send(self, *sent: entries.Entry) -> None:
        """Pushes entries, in this order; each is published at once."""
        for number, entry in enumerate(sent):
            now = datetime.fromisoformat(entry["timestamp"]) + timedelta(seconds=1)
            body = push_body(entry, f"{number}-{entry['insertId']}", publishTime=now.isoformat())
            self.application.pipeline.handle(body, now)

    def send_in_each_order(self, sent: Sequence[entries.Entry]) -> Iterator[None]:
        """Pushes the entries in each possible order, each time to an empty database."""
        for order in permutations(sent):
            self.clear()
            self.send(*order)
            yield

    def clear(self) -> None:
        """Empties the database."""
        with self.engine.begin() as connection:
            databases.clear(connection, ErrorBase.metadata)

    def sweep(self, now: datetime) -> None:
        """Runs a sweep, as a tick does."""
        tick = {"tick": "sweep", "time": now.isoformat()}
        self.application.pipeline.handle(push_body(tick, f"tick-{now}", publishTime=now.isoformat()), now)

    def apply(self, now: datetime, *rules: HandlerSpec) -> None:
        """Applies handler rules."""
        with self.application.store().transaction(now) as transaction:
            handler_rules.replace(transaction.session, {rule.name: rule.as_dict() for rule in rules}, now)

    def rows(self, *columns: Any) -> list[Any]:
        """These columns of a table, by id."""
        with self.engine.connect() as connection:
            return [
                tuple(row)
                for row in connection.execute(select(*columns).order_by(*columns[0].class_.__table__.primary_key))
            ]

    def incidents(self) -> list[Any]:
        """The incidents, each with its beginning and end."""
        return sorted(self.rows(Incident.rule, Incident.status, Incident.opened_at, Incident.resolved_at))
