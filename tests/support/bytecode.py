"""Shares the compiled modules of this environment with other folders, so that an empty environment compiles nothing again."""

from __future__ import annotations

import os
import shutil
from importlib.util import cache_from_source
from pathlib import Path


def lend(lender: Path, folder: Path) -> None:
    """Copies the compiled modules of the files below `lender` to the same files below `folder`.

    A file must have the same size and time: that is how Python decides whether a compiled module belongs to it. uv
    links the files of packages from one cache, and the build of the deployed source keeps the times of files.
    """
    for file in folder.rglob("*.py"):
        own = lender / file.relative_to(folder)
        compiled, target = (Path(cache_from_source(str(path))) for path in (own, file))
        if not own.exists() or not compiled.exists() or target.exists() or _state(own) != _state(file):
            continue
        target.parent.mkdir(exist_ok=True)
        try:
            os.link(compiled, target)  # Python replaces such a file and never writes into it
        except OSError:  # on another disk
            shutil.copy2(compiled, target)


def _state(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, int(found.st_mtime)
