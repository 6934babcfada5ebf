"""Jobs and costs at the terminal: tables where the names fit, otherwise a block for each job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.text import Text

from cli.language import listed, localize
from cli.views import output
from cli.views.rows import Footnotes, print_rows
from insights.cost.money import money
from shared.config import Settings
from shared.durations import duration_text
from shared.model import JobHealth
from shared.texts import Text as Localized
from shared.texts.cli import jobs as texts
from shared.texts.job_chains import lineage as lineage_texts
from shared.texts.job_chains import timeline as timeline_texts
from shared.texts.late_jobs import next_ends as deadline_texts

if TYPE_CHECKING:
    from rich.console import Console

    from insights.cost.slot_waits import Wait
    from insights.cost.spending import CostLine
    from insights.jobs.chain.around import JobSurroundings
    from insights.jobs.chain.lineage import LineageHop
    from insights.jobs.chain.model import Timeline
    from insights.jobs.declared.schedules import ScheduleComparison
    from insights.jobs.gaps import JobGap
    from insights.jobs.habits.schedule_moves import ScheduleMove
    from insights.jobs.late_job import LateJob
    from insights.jobs.overview import JobLine
    from insights.jobs.trends import FailingJob, JobDay, JobRunView, SlowJob
    from shared.history import JobDeadlineRow
    from shared.texts.locale import Locale

SHOWN_CONTENDERS = 20
NONE = "–"


def seconds(value: float | None) -> str:
    """A number of seconds in at most two units, such as `4.2 s` or `3 h 20 min`; a dash for None."""
    return NONE if value is None else localize(duration_text(value))


def print_list(console: Console, lines: Sequence[JobLine], now: datetime, currency: str) -> None:
    """Prints one line for each job. Errors of failing jobs are footnotes; columns without values are left out."""
    notes = Footnotes()
    numbers = [texts.IN_FIVE_WEEKS, texts.USUALLY, texts.COST_OF_WEEK]
    columns = [texts.STATE, texts.JOB, texts.LAST_RUN, *numbers, texts.SERVICE, texts.ERROR]
    rows = [
        [
            output.styled(localize(texts.HEALTHS[line.health]), "bold red" if line.health.is_trouble else ""),
            output.styled(line.figures.job[2]),
            Text(output.ago(line.figures.last_start, now)),
            Text(localize(texts.FAILED_OF(failed=f"{line.figures.failed:,}", runs=f"{line.figures.runs:,}"))),
            Text(seconds(line.usual) if line.usual is not None else ""),
            Text(money(line.figures.price, currency) if line.figures.price else ""),
            output.styled(line.figures.job[0]),
            Text(notes.mark(line.runs[-1].error).strip() if line.health is JobHealth.FAILING and line.runs else ""),
        ]
        for line in lines
    ]
    used = [at for at in range(len(columns)) if any(row[at] for row in rows)]
    print_rows(
        console,
        [columns[at] for at in used],
        [[row[at] for at in used] for row in rows],
        right=numbers,
        heading=2,
    )
    notes.print(console)


def print_slow(console: Console, jobs: Sequence[SlowJob]) -> None:
    """Prints slower jobs, with medians and 95th percentiles of the period and of the reference period."""
    numbers = [texts.MEDIAN, texts.PAST_MEDIAN, texts.GROWTH, texts.RUNS, texts.P95, texts.PAST_P95]
    rows = [
        [
            output.styled(job.job_name),
            Text(seconds(job.median)),
            Text(seconds(job.past_median)),
            Text(localize(texts.TIMES(factor=f"{job.growth:.1f}"))),
            Text(f"{job.runs:,} / {job.past_runs:,}"),
            Text(seconds(job.p95)),
            Text(seconds(job.past_p95)),
            output.styled(job.service),
        ]
        for job in jobs
    ]
    print_rows(console, [texts.JOB, *numbers, texts.SERVICE], rows, right=numbers)


def print_gaps(console: Console, gaps: Sequence[JobGap], settings: Settings, now: datetime) -> None:
    """Prints missing runs, each with its problem and the command that runs it again."""
    tz = output.zone(settings.timezone)
    for gap in gaps:
        run = gap.run or output.clock(gap.since, tz)
        head = Text.assemble(output.styled(gap.job, "bold"), "  ", output.styled(run))
        console.print(output.hanging(head, 2, console.width), soft_wrap=True)
        happened = texts.FAILED_RUN if gap.state == "failed" else texts.NEVER_STARTED
        facts = {
            texts.STATE: Text(localize(happened)),
            texts.SINCE: Text(_since(gap, run, tz, now)),
            texts.SERVICE: output.styled(" ".join(filter(None, [gap.service, gap.project]))),
            texts.LATER_RUN: Text(_succeeded(gap.later_success_at, now)),
            texts.INCIDENT: Text(str(gap.incident or "")),
            texts.RERUN: output.styled(gap.command or localize(gap.advice)),
        }
        output.print_facts(console, {localize(name): value for name, value in facts.items() if value.plain})
        console.print()


def _since(gap: JobGap, run: str, tz: ZoneInfo, now: datetime) -> str:
    """The time since which a run is missing, without a date that the line above or the age says already."""
    time, age = output.clock(gap.since, tz), output.ago(gap.since, now)
    parts = [] if run == time else [time]
    if not time.startswith(age):
        parts.append(f"({age})" if parts else age)
    return " ".join(parts)


def print_late(console: Console, jobs: Sequence[LateJob], locale: Locale) -> None:
    """Prints late jobs: the deadline, the expected end, the confidence, and the upstream job."""
    columns = [texts.JOB, texts.STATE, texts.BY, texts.EXPECTED_END, texts.SURE, texts.WAITS_FOR]
    rows = [
        [
            output.styled(each.job[2]),
            Text(localize(texts.STATES["running"] if each.run else texts.NOT_STARTED)),
            Text(locale.minute(each.by) if each.by else NONE),
            Text(locale.minute(each.expected_end) if each.expected_end else NONE),
            Text(f"{100 * each.chance:.0f} %" if each.chance is not None else NONE),
            Text(" → ".join(one.job[2] for one in each.path)),
        ]
        for each in jobs
    ]
    print_rows(console, columns, rows, right=[texts.SURE])


def print_deadlines(console: Console, rows: Sequence[JobDeadlineRow], locale: Locale) -> None:
    """Prints the next deadlines of jobs: when each run usually ends, by when it has to, and when it probably will."""
    from insights.jobs.deadlines.usual_end import LEAST_ENDS

    columns = [texts.STATE, texts.JOB, texts.USUAL_END, texts.DEADLINE, texts.EXPECTED_END, texts.CHANCE_OF_LATE]
    printed = [
        [
            output.styled(localize(deadline_texts.STATES[each.state]), "bold red" if each.state == "late" else ""),
            output.styled(each.job_name),
            Text(_minute(each.usual_end, locale)),
            Text(_minute(each.deadline_at, locale)),
            Text(
                localize(deadline_texts.LEARNING(count=each.runs, least=LEAST_ENDS))
                if each.state == "learning"
                else _minute(each.expected_end, locale)
            ),
            Text(f"{100 * each.chance:.0f} %" if each.chance is not None else NONE),
        ]
        for each in rows
    ]
    print_rows(console, columns, printed, right=[texts.CHANCE_OF_LATE], heading=2)


def _minute(time: datetime | None, locale: Locale) -> str:
    return locale.minute(time) if time else NONE


def _succeeded(time: datetime | None, now: datetime) -> str:
    return localize(texts.SUCCEEDED(ago=output.ago(time, now))) if time else ""


def print_failing(console: Console, jobs: Sequence[FailingJob], now: datetime) -> None:
    """Prints failing jobs; their errors are footnotes."""
    notes = Footnotes()
    rows = [
        [
            output.styled(job.job_name),
            Text(f"{job.streak:,}"),
            output.styled(localize(texts.FAILED_OF(failed=f"{job.failed:,}", runs=f"{job.runs:,}"))),
            Text(output.ago(job.failed_at, now) if job.failed_at else NONE),
            Text(notes.mark(job.error).strip()),
        ]
        for job in jobs
    ]
    numbers = [texts.IN_A_ROW, texts.FAILED]
    print_rows(console, [texts.JOB, *numbers, texts.LAST_FAILURE, texts.ERROR], rows, right=numbers)
    notes.print(console)


def print_schedules(console: Console, schedules: Sequence[ScheduleComparison]) -> None:
    """Prints the declared schedule of a job, and the interval of its runs if it differs."""
    for each in schedules:
        declared = " ".join(filter(None, (each.schedule, each.time_zone if each.schedule else "")))
        interval = duration_text(each.declared) if each.declared else Localized.verbatim(NONE)
        if each.differs and each.learned:
            line = texts.DECLARED_BUT(schedule=declared, interval=interval, learned=duration_text(each.learned))
        else:
            line = texts.DECLARED(schedule=declared, interval=interval)
        console.print(output.styled(localize(line), "yellow" if each.differs else ""))
        if each.times:
            declared_at, usual = (f"{one:%H:%M}" for one in each.times)
            at = texts.STARTS_AT(declared=declared_at, usual=usual, zone=each.time_zone)
            console.print(output.styled(localize(at), "yellow"))


def print_moves(console: Console, moves: Sequence[ScheduleMove]) -> None:
    """Prints the moves of a job to another time of day."""
    for move in moves:
        before, after = move.clocks
        output.print_text(console, texts.MOVED(before=before, now=after, day=f"{move.since:%Y-%m-%d}"))


def print_days(console: Console, days: Sequence[JobDay]) -> None:
    """Prints the days of one job, in UTC."""
    numbers = [
        texts.RUNS, texts.FAILED, texts.MEDIAN, texts.P95, texts.WAITED, texts.SLOT_HOURS, texts.GIB_BILLED
    ]  # fmt: skip
    rows = [
        [
            Text(str(day.day)),
            Text(f"{day.runs:,}"),
            Text(f"{day.failed:,}"),
            Text(seconds(day.median_seconds)),
            Text(seconds(day.p95_seconds)),
            Text(seconds(day.mean_queue_seconds)),
            Text(f"{day.slot_hours:,.1f}"),
            Text(f"{day.bytes_billed / 1024**3:,.1f}"),
        ]
        for day in days
    ]
    print_rows(console, [texts.DAY, *numbers], rows, right=numbers)


def print_runs(console: Console, runs: Sequence[JobRunView], now: datetime) -> None:
    """Prints runs. Errors are footnotes; columns that are empty for all runs are left out."""
    notes = Footnotes()
    columns = [texts.RUN, texts.STARTED, texts.STATE, texts.TOOK, texts.WAITED, texts.WHO, texts.ERROR]
    rows = [
        [
            output.styled(run.run_id.removeprefix(f"{run.job_name}/")),
            Text(output.ago(run.start_at, now) if run.start_at else NONE),
            output.styled(localize(texts.STATES.get(run.state) or Localized.verbatim(run.state))),
            Text(seconds(run.run_seconds)),
            Text(seconds(run.queue_seconds)),
            output.styled(run.principal),
            Text(notes.mark(run.error).strip()),
        ]
        for run in runs
    ]
    used = [at for at in range(len(columns)) if any(row[at] for row in rows)]
    print_rows(
        console,
        [columns[at] for at in used],
        [[row[at] for at in used] for row in rows],
        right=[texts.TOOK, texts.WAITED],
    )
    notes.print(console)


def print_surroundings(console: Console, around: JobSurroundings, locale: Locale) -> None:
    """Prints the tasks of the latest run with the critical path, and the jobs downstream and upstream by hop."""
    if around.tasks:
        console.print(output.styled(localize(timeline_texts.LATEST_TASKS), "bold"))
        _print_tasks(console, around.tasks, locale)
    for title, hops in ((lineage_texts.DOWNSTREAM, around.downstream), (lineage_texts.UPSTREAM, around.upstream)):
        if hops:
            console.print(output.styled(localize(title), "bold"))
            _print_hops(console, hops, around, locale)


def _print_tasks(console: Console, tasks: Timeline, locale: Locale) -> None:
    steps = {step.bar.key: f"{number}/{len(tasks.path)}" for number, step in enumerate(tasks.path, start=1)}
    columns = [timeline_texts.TASK, texts.STATE, timeline_texts.STARTED, timeline_texts.ENDED_AT, timeline_texts.STEP]
    rows = [
        [
            output.styled(row.name, "bold" if row.is_critical else ""),
            output.styled(localize(timeline_texts.STATES[bar.state if (bar := row.main) else row.state])),
            Text(locale.minute(bar.start) if bar else NONE),
            Text(locale.minute(bar.until) if bar else NONE),
            Text(steps.get(bar.key, "") if bar else ""),
        ]
        for row in tasks.rows
    ]
    print_rows(console, columns, rows)
    if tasks.left_out:
        output.print_text(console, timeline_texts.LEFT_OUT(count=tasks.left_out))


def _print_hops(console: Console, hops: Sequence[LineageHop], around: JobSurroundings, locale: Locale) -> None:
    columns = [texts.JOB, lineage_texts.HOPS, texts.STATE, lineage_texts.THROUGH, lineage_texts.STARTS]
    rows = [
        [
            output.styled(each.job[2]),
            Text(str(each.hop)),
            output.styled(localize(texts.HEALTHS[status.health]), "bold red" if status.health.is_trouble else ""),
            output.styled(listed(each.tables)),
            Text(_minute(status.next_start, locale)),
        ]
        for each in hops
        if (status := around.present[each.job])
    ]
    print_rows(console, columns, rows, right=[lineage_texts.HOPS])


def print_costs(console: Console, lines: Sequence[CostLine], what: Localized, currency: str) -> None:
    """Prints costs by `what` in a currency, with the previous period, and slots of reservations if there are any."""
    reserved = [texts.RESERVED] if any(line.reserved_slot_hours for line in lines) else []
    numbers = [
        texts.PRICE, texts.BEFORE, texts.SHARE, texts.TIB_BILLED, texts.SLOT_HOURS, *reserved, texts.RUNS
    ]  # fmt: skip
    rows = [
        [
            output.styled(line.key),
            Text(money(line.price, currency)),
            Text(money(line.previous_price, currency)),
            Text(f"{line.share * 100:.0f} %"),
            Text(f"{line.bytes_billed / 1024**4:,.3f}"),
            Text(f"{line.slot_hours:,.1f}"),
            *([Text(f"{line.reserved_slot_hours:,.1f}")] if reserved else []),
            Text(f"{line.runs:,}"),
        ]
        for line in lines
    ]
    print_rows(console, [what, *numbers], rows, right=numbers)


def print_wait(console: Console, wait: Wait, tz: ZoneInfo) -> None:
    """Prints the time that a run waited, and the users of the slots during that time."""
    start, end = (output.clock(time, tz) for time in (wait.start, wait.end))
    sentence = texts.WAITED_FROM if wait.waited else texts.NOT_QUEUED
    output.print_text(console, sentence(job=wait.job_name, start=start, end=end), "bold")
    numbers = [texts.SLOT_SECONDS, texts.USUAL, texts.MORE, texts.JOBS]
    rows = [
        [
            output.styled(each.principal),
            Text(f"{each.slot_seconds:,.0f}"),
            Text(f"{each.usual_slot_seconds:,.0f}"),
            Text(f"{each.rise:+,.0f}"),
            Text(f"{each.runs:,}"),
        ]
        for each in wait.contenders[:SHOWN_CONTENDERS]
    ]
    if rows:
        print_rows(console, [texts.WHO, *numbers], rows, right=numbers)
    elif wait.reservation_id:
        output.print_text(console, texts.NO_CONTENDERS_RESERVATION(name=wait.reservation_id))
    else:
        output.print_text(console, texts.NO_CONTENDERS_ON_DEMAND(project=wait.project))
    output.print_text(console, texts.USUAL_MEANS(count=wait.days))
