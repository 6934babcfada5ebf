"""The rule files of a folder, and a digest that shows whether a compiled file matches them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

REPORTERS = "reporters.yaml"
EXPECTATIONS = "expectations.yaml"  # of jobs (insights/jobs/expectations_file.py)
QUALITY = "quality.yaml"  # queries of data quality (insights/quality/queries_file.py)
VERSION = 17  # of the compiled form; a file of another version is compiled again
_SUFFIXES = (".yml", ".yaml")


def digest(rules_dir: Path) -> str | None:
    """A hash of the names and contents of all rule files, reporters, job expectations and data quality queries; None without rule files."""
    state = hashlib.sha256()
    names = list(_names(rules_dir))
    others = [name for name in (REPORTERS, EXPECTATIONS, QUALITY) if (rules_dir / name).is_file()]
    for name in [*names, *others]:
        with open(f"{rules_dir}/{name}", "rb", buffering=0) as file:  # noqa: PTH123 - in each cold start, for a hundred files
            state.update(f"{name}\0".encode() + file.read() + b"\0")
    return state.hexdigest() if names else None


def sources(rules_dir: Path) -> Iterator[Path]:
    """The rule files, <service>/<rule>.yml, and the metric catalogue, metrics/<service>.yaml, in order."""
    yield from (rules_dir / name for name in _names(rules_dir))


def _names(rules_dir: Path) -> Iterator[str]:
    """The paths of `sources` below the folder, with slashes. A Path for each of them would be half of `digest`."""
    if not rules_dir.is_dir():
        return
    with os.scandir(rules_dir) as entries:
        folders = sorted(entry.name for entry in entries if entry.is_dir())
    for folder in folders:
        with os.scandir(rules_dir / folder) as entries:
            names = sorted(entry.name for entry in entries if entry.name.endswith(_SUFFIXES))
        yield from (f"{folder}/{name}" for name in names if name not in _SUFFIXES)
