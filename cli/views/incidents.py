"""Incidents as tables and pages for the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from cli.language import listed, localize
from cli.printable import clean
from cli.views import output
from cli.views.calls import CallsByRun, print_calls
from cli.views.handlers import mode_of, print_stages, result_text, state_term
from cli.views.rows import needed_width, print_rows
from handlers.cards.incident import owner_text
from handlers.cards.next_steps import steps_for
from handlers.owners.wording import matched_text
from insights.causes.sentences import headline, reasons
from shared import config
from shared.config import Settings
from shared.log_readings import EVIDENCE as LOG_READING
from shared.model import IncidentKind
from shared.records import IncidentDetail, IncidentView, OccurrenceView, Owner, RunView
from shared.texts import COMMA, as_text, log_readings
from shared.texts import Text as Localized
from shared.texts import contributors as contributor_texts
from shared.texts import feedback as feedback_texts
from shared.texts import owners as owner_texts
from shared.texts.cli import incidents as texts
from shared.texts.locale import Locale
from shared.texts.recorded import localized_detail, output_of, run_error
from shared.texts.terms import term

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from db.error_db.incidents.false_alarms import AlarmRecord
    from db.error_db.incidents.feedback import FeedbackKind
    from insights.alarm_feedback import FeedbackEffect
    from insights.causes.model import Cause, CauseReport
    from insights.performance.contributors import TopContributors
    from insights.performance.usual import UsualRange

SHOWN_OCCURRENCES = 10
SHOWN_DECISIONS = 4


def print_incidents(console: Console, incidents: Sequence[IncidentView], now: datetime) -> None:
    """Prints a table if the names of rules, resources and principals fit, otherwise a block for each incident."""
    headings = (texts.ID, texts.STATUS, texts.SEVERITY, texts.NAMES, texts.LAST_SEEN, texts.COUNT, texts.SUMMARY)
    columns = [localize(heading) for heading in headings]
    rows = [_row(view, now) for view in incidents]
    if console.width >= output.WIDE and needed_width(columns, rows, [columns[-1]]) <= console.width:
        table = output.table(columns, right=[columns[0], columns[5]], ratios={columns[-1]: 1})
        table.leading = 1
        for row in rows:
            table.add_row(*row)
        console.print(table)
        return
    for view in incidents:
        _print_block(console, view, now)


def _row(view: IncidentView, now: datetime) -> list[Text]:
    names = [output.styled(name) for name in (view.rule, view.resource, view.principal) if name]
    return [
        Text(str(view.id)),
        output.status(view),
        output.severity(view.severity),
        Text("\n").join(names),
        Text(output.ago(view.last_seen_at, now)),
        Text(f"{view.occurrence_count:,}"),
        output.prose(view.summary),
    ]


def _print_block(console: Console, view: IncidentView, now: datetime) -> None:
    state = Text.assemble((f"{view.id}  ", "bold"), output.severity(view.severity), "  ", output.status(view))
    times = localize(texts.TIMES(count=view.occurrence_count))
    seen = f"{output.ago(view.last_seen_at, now)}{localize(COMMA)}{times}"
    console.print(state.append(f"  {seen}"), soft_wrap=True)
    console.print(output.hanging(output.prose(view.summary, "bold"), 0, console.width), soft_wrap=True)
    facts = {texts.RULE: view.rule, texts.RESOURCE: view.resource, texts.WHO: view.principal}
    output.print_facts(console, {localize(name): output.styled(value) for name, value in facts.items()})
    console.print()


def print_detail(
    console: Console,
    detail: IncidentDetail,
    *,
    settings: Settings,
    now: datetime,
    omitted_hosts: Sequence[str] = (),
    calls: CallsByRun | None = None,
) -> None:
    """Prints everything about an incident: its properties, the evidence, the actions, and its occurrences.

    `omitted_hosts` are the hosts of links that are not shown, `calls` the calls of the remediations.
    """
    detail, tz = localized_detail(detail, settings.language), output.zone(settings.timezone)
    view = detail.incident
    console.print(
        Text.assemble(
            f"{localize(texts.INCIDENT(id=view.id))}  ",
            output.severity(view.severity),
            "  ",
            output.status(view),
        )
    )
    console.print(output.hanging(output.prose(view.summary, "bold"), 0, console.width), soft_wrap=True)
    console.print()
    facts = {localize(as_text(name)): output.styled(value) for name, value in _facts(view, now, tz) if value}
    output.print_facts(console, facts)
    if view.log_url:
        # In one piece, so that the terminal can open it.
        console.print(output.styled(view.log_url, "dim"), soft_wrap=True)
    if omitted_hosts:
        output.print_text(console, texts.LINK_OMITTED(hosts=listed(omitted_hosts)))
    _print_evidence(console, view.evidence)
    _print_next(console, steps_for(view, detail.runs, settings.language))
    console.print(_heading(texts.ACTIONS))
    if detail.runs:
        _print_runs(console, detail.runs, now, settings.language)
        print_calls(console, detail.runs, calls or {}, settings)
        _print_outputs(console, detail.runs)
        _print_decisions(console, detail.runs)
    else:
        output.print_text(console, texts.NO_ACTIONS)
    console.print(_heading(texts.OCCURRENCES))
    for occurrence in detail.occurrences[:SHOWN_OCCURRENCES]:
        _print_occurrence(console, occurrence, tz)
    more = view.occurrence_count - SHOWN_OCCURRENCES
    if more > 0:
        output.print_text(console, texts.EARLIER(count=f"{more:,}"))


def print_causes(console: Console, report: CauseReport | None, language: str) -> None:
    """Prints the likely cause, other possible causes, and the excluded changes; nothing without a history."""
    if report is None or not (report.has_history or report.causes or report.ruled_out):
        return
    console.print(_heading(texts.CAUSE))
    if not report.causes:
        output.print_text(console, texts.NO_CAUSE)
    for place, cause in enumerate(report.causes):
        if place == 1:
            console.print(_heading(texts.OTHER_CAUSES))
        _print_change(console, headline(cause).in_language(language), reasons(cause).in_language(language))
    if report.ruled_out:
        console.print(_heading(texts.RULED_OUT))
    for each in report.ruled_out:
        why = texts.RULED_OUT_WHY(why=each.why.text, evidence=reasons(each.cause))
        _print_change(console, headline(each.cause).in_language(language), why.in_language(language))


def print_contributors(console: Console, groups: Sequence[TopContributors] | None, language: str) -> None:
    """Prints the largest contributors to load; nothing if none is known."""
    if not groups:
        return
    console.print(_heading(contributor_texts.TITLE))
    for group in groups:
        shares = (contributor_texts.SHARE(name=name, share=round(100 * share)) for name, share in group.shares)
        names = listed(each.in_language(language) for each in shares)
        _print_change(console, contributor_texts.KINDS[group.kind].in_language(language), names)


def print_alarm_note(
    console: Console, view: IncidentView, usual: UsualRange | None, record: AlarmRecord | None, language: str
) -> None:
    """Prints the usual range and the share of false alarms; nothing for an incident that is not about load."""
    if record is None:
        return
    from insights.performance.usual import is_about_load, names_range, note

    if not is_about_load(view):
        return
    usual = None if names_range(view) else usual
    console.print(_heading(texts.ALARM_NOTE))
    console.print(
        output.hanging(output.prose(note(usual, record).in_language(language)), 0, console.width), soft_wrap=True
    )


def _print_change(console: Console, what: str, why: str) -> None:
    console.print(output.prose(what))
    output.print_indented(console, output.prose(why, "dim"), 2)


def alarm_record(view: IncidentView, usual: UsualRange | None, record: AlarmRecord | None) -> dict[str, Any] | None:
    """The usual range and the share of false alarms, for JSON; None for an incident that is not about load."""
    if record is None:
        return None
    from insights.performance.usual import is_about_load

    if not is_about_load(view):
        return None
    low, high, unit = (usual.low, usual.high, usual.unit) if usual else (None, None, "")
    return {"usual_low": low, "usual_high": high, "unit": unit, **asdict(record)}


def cause_records(causes: Iterable[Cause]) -> list[dict[str, Any]]:
    """Likely causes, as flat values in English."""
    return [
        {
            "kind": cause.kind,
            "time": cause.time,
            "snapshot_days": list(cause.days or ()),
            "what": cause.what.text.en,
            "who": cause.who,
            "score": cause.score,
            "evidence": [statement.text.en for statement in cause.evidence],
        }
        for cause in causes
    ]


def ruled_out_records(report: CauseReport) -> list[dict[str, Any]]:
    """Excluded changes, as flat values in English, with the reason."""
    return [{**cause_records([each.cause])[0], "why_not": each.why.text.en} for each in report.ruled_out]


def _print_evidence(console: Console, evidence: dict[str, Any]) -> None:
    locale = Locale(config.language(), config.timezone(), datetime.now(UTC))
    pairs = [(path, locale.evidence_value(path, value)) for path, value in evidence_lines(evidence)]
    if not pairs:
        return
    console.print(_heading(texts.EVIDENCE))
    if console.width >= output.WIDE:
        output.print_details(console, pairs)
        return
    for path, value in pairs:
        console.print(output.styled(path, "dim"))
        output.print_indented(console, output.styled(value), 2)


def _print_next(console: Console, steps: Sequence[tuple[str, str]]) -> None:
    """Prints the next steps; each command stays on one line, so that it can be pasted into a shell."""
    if not steps:
        return
    console.print(_heading(texts.NEXT))
    for text, command in steps:
        console.print(output.hanging(output.styled(text), 0, console.width), soft_wrap=True)
        if command:
            console.print(Text("  ").append_text(output.styled(command, "cyan")), soft_wrap=True)


def _print_occurrence(console: Console, one: OccurrenceView, tz: ZoneInfo) -> None:
    console.print(output.styled(f"{output.clock(one.time, tz)}  {one.principal}"))
    output.print_indented(console, output.prose(one.summary), 2)


def _heading(text: Localized) -> Text:
    return Text(f"\n{localize(text)}", style="bold")


def _facts(view: IncidentView, now: datetime, tz: ZoneInfo) -> list[tuple[str | Localized, object]]:
    def at(time: datetime | None) -> str:
        return f"{output.clock(time, tz)} ({output.ago(time, now)})" if time else ""

    return [
        (texts.WHAT, output.in_local_times(view.title)),
        (texts.REASON, view.reason),
        (texts.ERROR, localize(term(view.error)) if view.error else ""),
        (
            log_readings.TITLE,
            output.in_local_times(localize(log_readings.sentence(record, is_reason_known=bool(view.reason))))
            if (record := view.evidence.get(LOG_READING))
            else "",
        ),
        (texts.RULE, view.rule),
        (texts.KIND, localize(term(view.kind)).lower()),
        (texts.SERVICE, view.service),
        (texts.PROJECT, view.project),
        (texts.RESOURCE, view.resource),
        (texts.WHO, view.principal),
        (texts.EFFECTS, listed(view.effects)),
        (localize(owner_texts.OWNER).lower(), _owner(view.owner)),
        (owner_texts.RUNBOOK_OF_OWNER, view.owner.runbook if view.owner else ""),
        (texts.MERGED, listed(f"#{number}" for number in view.merged_numbers)),
        (texts.SINCE, at(view.opened_at)),
        (texts.LAST_SEEN, at(view.last_seen_at)),
        (texts.FLAPPING_SINCE, at(view.flapping_since)),
        (_unrepaired_label(view), listed(view.unrepaired_runs)),
        (texts.LATER_SUCCESS, at(view.later_success_at) if view.unrepaired_runs else ""),
        (texts.OCCURRED, localize(texts.TIMES(count=view.occurrence_count))),
        (texts.LABELS, listed(f"{name}={value}" for name, value in view.labels.items())),
        (texts.FALSE_ALARM_BY, _false_alarm(view, at)),
        (texts.ACKNOWLEDGED_AT, _by(at(view.acknowledged_at), view.acknowledged_by) if view.acknowledged_at else ""),
        (texts.CLOSED_AT if view.is_closed else texts.RESOLVED_AT, at(view.resolved_at)),
        (texts.CLOSED_BECAUSE if view.is_closed else texts.RESOLUTION, output.in_local_times(view.resolution or "")),
    ]


def _owner(owner: Owner | None) -> str:
    """The owner, its tier, and the pattern that decided."""
    if owner is None:
        return ""
    name = localize(owner_text(owner))
    return localize(owner_texts.BY_PATTERN(owner=name, matched=matched_text(owner.matched))) if owner.matched else name


def _unrepaired_label(view: IncidentView) -> Localized:
    return texts.NOT_UNDONE if view.kind is IncidentKind.IRREGULAR_ACCESS else texts.MISSING


def _by(time: str, who: str | None) -> str:
    return localize(texts.BY(time=time, who=who or ""))


def _false_alarm(view: IncidentView, at: Callable[[datetime | None], str]) -> str:
    """The time, the person and the reason of a false alarm."""
    if view.false_alarm_at is None:
        return ""
    marked = _by(at(view.false_alarm_at), view.false_alarm_by)
    return f"{marked}: {view.false_alarm_reason}" if view.false_alarm_reason else marked


def evidence_lines(evidence: dict[str, Any]) -> list[tuple[str, str]]:
    """Matched fields by path, then the matched elements of arrays."""
    fields = [(clean(path), _value(value)) for path, value in evidence.get("fields", {}).items()]
    elements = [
        (clean(f"{path}[]"), _value(element))
        for path, values in evidence.get("elements", {}).items()
        for element in values
    ]
    return [*fields, *elements]


def _value(value: Any) -> str:
    return value if isinstance(value, str) else output.json_text(value)


def _print_runs(console: Console, runs: Sequence[RunView], now: datetime, language: str) -> None:
    rows = []
    for run in runs:
        result = result_text(run, language) if run.result or not run.error else run_error(run, language)
        cells = (
            output.ago(run.finished_at or run.started_at or run.created_at, now),
            f"{run.action} ({run.handler_rule})",
            localize(term(mode_of(run))),
            localize(state_term(run)),
            result,
        )
        rows.append([output.prose(cell) for cell in cells])
    columns = [texts.WHEN, texts.ACTION, texts.MODE, texts.STATE, texts.RESULT]
    print_rows(console, columns, rows, prose=[texts.RESULT], heading=2)


def _print_outputs(console: Console, runs: Sequence[RunView]) -> None:
    """Prints the stored output of each run of a script."""
    for run in runs:
        if output_of(run):
            heading = texts.OUTPUT_OF(rule=run.handler_rule, target=run.target)
            console.print(_heading(heading))
            for each in output_of(run).splitlines():
                console.print(Text.assemble("  ", output.styled(each)), soft_wrap=True)


def _print_decisions(console: Console, runs: Sequence[RunView]) -> None:
    """Prints the decision of each stage for the latest runs; nothing for runs of an earlier release."""
    decided = [run for run in runs if run.decision]
    if not decided:
        return
    console.print(_heading(texts.DECISIONS))
    for run in decided[-SHOWN_DECISIONS:]:
        console.print(output.styled(f"{run.handler_rule}  {localize(term(run.trigger))}"))
        print_stages(console, run.decision, indent=2)
    if len(decided) > SHOWN_DECISIONS:
        output.print_text(console, texts.EARLIER_DECISIONS(id=runs[0].incident_id))


def effects_of(
    settings: Settings, errors: Session, view: IncidentView, now: datetime
) -> dict[FeedbackKind, FeedbackEffect]:
    """The effect of each verdict, from the series if the Schema DB responds, otherwise from the incidents."""
    from insights.alarm_feedback import effects, past_alarms
    from insights.causes.lookup import Causes

    history = Causes(settings.schema_db_url, lambda _reason: None, redact=settings.redact)
    try:
        alarms = history.ask(lambda session: past_alarms(errors, session, view, now), now)
    finally:
        history.close()
    return effects(view, alarms if alarms is not None else past_alarms(errors, None, view, now), now)


def feedback_choices(changes: Mapping[FeedbackKind, FeedbackEffect]) -> list[Localized]:
    """A line for each verdict: its name on the command line, and its effect."""
    return [
        feedback_texts.LINE(command=verdict.replace("_", "-"), effect=each.text) for verdict, each in changes.items()
    ]
