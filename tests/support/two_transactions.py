"""Runs two transactions of two instances at the same moment, without sleeping."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection, event

from db.error_db.store import ErrorStore
from db.error_db.transaction import ErrorTransaction
from db.sqlite import ReadingDialect, WritingDialect
from tests.support.findings import NOON

First = TypeVar("First")
Second = TypeVar("Second")


def takes_lock(connection: Connection) -> bool:
    """Whether a transaction takes the lock for writing at its beginning: in SQLite, unless it only reads."""
    return isinstance(connection.dialect, WritingDialect) and not isinstance(connection.dialect, ReadingDialect)


def at_once(
    store: ErrorStore,
    first: Callable[[ErrorTransaction], First],
    second: Callable[[ErrorTransaction], Second],
    *,
    lock: str,
) -> tuple[First, Second]:
    """Runs both and returns their results; `first` commits when `second` waits for a lock, or has ended without waiting.

    `lock` is the beginning of the statement that takes the lock in PostgreSQL.
    """
    waits, own = threading.Event(), threading.get_ident()

    def notice(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if threading.get_ident() != own and statement.startswith(lock):
            waits.set()

    def notice_begin(connection: Connection) -> None:
        if threading.get_ident() != own and takes_lock(connection):
            waits.set()

    def work() -> Second:
        try:
            with store.transaction(NOON) as transaction:
                return second(transaction)
        finally:
            waits.set()

    event.listen(store.engine, "before_cursor_execute", notice)
    event.listen(store.engine, "begin", notice_begin)
    try:
        with ThreadPoolExecutor(1) as pool:
            with store.transaction(NOON) as transaction:
                result = first(transaction)
                other = pool.submit(work)
                waits.wait()
            return result, other.result()
    finally:
        event.remove(store.engine, "before_cursor_execute", notice)
        event.remove(store.engine, "begin", notice_begin)
