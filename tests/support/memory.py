"""Folders in memory, for files that tests write in great number and nobody keeps."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PLACE = Path("/dev/shm")  # noqa: S108 - the folder gets a name by chance
NEEDED_BYTES = 2 * 2**30


@contextmanager
def folder(prefix: str) -> Iterator[Path]:
    """A new folder that is removed at the end: in memory where there is enough of it, elsewhere on the disk."""
    made = Path(tempfile.mkdtemp(prefix=prefix, dir=PLACE if _is_usable() else None))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _is_usable() -> bool:
    return os.access(PLACE, os.W_OK | os.X_OK) and shutil.disk_usage(PLACE).free > NEEDED_BYTES
