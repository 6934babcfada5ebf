"""Ctrl-C ends the demo at any moment."""

from __future__ import annotations

import gc
import signal
import sys
import threading
from collections.abc import Iterator

import pytest

from demo.__main__ import _end, come_again

LONGEST = 60.0


@pytest.fixture(autouse=True)
def _signals(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Installs the signal handlers of the demo, and restores the previous ones."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
    before = [signal.getsignal(number) for number in numbers]
    monkeypatch.setattr(sys, "unraisablehook", come_again)
    signal.signal(signal.SIGINT, _end)
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def test_an_interrupt_in_a_garbage_collection_is_not_lost() -> None:
    class Interrupted:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)
            gc.isenabled()  # Python handles the signal here, and ignores what is raised

    def drop_and_wait() -> None:
        Interrupted()
        threading.Event().wait(LONGEST)

    with pytest.raises(KeyboardInterrupt):
        drop_and_wait()
