"""Builds the rules folder of a release image."""

from __future__ import annotations

from pathlib import Path

from handlers import compiled
from handlers.read import read
from shared.config import ROOT


def release_rules(folder: Path) -> Path:
    """Writes the shipped handler rules to `folder`, as the build does."""
    rules, errors = read(ROOT / "rules" / "handlers.yaml")
    assert errors == []
    compiled.write(folder, rules, {})
    return folder
