"""The rule files of a folder, and a digest that shows whether a compiled form matches them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

REPORTERS = "reporters.yaml"
VERSION = 10  # of the compiled form; a file of another version is compiled again


def digest(rules_dir: Path) -> str | None:
    """A hash of the name and content of every rule file and of the reporters, None when there is no rule file."""
    state = hashlib.sha256()
    files = list(sources(rules_dir))
    for path in [*files, *(path for path in [rules_dir / REPORTERS] if path.is_file())]:
        state.update(f"{path.relative_to(rules_dir).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return state.hexdigest() if files else None


def sources(rules_dir: Path) -> Iterator[Path]:
    """The rule files, <service>/<rule>.yml, and the metric catalogue, metrics/<service>.yaml, in order."""
    for folder in sorted(path for path in rules_dir.iterdir() if path.is_dir()) if rules_dir.is_dir() else []:
        yield from sorted(path for path in folder.iterdir() if path.suffix in (".yml", ".yaml"))
