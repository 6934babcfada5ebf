"""Upgrades in processes of their own: several at once, or killed after a revision."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from db.migrate import Database, UpgradeProgress, upgrade
from tests.support import forkserver

SECONDS = 60


def started(url: str, database: Database) -> subprocess.Popen[str]:
    """Starts `hinomi db upgrade` in a process."""
    words = [sys.executable, "-c", "from cli.app import main; main()", "db", "upgrade", database.key, "--url", url]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def killed_after(url: str, database: Database, revision: str) -> bool:
    """Upgrades and kills the process after a revision is applied; returns whether it was killed."""
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
