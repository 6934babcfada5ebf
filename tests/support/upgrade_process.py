"""Runs upgrades in separate processes: several at once, or killed after a revision."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import IO

from cli.app import run
from db.migrate import Database, UpgradeProgress, upgrade
from tests.support import forkserver

SECONDS = 600  # of a machine that stands still


@dataclass(frozen=True)
class UpgradeCommand:
    """A running `hinomi db upgrade`."""

    process: ForkServerProcess
    stdout: IO[str]
    stderr: IO[str]

    def wait(self) -> tuple[int | None, str]:
        """Waits for the end; returns the exit code and the rest of standard output."""
        output = self.stdout.read()
        self.process.join()
        code = self.process.exitcode
        self.process.close()
        for stream in (self.stdout, self.stderr):
            stream.close()
        return code, output


def started(url: str, database: Database) -> UpgradeCommand:
    """Starts `hinomi db upgrade` in a separate process."""
    context = forkserver.context()
    pipes = [context.Pipe(duplex=False) for _ in range(2)]
    senders = [sender for _, sender in pipes]
    process = context.Process(target=_command, args=(["db", "upgrade", database.key, "--url", url], *senders))
    process.start()
    for sender in senders:
        sender.close()
    stdout, stderr = (os.fdopen(os.dup(receiver.fileno()), encoding="utf-8") for receiver, _ in pipes)
    for receiver, _ in pipes:
        receiver.close()
    return UpgradeCommand(process, stdout, stderr)


def _command(words: list[str], stdout: Connection, stderr: Connection) -> None:
    for number, stream in ((1, stdout), (2, stderr)):
        os.dup2(stream.fileno(), number)
        stream.close()
    sys.exit(run(words))


def killed_after(url: str, database: Database, revision: str) -> bool:
    """Starts an upgrade, and kills its process after a revision is applied; returns whether it was killed."""
    process = forkserver.context().Process(target=_upgrade, args=(url, database, revision))
    process.start()
    process.join(SECONDS)
    code = process.exitcode
    process.close()
    return code == -signal.SIGKILL


class _Deadly(list[str]):
    def __init__(self, last: str) -> None:
        super().__init__()
        self.last = last

    def append(self, revision: str) -> None:
        if revision == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


def _upgrade(url: str, database: Database, revision: str) -> None:
    upgrade(url, database, UpgradeProgress(applied=_Deadly(revision)))
