"""The reports of reporters in a period, for the history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from db.error_db.reporters.checks import changed_results
from db.error_db.reporters.runs import Reading, changed_runs
from shared.history import Row


def changed(reading: Reading, since: datetime, until: datetime) -> Iterator[Row]:
    """The runs of jobs and the results of checks that were reported in [since, until)."""
    yield from changed_runs(reading, since, until)
    yield from changed_results(reading, since, until)
