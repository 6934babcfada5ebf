"""Timelines and lineage as items of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.api.models.job_chains import (
    CriticalStepItem,
    LineageHopItem,
    LineageHopList,
    TimelineItem,
    TimelineRowItem,
    TimelineRunItem,
)

if TYPE_CHECKING:
    from dashboard.jobs.lineage import HopsAway, LineageLine
    from insights.jobs.chain.model import PathStep, Timeline, TimelineRow


def timeline_item(timeline: Timeline) -> TimelineItem:
    """A timeline as an item."""
    return TimelineItem(
        rows=[_row(row) for row in timeline.rows],
        critical_path=[_step(step) for step in timeline.path],
        left_out=timeline.left_out,
    )


def _row(row: TimelineRow) -> TimelineRowItem:
    service, project, name = row.job
    start, end = row.usual or (None, None)
    return TimelineRowItem(
        service=service, project=project, name=name, state=row.state, hop=row.hop, usual_start=start, usual_end=end,
        runs=[TimelineRunItem.model_validate(bar) for bar in row.bars],
    )  # fmt: skip


def _step(step: PathStep) -> CriticalStepItem:
    service, project, name = step.job
    return CriticalStepItem(
        service=service, project=project, name=name, state=step.bar.state, start=step.bar.start, until=step.bar.until,
        waited_seconds=None if step.waited is None else step.waited.total_seconds(),
    )  # fmt: skip


def hop_list(away: HopsAway) -> LineageHopList:
    """The jobs in one direction as items."""
    return LineageHopList(items=[_hop(line) for line in away.lines], left_out=away.left_out)


def _hop(line: LineageLine) -> LineageHopItem:
    service, project, name = line.hop.job
    return LineageHopItem(
        hop=line.hop.hop, service=service, project=project, name=name, tables=list(line.hop.tables),
        writes=list(line.hop.writes), health=line.status.health, owner=line.owner, next_start=line.status.next_start,
        next_end=line.status.next_end, incident=next((each.id for each in line.status.incidents), None),
    )  # fmt: skip
