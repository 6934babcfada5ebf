"""What every connection to PostgreSQL has."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import make_url, text

from db.engine import POSTGRESQL_CONNECTIONS, make_engine

TIMEOUTS = {"statement_timeout": "30s", "lock_timeout": "20s", "idle_in_transaction_session_timeout": "1min"}


@pytest.mark.postgresql
@pytest.mark.parametrize("options", ["", "-c work_mem=5MB"])
def test_no_url_is_without_time_outs(postgres_url: str, options: str) -> None:
    url = make_url(postgres_url).update_query_dict({"options": options} if options else {})
    engine = make_engine(url.render_as_string(hide_password=False))
    with engine.connect() as connection:
        found = {name: connection.scalar(text(f"SHOW {name}")) for name in TIMEOUTS}
        memory = connection.scalar(text("SHOW work_mem"))
    engine.dispose()
    assert found == TIMEOUTS
    assert (memory == "5MB") is bool(options)


@pytest.mark.postgresql
def test_the_url_has_the_last_word(postgres_url: str) -> None:
    url = make_url(postgres_url).update_query_dict({"options": "-c lock_timeout=7s"})
    engine = make_engine(url.render_as_string(hide_password=False))
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW lock_timeout")) == "7s"
    engine.dispose()


@pytest.mark.postgresql
def test_many_threads_share_few_connections(postgres_url: str) -> None:
    engine = make_engine(postgres_url)

    def ask(_number: int) -> int:
        with engine.connect() as connection:
            return int(connection.scalar(text("SELECT pg_backend_pid() FROM pg_sleep(0.02)")) or 0)

    with ThreadPoolExecutor(12) as threads:
        asked = set(threads.map(ask, range(24)))
    engine.dispose()
    assert 0 < len(asked) <= POSTGRESQL_CONNECTIONS
