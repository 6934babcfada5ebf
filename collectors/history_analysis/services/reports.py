"""Reporters outside Google Cloud: the runs of jobs and the results of checks that they report (docs/load.md#reports).

The Error DB receives the reports; this collector copies them to the history of jobs, from which cadences are learned,
and to the history of data quality checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from collectors.history_analysis.collector import Batch, Collector, SnapshotContext
from shared.config import Settings

SCOPE = "reports/all"
BATCH = 500


def _scopes(settings: Settings) -> list[str]:
    return [SCOPE] if settings.projects or settings.scope else []


def _runs(context: SnapshotContext) -> Iterator[Batch]:
    """The runs reported in the window; a run is returned again when later reports add to it."""
    runs = iter(context.reported(context.window_start, context.window_end))
    while rows := list(islice(runs, BATCH)):
        yield Batch(rows)


COLLECTORS = (
    Collector(
        name="reports.runs",
        doc="Every run and every check result that a reporter outside Google Cloud reports.",
        every=timedelta(hours=1),
        permissions=(),
        scopes=_scopes,
        collect=_runs,
        lag=timedelta(0),
        overlap=timedelta(minutes=10),  # a transaction commits later than its reports are dated
        retention=timedelta(days=8),
    ),
)
