"""A dashboard for browser tests, with data on every page: four days of the demo's platform and a repair that waits."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl

from flask import Flask
from sqlalchemy.engine import make_url
from werkzeug.serving import make_server

from dashboard.app import make_app
from dashboard.config import DashboardConfig
from db.engine import make_engine
from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from demo.kept_platform import PLATFORM
from demo.ninety_days.access import write_access
from demo.ninety_days.write import write_history
from demo.platform.services import SimulatedServices
from handlers.spec import HandlerSpec
from shared.config import ROOT, Settings
from shared.model import Mode
from tests.support.handling import BUCKET, GRANT, Desk

DAYS = 4
OTHER_BUCKET = "gs://archive_of_everything_that_the_warehouse_exported"  # a long name that no hyphen breaks


@dataclass
class BrowserWorld:
    """A served dashboard. `reset` undoes every change that was made on its pages."""

    app: Flask
    address: str
    waiting: int  # the incident whose repair waits for approval
    _database: sqlite3.Connection
    _before: sqlite3.Connection

    def pages(self) -> list[str]:
        """Follows all links from the first page; returns one address of each page. A page that does not open fails the test."""
        router, visitor = self.app.url_map.bind("127.0.0.1"), self.app.test_client()
        found: dict[str, str] = {}
        reached = ["/", f"/incidents/{self.waiting}"]
        for link in reached:  # grows
            path, _, query = link.partition("?")
            endpoint = router.match(path, "GET")[0]
            if endpoint in found or endpoint == "static_file" or "lang" in dict(parse_qsl(query)):
                continue
            response = visitor.get(link)
            assert response.status_code in {200, 302}, (link, response.status)
            if response.mimetype == "text/html" and response.status_code == 200:
                found[endpoint] = link
                reached += [unescape(each) for each in re.findall(r'href="(/[^"#]*)', response.text)]
        return list(found.values())

    def reset(self) -> None:
        """Restores the Error DB as it was before the test."""
        self._before.backup(self._database)


@contextmanager
def served(error_db_url: str, schema_db_url: str) -> Iterator[BrowserWorld]:
    """Fills both empty SQLite databases and serves the dashboard over them."""
    services = SimulatedServices()
    services.start()
    errors, history = ErrorStore(make_engine(error_db_url)), SchemaStore(make_engine(schema_db_url))
    try:
        settings = Settings(
            timezone="Asia/Tokyo",
            project="example-project",
            storage_endpoint=services.storage.url,
            platform_file=str(PLATFORM),
        )
        desk = Desk(errors, settings)
        write_access(history, services, desk.now)
        write_history(schema_db_url, error_db_url, ROOT / "rules", desk.now, DAYS)
        number = _open_incidents(desk, services)
        config = DashboardConfig(settings, lambda: errors, lambda: history, lambda: desk.now, "alice")
        app = make_app(config)
        with _serving(app) as address, _copied(error_db_url) as (database, before):
            yield BrowserWorld(app, address, number, database, before)
    finally:
        services.stop()
        for store in (errors, history):
            store.engine.dispose()


def _open_incidents(desk: Desk, services: SimulatedServices) -> int:
    """Opens an incident whose repair waits for approval, and a silenced one; returns the number of the first."""
    policy = [{"role": GRANT["role"], "members": [GRANT["member"]]}]
    for bucket in (BUCKET, OTHER_BUCKET):
        services.storage.add_bucket(bucket, policy)
    desk.apply(HandlerSpec(name="repair", action="remove_iam_member", mode=Mode.APPROVE))
    (change,) = desk.public_bucket()
    desk.work()
    desk.silence(hours=1)
    desk.public_bucket("e2", OTHER_BUCKET)
    desk.wait(minutes=5)
    return change.incident.id


@contextmanager
def _serving(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


@contextmanager
def _copied(url: str) -> Iterator[tuple[sqlite3.Connection, sqlite3.Connection]]:
    """Yields a connection to the SQLite database, and a copy of the database in memory."""
    database = sqlite3.connect(Path(make_url(url).database or ""))
    before = sqlite3.connect(":memory:")
    database.backup(before)
    try:
        yield database, before
    finally:
        before.close()
        database.close()
