"""Temporary folders in memory, because tests write many files."""

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
    """Creates a folder and removes it at the end: in memory if there is enough, otherwise on disk."""
    made = Path(tempfile.mkdtemp(prefix=prefix, dir=PLACE if _is_usable() else None))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _is_usable() -> bool:
    return os.access(PLACE, os.W_OK | os.X_OK) and shutil.disk_usage(PLACE).free > NEEDED_BYTES
