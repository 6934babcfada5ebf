"""The latest runs of a job as bars, for the list of jobs and the page of an incident."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.charts.run_bars import run_bars

if TYPE_CHECKING:
    from dashboard.charts.run_bars import RunBar
    from insights.jobs.overview import JobLine

BARS = 14


def job_bars(line: JobLine) -> list[RunBar]:
    """The latest runs of a job as bars, with a failure that only an incident knows, and an empty one for a missing run."""
    runs = [(run_kind(line, run.state, slow=line.is_slow(run)), run.seconds) for run in line.runs]
    failed: list[tuple[str, float | None]] = [("failed", None)] if line.fails_since_its_runs else []
    missing: list[tuple[str, float | None]] = [("missing", line.usual)] if line.due_at else []
    return run_bars([*runs, *failed, *missing], most=BARS)


def run_kind(line: JobLine | None, state: str, *, slow: bool) -> str:
    """The kind of the bar of a run; a job without a line has no slow runs."""
    if state == "succeeded":
        return "slow" if slow and line else "ok"
    return {"failed": "failed", "running": "live", "queued": "live"}.get(state, "other")
