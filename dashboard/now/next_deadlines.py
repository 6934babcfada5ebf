"""The next deadlines on the page Now: those that the last check of late jobs stored, and incidents of jobs that will be late."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from dashboard.charts.due_lines import DueMarks, DueScale, due_marks, due_scale
from shared.lazy.dataclass import dataclass
from shared.texts import Text, joined
from shared.texts.late_jobs import next_ends as texts

if TYPE_CHECKING:
    from dashboard.incidents.late_ends import LateEnd
    from dashboard.page_request import PageRequest
    from insights.jobs.starts import Job
    from shared.history import JobDeadlineRow

SHOWN = 8
READ = 50
GLYPHS = {"on_time": "well", "late": "late", "learning": "learning"}
LIKELY = 0.1  # a smaller chance to be late is not worth a word


@dataclass(frozen=True, slots=True)
class DeadlineLine:
    """A line: the job, its state, its expected end, and its marks. `incident` is the number of its incident, 0 for none."""

    job: Job | None
    name: str
    state: str
    glyph: str
    expected: datetime | None
    deadline: datetime | None
    note: Text
    marks: DueMarks
    incident: int


@dataclass(frozen=True, slots=True)
class NextDeadlines:
    """The lines, the time line on which they are drawn, the number of further lines, and the time until which runs were known."""

    lines: Sequence[DeadlineLine]
    scale: DueScale
    more: int
    known_until: datetime | None


def next_deadlines(request: PageRequest, late: Sequence[LateEnd]) -> NextDeadlines:
    """The deadlines of the next hours, the next one first; without the Schema DB only those of incidents."""
    from insights.jobs.deadlines import stored  # noqa: PLC0415

    rows = request.ask_schema_db(lambda session: stored.next_deadlines(session, request.now, limit=READ)) or []
    incidents = {each.view.resource: each for each in late}
    names = {row.job_name for row in rows}
    alone = [each for name, each in incidents.items() if name not in names]
    shown = rows[: max(SHOWN - len(alone), SHOWN // 2)]
    scale = due_scale(request.now, [*_times(shown), *(each.expected_end for each in alone)])
    lines = [_of_incident(each, scale) for each in alone]
    lines += [_of_row(row, incidents.get(row.job_name), scale) for row in shown]
    known = max((row.known_until for row in shown), default=None)
    return NextDeadlines(lines[:SHOWN], scale, max(len(rows) + len(alone) - SHOWN, 0), known)


def _times(rows: Sequence[JobDeadlineRow]) -> Iterator[datetime]:
    for row in rows:
        yield from filter(None, (row.usual_end, row.expected_end, row.deadline_at))


def _of_row(row: JobDeadlineRow, late: LateEnd | None, scale: DueScale) -> DeadlineLine:
    state = row.state.value
    return DeadlineLine(
        job=(row.service, row.project, row.job_name),
        name=row.job_name,
        state=state,
        glyph="running" if row.is_running and state == "on_time" else GLYPHS[state],
        expected=row.expected_end,
        deadline=row.deadline_at,
        note=joined(list(_notes(row, late))),
        marks=due_marks(scale, row.usual_end, row.expected_end, row.deadline_at),
        incident=late.view.id if late else 0,
    )


def _notes(row: JobDeadlineRow, late: LateEnd | None) -> Iterator[Text]:
    from insights.jobs.deadlines.usual_end import LEAST_ENDS  # noqa: PLC0415

    if row.state == "learning":
        yield texts.LEARNING(count=row.runs, least=LEAST_ENDS)
    if row.is_running:
        yield texts.RUNNING
    if row.chance is not None and row.chance >= LIKELY:
        words = texts.SURE if row.state == "late" else texts.CHANCE
        yield words(percent=f"{100 * row.chance:.0f}")
    if late and late.held_up_by:
        yield texts.HELD_UP_BY(job=late.held_up_by)


def _of_incident(late: LateEnd, scale: DueScale) -> DeadlineLine:
    notes = [] if late.chance is None else [texts.SURE(percent=f"{100 * late.chance:.0f}")]
    notes += [texts.HELD_UP_BY(job=late.held_up_by)] if late.held_up_by else []
    return DeadlineLine(
        job=None,
        name=late.view.resource,
        state="late",
        glyph="late",
        expected=late.expected_end,
        deadline=late.by,
        note=joined(notes),
        marks=due_marks(scale, None, late.expected_end, late.by),
        incident=late.view.id,
    )
