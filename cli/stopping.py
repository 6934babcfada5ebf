"""Stops a command that runs until a signal."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopping() -> Iterator[Event]:
    """An event that SIGINT or SIGTERM sets; the current work is finished first."""
    event = Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        event.set()

    former = {number: signal.signal(number, stop) for number in SIGNALS}
    try:
        yield event
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
