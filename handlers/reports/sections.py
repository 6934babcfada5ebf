"""The sections of a report, without empty ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from handlers.reports.decisions import acknowledged, suggestion, title
from handlers.reports.failing_jobs import one_of_each
from handlers.reports.parts import (
    ReportRow,
    ReportSection,
    change,
    median_text,
    number,
    price,
    row,
    seconds_text,
    share,
)
from handlers.reports.quality import quality
from insights.jobs.gaps import JobGap
from insights.reports.incidents import QUIET
from insights.reports.model import PeriodFigures, PeriodReport
from shared.identity.iam_names import short_name
from shared.records import IncidentView
from shared.texts import EMPTY, Text, joined
from shared.texts.locale import Locale, duration
from shared.texts.reports import labels, sentences
from shared.texts.terms import term

MOST_ROWS = 10
MOST_RULES = 5
PARTS = {
    "cost": labels.COST,
    "jobs": labels.JOBS,
    "never_started": labels.GAPS,
    "unused": labels.ACCESS,
}


def sections(report: PeriodReport) -> Iterator[ReportSection]:
    """The sections in their order: first the incidents, then the history, then Hinomi itself."""
    if not report.is_empty:
        yield _figures(report)
    made = (_open, _handlers, _noise, _jobs, _gaps, quality, _access, _cost, _own, _missing)
    for make in made:
        section = make(report)
        if section.rows or section.sentence:
            yield section


def _figures(report: PeriodReport) -> ReportSection:
    period = report.period.frequency
    rows = [
        row(label, this, before)
        for (label, this), (_, before) in zip(
            _values(report, report.figures, report.history.cost),
            _values(report, report.figures_before, report.history.cost_before),
            strict=True,
        )
    ]
    columns = (EMPTY, labels.THIS[period], labels.BEFORE[period])
    return ReportSection("figures", labels.FIGURES, tuple(rows), columns, numbers=(1, 2))


def _values(report: PeriodReport, figures: PeriodFigures | None, cost: float | None) -> Iterator[tuple[Text, Text]]:
    if figures is None:
        names = [labels.OPENED, labels.RESOLVED, labels.CLOSED, labels.ALONE, labels.REMEDIATED, labels.DETECT]
        names += [labels.ACKNOWLEDGE, labels.RESOLVE, labels.HOURS, labels.REJECTED]
        yield from ((name, labels.NONE) for name in names)
    else:
        closed = figures.by_resolution.get(QUIET, 0)
        yield labels.OPENED, number(figures.opened)
        yield labels.RESOLVED, number(figures.ended - closed)
        yield labels.CLOSED, number(closed)
        yield labels.ALONE, share(figures.without_person, figures.ended)
        yield labels.REMEDIATED, number(figures.remediated)
        yield labels.DETECT, median_text(figures.detect)
        yield labels.ACKNOWLEDGE, median_text(figures.acknowledge)
        yield labels.RESOLVE, median_text(figures.resolve)
        yield labels.HOURS, labels.HOURS_VALUE(hours=f"{report.hours_saved(figures):.1f}")
        yield labels.REJECTED, number(figures.rejected)
    yield labels.PRICE, price(cost, report.history.currency)


def _open(report: PeriodReport) -> ReportSection:
    shown = report.open_incidents[:MOST_ROWS]
    rows = tuple(_open_row(incident, report) for incident in shown)
    columns = (labels.INCIDENT, labels.SEVERITY, labels.RESOURCE, labels.OPEN_FOR, labels.ACKNOWLEDGED_BY)
    more = report.open_count - len(shown)
    return ReportSection("open", labels.OPEN, rows, columns, note=number(report.open_count), more=more)


def _open_row(incident: IncidentView, report: PeriodReport) -> ReportRow:
    named = title(incident)
    number_and_title = Text(en=f"#{incident.id} {named.en}", ja=f"#{incident.id} {named.ja}")
    age = duration((incident.resolved_at or report.now) - incident.opened_at)
    command = f"hinomi incidents show {incident.id}"
    cells = (number_and_title, term(incident.severity), incident.resource, age, acknowledged(incident))
    return row(*cells, command=command, is_urgent=incident.acknowledged_by is None)


def _handlers(report: PeriodReport) -> ReportSection:
    rows = tuple(row(one.handler_rule, number(one.attempted), number(one.remediated)) for one in report.handlers)
    columns = (labels.HANDLER, labels.CHANGED, labels.FIXED)
    return ReportSection("handlers", labels.HANDLERS, rows, columns, numbers=(1, 2))


def _noise(report: PeriodReport) -> ReportSection:
    """The noisiest rules, with their false alarms if people marked any."""
    shown = report.noisy[:MOST_RULES]
    marked = any(one.false_alarms for one in shown)
    rows = tuple(
        row(
            one.rule,
            number(one.opened),
            share(one.alone, one.ended),
            *([number(one.false_alarms)] if marked else []),
            command=suggestion(one),
        )
        for one in shown
    )
    columns = (labels.RULE, labels.NEW, labels.BY_ITSELF, *((labels.FALSE_ALARMS,) if marked else ()))
    numbers = tuple(range(1, len(columns)))
    more = len(report.noisy) - len(shown)
    return ReportSection("noise", labels.NOISE, rows, columns, numbers, more=more, has_commands=True)


def _jobs(report: PeriodReport) -> ReportSection:
    history = report.history
    failing, slow = one_of_each(history.failing or ()), history.slow or ()
    rows = [row(job.job_name, _failed(job.failed, job.runs, job.streak), job.error[:200]) for job in failing]
    rows += [
        row(
            job.job_name,
            labels.SLOWER(median=seconds_text(job.median), past=seconds_text(job.past_median), runs=job.runs),
            change(job.median, job.past_median),
        )
        for job in slow
    ]
    shown = tuple(rows[:MOST_ROWS])
    nothing = EMPTY
    if not rows and history.jobs is not None and history.failing is not None and history.slow is not None:
        nothing = sentences.NO_JOB_TROUBLE(count=history.jobs) if history.jobs else sentences.NO_JOB_RAN
    columns = (labels.JOB, labels.FINDING, labels.DETAIL)
    return ReportSection("jobs", labels.JOBS, shown, columns, sentence=nothing, more=len(rows) - len(shown))


def _failed(failed: int, runs: int, streak: int) -> Text:
    return (labels.FAILED_NOW if streak else labels.FAILED)(failed=failed, runs=runs)


def _gaps(report: PeriodReport) -> ReportSection:
    found: Sequence[JobGap] = (*report.unrepaired, *(report.history.never_started or ()))
    locale = Locale("en", report.period.zone, report.now)
    rows = tuple(
        row(
            gap.job,
            labels.NOT_REPAIRED if gap.incident else labels.NEVER_STARTED,
            gap.run,
            labels.time_text(locale.local(gap.since)),
            command=gap.command,
        )
        for gap in found[:MOST_ROWS]
    )
    columns = (labels.JOB, labels.FINDING, labels.RUN, labels.SINCE)
    return ReportSection(
        "gaps",
        labels.GAPS,
        rows,
        columns,
        note=number(len(found)) if found else EMPTY,
        more=len(found) - len(rows),
        has_commands=True,
    )


def _access(report: PeriodReport) -> ReportSection:
    unused = report.history.unused
    if unused is None:
        return ReportSection("access", labels.ACCESS)
    counts = {"unused": f"{unused.unused:,}", "total": f"{unused.total:,}", "unknown": f"{unused.unknown:,}"}
    rows = tuple(
        row(each.grant.member, each.grant.role, short_name(each.grant.resource)) for each in unused.grants[:MOST_RULES]
    )
    columns = (labels.MEMBER, labels.ROLE, labels.RESOURCE)
    nothing = sentences.NO_UNUSED(**counts) if unused.total else sentences.NO_GRANTS
    note = (sentences.UNUSED_OF_FIRST if unused.is_cut else sentences.UNUSED_OF)(**counts) if rows else EMPTY
    more = unused.unused - len(rows)
    return ReportSection(
        "access", labels.ACCESS, rows, columns, note=note, sentence=EMPTY if rows else nothing, more=more
    )


def _cost(report: PeriodReport) -> ReportSection:
    history = report.history
    if history.cost is None or history.costs is None:
        return ReportSection("cost", labels.COST)
    if not history.cost and not history.cost_before:
        return ReportSection("cost", labels.COST, sentence=sentences.NO_COST)
    is_compared = history.cost_before is not None
    shown, others = history.costs[:MOST_RULES], history.costs[MOST_RULES:]
    rows = [
        row(
            line.key,
            price(line.price, history.currency),
            change(line.price, line.previous_price if is_compared else None),
        )
        for line in shown
    ]
    if others:
        now, before = sum(line.price for line in others), sum(line.previous_price for line in others)
        rows.append(
            row(
                labels.OTHERS(count=len(others)),
                price(now, history.currency),
                change(now, before if is_compared else None),
            )
        )
    rows.append(row(labels.TOTAL, price(history.cost, history.currency), change(history.cost, history.cost_before)))
    columns = (labels.JOB, labels.COST_OF, labels.BEFORE[report.period.frequency])
    return ReportSection("cost", labels.COST, tuple(rows), columns, numbers=(1, 2))


def _own(report: PeriodReport) -> ReportSection:
    """The section about Hinomi itself: broken channels and rejected messages."""
    locale = Locale("en", report.period.zone, report.now)
    rows = [_channel_row(incident, locale) for incident in report.broken_channels]
    rows += [
        row(labels.MESSAGES(count=count, reason=reason), command="hinomi dlq list")
        for reason, count in report.rejected.items()
    ]
    shown = tuple(rows[:MOST_ROWS])
    return ReportSection("own", labels.HINOMI, shown, more=len(rows) - len(shown))


def _channel_row(incident: IncidentView, locale: Locale) -> ReportRow:
    broken = labels.CHANNEL_BROKEN(channel=incident.resource, since=labels.time_text(locale.local(incident.opened_at)))
    end = (
        labels.UNTIL(time=labels.time_text(locale.local(incident.resolved_at)))
        if incident.resolved_at
        else labels.STILL
    )
    return row(joined((broken, end)), is_urgent=incident.resolved_at is None)


def _missing(report: PeriodReport) -> ReportSection:
    """The missing parts, by their reason."""
    by_reason: defaultdict[Text, list[Text]] = defaultdict(list)
    for name, label in PARTS.items():
        if name in report.history.missing:
            by_reason[report.history.missing[name]].append(label)
    rows = tuple(row(joined(parts), reason) for reason, parts in by_reason.items())
    return ReportSection("missing", labels.NOT_KNOWN, rows)
