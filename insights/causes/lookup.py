"""Searches the Schema DB for changes before an incident; a failure never reaches the caller.

The answer is additional information, so every query has a time limit. No table is created or changed: this module does
not import Alembic.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import event, text
from sqlalchemy.orm import Session

from db.engine import make_engine, parse_url, sqlite_file
from db.schema_db.store import SchemaStore
from shared.records import IncidentView

if TYPE_CHECKING:
    from insights.causes.model import CauseReport
    from shared.config import Settings

Answer = TypeVar("Answer")
SECONDS = 3.0  # seconds to connect and for each statement; on SQLite for all statements together
PAUSE = timedelta(minutes=5)  # time without queries after the Schema DB was unavailable


class Causes:
    """The Schema DB at a URL, opened for the first query and kept open.

    Thread-safe; queries run one after another, so that an instance uses one connection and waits only once for an
    unavailable database. `report` is called with one line when the Schema DB does not respond, and again only after it
    has responded. `redact` are the patterns of HINOMI_REDACT, `seconds` is the time limit, `pause` the seconds without
    queries after a failure.
    """

    def __init__(
        self,
        url: str,
        report: Callable[[str], None],
        *,
        redact: Sequence[str],
        seconds: float = SECONDS,
        pause: timedelta = PAUSE,
    ) -> None:
        self._seconds = seconds
        self._pause = pause
        self._url = url
        self._report = report
        self._redact = redact
        self._lock = threading.Lock()
        self._store: SchemaStore | None = None
        self._ask_again: datetime | None = None

    def before(self, incident: IncidentView, now: datetime, *, limit: int = 10) -> CauseReport | None:
        """The likely causes of the incident, at most `limit`, and at most `limit` excluded changes. Never raises.

        None if the Schema DB does not exist (a SQLite file that was never created) or is unavailable.
        """

        def question(session: Session) -> CauseReport:
            from insights.causes import changes  # noqa: PLC0415

            return changes.before(session, incident, redact=self._redact, limit=limit)

        return self.ask(question, now)

    def ask(self, question: Callable[[Session], Answer], now: datetime) -> Answer | None:
        """The answer to a query; None if the Schema DB is missing or unavailable. Never raises."""
        with self._lock:
            if self._ask_again is not None and now < self._ask_again:
                return None
            try:
                answer = self._ask(question)
            except Exception as error:  # noqa: BLE001 - reported; what is shown beside it must not be lost
                self._failed(error, now)
                return None
            self._ask_again = None
            return answer

    def watching(self, settings: Settings, now: datetime) -> Settings:
        """The settings with all monitored projects; only with the configured projects if the Schema DB is unavailable."""
        if not settings.scope:
            return settings
        from db.schema_db import monitored_projects  # noqa: PLC0415

        return self.ask(lambda session: monitored_projects.settings(session, settings), now) or settings

    def project_numbers(self, settings: Settings, now: datetime) -> frozenset[str] | None:
        """The numbers of the monitored projects; None if the Schema DB is unavailable."""
        from db.schema_db import monitored_projects  # noqa: PLC0415

        return self.ask(lambda session: monitored_projects.numbers(session, settings), now)

    def close(self) -> None:
        """Closes the connection; the next query opens it again."""
        with self._lock:
            if self._store is not None:
                self._store.engine.dispose()

    def _ask(self, question: Callable[[Session], Answer]) -> Answer | None:
        path = sqlite_file(parse_url(self._url))
        if path is not None and not path.exists():
            return None
        if self._store is None:
            self._store = _opened(self._url)
        with self._store.reading() as session, _bounded(session, self._seconds):
            return question(session)

    def _failed(self, error: Exception, now: datetime) -> None:
        if self._ask_again is None:
            self._report((str(error).splitlines() or [type(error).__name__])[0])
        self._ask_again = now + self._pause


def _opened(url: str) -> SchemaStore:
    engine = make_engine(url, "HINOMI_SCHEMA_DB_URL")
    if engine.dialect.name == "postgresql":
        event.listen(engine, "do_connect", _connect_soon)
    return SchemaStore(engine)


def _connect_soon(_dialect: object, _record: object, _arguments: list[Any], parameters: dict[str, Any]) -> None:
    parameters["connect_timeout"] = int(SECONDS)


@contextmanager
def _bounded(session: Session, seconds: float) -> Iterator[None]:
    """Statements in the block fail when they exceed the time limit."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SET LOCAL statement_timeout = {int(seconds * 1_000)}"))
        yield
        return
    driver: Any = session.connection().connection.driver_connection
    timer = threading.Timer(seconds, driver.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
