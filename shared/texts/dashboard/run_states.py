"""States of runs of jobs, with the glyph of each."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts.cli.jobs import STATES

RUN_GLYPHS: Mapping[str, str] = {
    "queued": "waiting",
    "running": "running",
    "succeeded": "well",
    "failed": "past",
    "cancelled": "silenced",
    "skipped": "silenced",
}

__all__ = ["RUN_GLYPHS", "STATES"]
