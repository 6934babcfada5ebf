"""Runs work in a process that is killed at random moments, until the work completes."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from tests.support import forkserver

LONGEST = 600.0  # seconds; no work takes that long
MOST = 6  # maximum number of kills


def attempt(work: Callable[..., None], args: tuple[Any, ...], after: float = LONGEST) -> float | None:
    """Starts the work in a new process and kills it `after` seconds after its imports are done.

    Returns the seconds that the work took, or None if it was killed. Fails if the work failed.
    """
    context = forkserver.context()
    receiver, sender = context.Pipe()
    process = context.Process(target=_child, args=(work, args, sender))
    process.start()
    assert receiver.recv() == "at work"
    if not receiver.poll(after):
        process.kill()
    process.join()
    took = receiver.recv() if receiver.poll() else None
    assert process.exitcode == 0 or (took is None and process.exitcode == -signal.SIGKILL)
    process.close()
    return took


def _child(work: Callable[..., None], args: tuple[Any, ...], link: Connection) -> None:
    link.send("at work")
    began = time.monotonic()
    work(*args)
    link.send(time.monotonic() - began)


def killed_often(
    work: Callable[..., None],
    args: tuple[Any, ...],
    chance: random.Random,
    longest: float,
    repair: Callable[[], int],
) -> int:
    """Kills the work within its first `longest` seconds and calls `repair`; repeats this until the work completes.

    `repair` returns how many times in a row the work died without progress: the more, the longer it lives next time,
    because the machine may have become slower. Returns the number of kills.
    """
    stalls = 0
    for kills in range(MOST):
        if attempt(work, args, chance.uniform(0.0, longest * 4**stalls)) is not None:
            return kills
        stalls = repair()
    assert attempt(work, args) is not None
    return MOST
