"""Runs `hinomi dlq replay` in a process of its own, which is killed at the worst moment."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping

from cli.app import run
from cli.dead_letters.failed_messages import FailedMessages
from cli.dead_letters.messages import FailedMessage
from tests.support import forkserver

SECONDS = 600


def killed_before_it_settles(words: list[str], environment: Mapping[str, str]) -> bool:
    """Kills the command after a message is replayed and before it is marked as replayed; returns whether it was killed then."""
    settings = {name: value for name, value in os.environ.items() if name.startswith(forkserver.SETTINGS)}
    process = forkserver.context().Process(target=_run, args=(words, {**settings, **environment}))
    process.start()
    process.join(SECONDS)
    code = process.exitcode
    process.close()
    return code == -signal.SIGKILL


def _run(words: list[str], environment: Mapping[str, str]) -> None:
    os.environ.update(environment)
    FailedMessages.mark_replayed = _die  # type: ignore[method-assign,assignment]
    run(words)


def _die(_failed: FailedMessages, _message: FailedMessage) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
