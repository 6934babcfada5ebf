"""More instances than the server has connections: nothing is lost, and no instance opens more than its share."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, create_engine, func, make_url, select, text

from db import migrate
from db.engine import APPLICATION_NAME, POSTGRESQL_CONNECTIONS, make_engine
from db.error_db.models import Occurrence
from demo import entries
from tests.support import postgres, processes
from tests.support.databases import PostgresServer
from tests.support.findings import finding
from tests.support.function_process import FunctionProcess, push_body

pytestmark = [pytest.mark.slow, pytest.mark.postgresql]

PROCESSES = 8
OURS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = :name"
).bindparams(name=APPLICATION_NAME)
LOCKED = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


@pytest.fixture(scope="module")
def crowded_url() -> Iterator[str]:
    """A migrated database on a server that accepts three connections of ordinary users."""
    try:
        with postgres.server("max_connections=6", "superuser_reserved_connections=3") as url:
            server = PostgresServer(url)
            server.execute("CREATE ROLE ordinary LOGIN")
            server.execute("CREATE DATABASE crowded OWNER ordinary")
            own = make_url(server.database("crowded")).set(username="ordinary").render_as_string()
            migrate.upgrade(own)
            yield own
    except postgres.ImpossibleError as reason:
        pytest.skip(f"PostgreSQL: {reason}")


def test_a_server_without_a_free_connection_is_retried_and_nothing_is_lost(crowded_url: str) -> None:
    shares = [
        [finding(share * 10 + at, event_key=f"event-{share}-{at}") for at in range(3)] for share in range(PROCESSES)
    ]
    results = processes.run_at_once(processes.deliver_in_a_crowd, crowded_url, shares)
    refused = [reason for _, reasons in results for reason in reasons]
    assert [changes for changes, _ in results] == [3] * PROCESSES
    assert any("connection slots" in reason or "too many clients" in reason for reason in refused)
    engine = make_engine(crowded_url)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Occurrence)) == 3 * PROCESSES
    engine.dispose()


def test_an_instance_opens_no_more_connections_than_planned(own_postgres_url: str) -> None:
    """Twelve messages at the same time, all blocked in the middle of their transactions."""
    entry = entries.bigquery_job(datetime.now(UTC), "job-1", "sales.orders", error="Not found", code=5)
    with (
        FunctionProcess({"HINOMI_ERROR_DB_URL": own_postgres_url}, forked=True) as function,
        connected(own_postgres_url) as watch,
        connected(own_postgres_url) as holder,
        ThreadPoolExecutor(12) as threads,
        holder.begin() as locked,
    ):
        holder.execute(text("LOCK TABLE fingerprint_state IN EXCLUSIVE MODE"))
        answers = [threads.submit(function.post, push_body(entry, str(number))) for number in range(12)]
        most = fullest(watch)
        locked.rollback()
        assert [answer.result()[0] for answer in answers] == [200] * 12
    assert most == POSTGRESQL_CONNECTIONS


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A connection that is not Hinomi's."""
    engine = create_engine(url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def fullest(watch: Connection) -> int:
    """The number of connections a moment after as many as possible wait for the lock."""
    end = time.monotonic() + 60
    while watch.scalar(LOCKED) != POSTGRESQL_CONNECTIONS and time.monotonic() < end:
        watch.rollback()
        time.sleep(0.05)
    time.sleep(0.5)
    watch.rollback()
    return int(watch.scalar(OURS) or 0)
