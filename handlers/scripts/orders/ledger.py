"""The orders that a worker has taken, as files on its disk, so that no order runs twice and no result is lost.

Each change is on the disk before the step that follows it. One process at a time uses a folder.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from shared.errors import InputError
from shared.texts.scripts import orders as texts

KEPT = timedelta(days=8)  # longer than Pub/Sub keeps a message; an expired order is refused anyway


class LedgerState(StrEnum):
    """The state of an order. TAKEN means that it is not acknowledged yet: it did not run, and is delivered again."""

    TAKEN = "taken"
    STARTED = "started"
    ENDED = "ended"
    REPORTED = "reported"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One order.

    `order` is its message, `result` the reply to publish when it has ended; `attempts` is the number of starts.
    """

    id: str
    state: LedgerState
    order: dict[str, Any]
    expires: str
    result: dict[str, Any] = field(default_factory=dict)
    attempts: int = 0


class OrderLedger:
    """The orders in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, order: str) -> LedgerEntry | None:
        """The entry of an order; None if it is new."""
        try:
            return _read(self._path(order))
        except FileNotFoundError:
            return None

    def write(self, entry: LedgerEntry, state: LedgerState, **changes: Any) -> LedgerEntry:
        """Stores the entry in its new state; when the function returns, the entry is on the disk."""
        changed = replace(entry, state=state, **changes)
        path = self._path(entry.id)
        new = path.with_suffix(".new")
        with new.open("w", encoding="utf-8") as file:
            json.dump(asdict(changed), file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        self._sync()
        return changed

    def unfinished(self) -> list[LedgerEntry]:
        """The orders that were started and not reported, earliest first."""
        waiting = (LedgerState.STARTED, LedgerState.ENDED)
        return [entry for entry in self._entries() if entry.state in waiting]

    def forget(self, now: datetime) -> None:
        """Deletes the entries of orders that expired long ago, except those with an unpublished result."""
        for entry in self._entries():
            if entry.state in (LedgerState.TAKEN, LedgerState.REPORTED) and _is_old(entry, now):
                self._path(entry.id).unlink(missing_ok=True)

    def _entries(self) -> list[LedgerEntry]:
        paths = sorted(self._folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
        return [_read(path) for path in paths]

    def _path(self, order: str) -> Path:
        return self._folder / f"{order}.json"

    def _sync(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def opened(folder: Path) -> Iterator[OrderLedger]:
    """The ledger in a folder, which is created if necessary. Raises InputError while another process uses it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(texts.STATE_IN_USE(folder=str(folder))) from error
        yield OrderLedger(folder)


def _read(path: Path) -> LedgerEntry:
    content = json.loads(path.read_text(encoding="utf-8"))
    return LedgerEntry(**{**content, "state": LedgerState(content["state"])})


def _is_old(entry: LedgerEntry, now: datetime) -> bool:
    return datetime.fromisoformat(entry.expires) + KEPT < now
