"""The settings of each connection to PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from db.engine import POSTGRESQL_CONNECTIONS, make_engine
from shared.errors import InputError

DEFAULTS = {
    "statement_timeout": "30s",
    "lock_timeout": "20s",
    "idle_in_transaction_session_timeout": "1min",
    "jit": "off",
}


@pytest.mark.postgresql
@pytest.mark.parametrize("options", ["", "-c work_mem=5MB"])
def test_no_url_is_without_time_outs_or_compiles_statements(postgres_url: str, options: str) -> None:
    url = make_url(postgres_url).update_query_dict({"options": options} if options else {})
    engine = make_engine(url.render_as_string(hide_password=False))
    with engine.connect() as connection:
        found = {name: connection.scalar(text(f"SHOW {name}")) for name in DEFAULTS}
        memory = connection.scalar(text("SHOW work_mem"))
    engine.dispose()
    assert found == DEFAULTS
    assert (memory == "5MB") is bool(options)


@pytest.mark.postgresql
def test_the_url_overrides_the_settings(postgres_url: str) -> None:
    url = make_url(postgres_url).update_query_dict({"options": "-c lock_timeout=7s"})
    engine = make_engine(url.render_as_string(hide_password=False))
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW lock_timeout")) == "7s"
    engine.dispose()


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("query", "name"), [({}, "hinomi"), ({"application_name": "mine", "connect_timeout": "2"}, "mine")]
)
def test_a_connection_says_whose_it_is(postgres_url: str, query: dict[str, str], name: str) -> None:
    url = make_url(postgres_url).update_query_dict(query).render_as_string(hide_password=False)
    engine = make_engine(url)
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        assert connection.scalar(text("SHOW application_name")) == name
        assert driver.info.get_parameters()["connect_timeout"] == query.get("connect_timeout", "10")
        assert connection.scalar(text("SHOW statement_timeout")) == "30s"
    engine.dispose()


@pytest.mark.postgresql
def test_the_url_chooses_the_encryption_of_the_connection(postgres_url: str) -> None:
    url = make_url(postgres_url).update_query_dict({"sslmode": "require"}).render_as_string(hide_password=False)
    engine = make_engine(url)
    with pytest.raises(OperationalError, match="server does not support SSL"):
        engine.connect()
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("hunter2", "cannot be read: use sqlite:///FILE or postgresql+psycopg://…"),
        ("postgresql+psycopg://u:hunter2@h:port/x", "cannot be read"),
        ("mysql://u:hunter2@h/x", "begins with mysql://"),
        ("postgresql+psycopg://u:x@hunter2@127.0.0.1/x", "has more than one @: write %40"),
        ("postgresql+psycopg://u:hunter2@127.0.0.1/x?sslmod=require", "has the option sslmod, which PostgreSQL"),
        ("postgresql+psycopg2://u:hunter2@127.0.0.1/x", "use postgresql+psycopg://"),
    ],
)
def test_a_url_that_cannot_be_used_is_named_and_not_repeated(url: str, says: str) -> None:
    with pytest.raises(InputError) as error:
        make_engine(url, "HINOMI_ERROR_DB_URL")
    assert str(error.value).startswith("HINOMI_ERROR_DB_URL")
    assert says in str(error.value)
    assert "hunter2" not in str(error.value)


@pytest.mark.postgresql
def test_many_threads_share_few_connections(postgres_url: str) -> None:
    engine = make_engine(postgres_url)

    def ask(_number: int) -> int:
        with engine.connect() as connection:
            return int(connection.scalar(text("SELECT pg_backend_pid() FROM pg_sleep(0.02)")) or 0)

    with ThreadPoolExecutor(12) as threads:
        requested = set(threads.map(ask, range(24)))
    engine.dispose()
    assert 0 < len(requested) <= POSTGRESQL_CONNECTIONS
