"""Rejected messages, transient errors, redaction of stored values, and the number of statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, text
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError

from db.engine import make_engine
from db.error_db.models import Incident, Occurrence, RejectedMessage
from db.error_db.rejected import ROW_BYTES
from db.error_db.store import ErrorStore
from shared.errors import InputError, TransientError
from tests.support.findings import NOON, at, finding, recovery


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """Counts the statements that the engine runs in the block."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


@contextmanager
def opened(url: str) -> Iterator[ErrorStore]:
    store = ErrorStore(make_engine(url))
    yield store
    store.engine.dispose()


def reject(store: ErrorStore, body: bytes = b"\x00\xffnonsense", message_id: str = "1") -> None:
    store.reject(message_id=message_id, body=body, reason="not JSON", attributes={"a": "b\x00"}, now=NOON)


def run(store: ErrorStore, statement: str) -> None:
    with store.transaction(NOON) as transaction:
        transaction.session.execute(text(statement))


def test_a_rejected_message_is_stored_completely(store: ErrorStore) -> None:
    reject(store)
    with store.reading() as session:
        row = session.scalars(select(RejectedMessage)).one()
    assert (row.body, row.reason, row.attributes) == (b"\x00\xffnonsense", "not JSON", {"a": "b\ufffd"})


def test_a_rejected_message_is_stored_once(store: ErrorStore) -> None:
    reject(store)
    reject(store)
    reject(store, body=b"other")
    reject(store, body=b"", message_id="")
    with store.reading() as session:
        assert len(session.scalars(select(RejectedMessage)).all()) == 3


@pytest.mark.parametrize("url", ["postgresql+psycopg://u@127.0.0.1:1/x", "sqlite:////proc/version"])
def test_an_unavailable_database_is_a_transient_error(url: str) -> None:
    with opened(url) as store, pytest.raises((TransientError, InputError)) as raised:
        reject(store)
    assert isinstance(raised.value.__cause__, SQLAlchemyError)


def test_a_database_without_tables_names_the_command_that_creates_them(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    url = f"sqlite:///{tmp_path_factory.mktemp('empty') / 'e.db'}"
    with opened(url) as store, pytest.raises(TransientError, match="hinomi db upgrade"):
        reject(store)


def test_missing_tables_name_the_command_that_creates_them(own_error_db_url: str) -> None:
    with opened(own_error_db_url) as store:
        run(store, "DROP TABLE rejected_messages")
        with pytest.raises(TransientError, match="hinomi db upgrade"):
            reject(store)


@pytest.mark.postgresql
def test_a_deadlock_is_a_transient_error(postgres_url: str) -> None:
    with opened(postgres_url) as store, pytest.raises(TransientError, match="deadlock detected"):
        run(store, "DO $$ BEGIN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END $$")


@pytest.mark.postgresql
def test_a_connection_that_was_cut_is_a_transient_error(postgres_url: str) -> None:
    with opened(postgres_url) as store:
        with pytest.raises(TransientError):
            run(store, "SELECT pg_terminate_backend(pg_backend_pid())")
        reject(store)


@pytest.mark.postgresql
def test_an_invalid_statement_is_not_a_transient_error(postgres_url: str) -> None:
    with opened(postgres_url) as store, pytest.raises(ProgrammingError):
        run(store, "SELEC 1")


def test_redacted_values_are_nowhere_in_the_database(store: ErrorStore) -> None:
    item = finding(
        fields={"jsonPayload.password": "hunter22", "jsonPayload.user": "bob"},
        labels={"login": "bob:hunter22"},
        summary="login of bob with hunter22 failed",
    )
    with store.transaction(NOON) as transaction:
        transaction.record(item, redact=("*password*",))
    with store.reading() as session:
        incident, occurrence = session.execute(select(Incident, Occurrence).join(Occurrence)).one()
    kept = repr([vars(incident), vars(occurrence)])
    assert "hunter22" not in kept
    assert incident.summary == "login of bob with <redacted> failed"
    assert occurrence.evidence["fields"] == {"jsonPayload.password": "<redacted>", "jsonPayload.user": "bob"}


def test_a_first_finding_takes_at_most_six_statements(store: ErrorStore, engine: Engine) -> None:
    with counted(engine) as statements, store.transaction(NOON) as transaction:
        transaction.record(finding(), redact=())
    assert len([line for line in statements if not line.startswith("BEGIN")]) <= 6


def test_the_thousandth_finding_takes_no_more_than_the_second(store: ErrorStore, engine: Engine) -> None:
    for minutes in range(20):
        with store.transaction(NOON) as transaction:
            transaction.record(finding(minutes), redact=())
    with counted(engine) as statements, store.transaction(NOON) as transaction:
        transaction.record(finding(30), redact=())
    assert len([line for line in statements if not line.startswith("BEGIN")]) <= 6


def test_a_known_finding_takes_three_statements(store: ErrorStore, engine: Engine) -> None:
    for _ in range(2):
        with counted(engine) as statements, store.transaction(NOON) as transaction:
            transaction.record(finding(), redact=())
    # The mode of its rule, its lock, and the finding itself.
    assert len([line for line in statements if not line.startswith("BEGIN")]) == 3


def test_resolved_incidents_are_forgotten_when_they_are_old(store: ErrorStore) -> None:
    with store.transaction(NOON) as transaction:
        transaction.record(finding(0, fingerprint="gone"), redact=())
        transaction.record(finding(0, fingerprint="open"), redact=())
        transaction.recover(recovery(1, fingerprint="gone"))
    assert store.forget(at(60 * 24 * 7), retention_days=11) == 0
    assert store.forget(at(60 * 24 * 12), retention_days=11) >= 1
    with store.reading() as session:
        assert session.scalars(select(Occurrence.fingerprint)).all() == ["open"]


def test_rejected_messages_take_no_more_space_than_they_may(store: ErrorStore) -> None:
    for number in range(45):
        body = f"{number:03}".encode() * 100
        store.reject(message_id=str(number), body=body, reason="x", attributes={}, now=NOON, most_bytes=20_000)
    with store.reading() as session:
        kept = session.scalars(select(RejectedMessage.message_id).order_by(RejectedMessage.id)).all()
    assert kept[-1] == "44"
    assert 14_000 < len(kept) * (300 + ROW_BYTES) <= 20_000


@pytest.mark.parametrize(("attributes", "most"), [({}, 20), ({"key": "v" * 450}, 10)])
def test_messages_without_a_body_take_space_too(store: ErrorStore, attributes: dict[str, Any], most: int) -> None:
    for number in range(40):
        store.reject(message_id=str(number), body=b"", reason="x", attributes=attributes, now=NOON, most_bytes=10_000)
    with store.reading() as session:
        kept = session.scalars(select(RejectedMessage.message_id).order_by(RejectedMessage.id)).all()
    assert kept[-1] == "39"
    assert most / 3 < len(kept) <= most


def test_one_message_that_is_larger_than_the_space_is_kept(store: ErrorStore) -> None:
    for number in range(10):
        store.reject(message_id=str(number), body=b"x" * 9_000, reason="x", attributes={}, now=NOON, most_bytes=5_000)
    with store.reading() as session:
        assert session.scalars(select(RejectedMessage.message_id)).all() == ["9"]
