"""`hinomi incidents`: list, show, acknowledge and resolve incidents."""

from __future__ import annotations

import getpass
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import database
from cli.command_group import command_group
from cli.language import localize
from cli.point_in_time import moment
from cli.views import output
from cli.views.empty_history import incidents_text
from shared import config
from shared.config import Settings
from shared.errors import InputError
from shared.identity.service_names import similar_services
from shared.model import ErrorClass, IncidentKind, Severity, Status
from shared.suggestions import question
from shared.texts import EMPTY, Text, joined
from shared.texts.cli import incidents as texts
from shared.texts.locale import in_zone
from shared.texts.recorded import localized
from shared.texts.terms import status_term, term

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from db.error_db.incidents.false_alarms import AlarmRecord
    from db.error_db.queries import IncidentFilter
    from insights.causes.lookup import Causes
    from insights.causes.model import CauseReport
    from insights.performance.contributors import TopContributors
    from insights.performance.usual import UsualRange
    from shared.records import IncidentView

UNRESOLVED = (Status.OPEN, Status.ACKNOWLEDGED)

app = command_group()

Ids = Annotated[list[int], typer.Argument(min=1, max=database.MAX_ID)]
AsJson = Annotated[bool, typer.Option("--json")]


@app.command("list")
def list_incidents(  # noqa: PLR0913 - one parameter for each option
    *,
    status: Annotated[list[Status] | None, typer.Option()] = None,
    kind: Annotated[IncidentKind | None, typer.Option()] = None,
    service: Annotated[str | None, typer.Option()] = None,
    severity: Annotated[Severity | None, typer.Option()] = None,
    project: Annotated[str | None, typer.Option()] = None,
    since: Annotated[str | None, typer.Option()] = None,
    text: Annotated[str | None, typer.Option()] = None,
    error: Annotated[ErrorClass | None, typer.Option()] = None,
    everything: Annotated[bool, typer.Option("--all")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List unresolved incidents, the most severe first; --all or --status resolved includes resolved incidents."""
    from db.error_db import queries
    from handlers.owners.table import owners_of, with_owner
    from handlers.versions.apply import defaults_of

    settings = config.load()
    now = datetime.now(UTC)
    if everything and status:
        raise InputError(texts.ALL_WITH_STATUS)
    conditions = queries.IncidentFilter(
        status=() if everything else tuple(status or UNRESOLVED),
        kind=kind,
        service=service,
        severity=severity,
        project=project,
        since=moment(since, now, "--since") if since is not None else None,
        text=text,
        error=error,
    )
    with database.opened(settings) as store, store.reading() as session:
        found = queries.incidents(session, conditions, limit=limit, worst_first=True)
        owners = owners_of(defaults_of(session)) if as_json else None
        hidden = 0 if everything or status else queries.count(session, replace(conditions, status=(Status.RESOLVED,)))
        missing = EMPTY if found or hidden else incidents_text(session)
    if owners is not None:
        _emit_json([with_owner(view, owners) for view in found], settings)
        return
    _print_list(found, conditions, settings, now, limit=limit)
    if missing:
        output.print_text(output.console(), missing)
    if hidden:
        output.console().print(localize(texts.HIDDEN(count=hidden)), style="dim")


def _print_list(
    found: list[IncidentView], conditions: IncidentFilter, settings: Settings, now: datetime, *, limit: int
) -> None:
    """Prints the incidents, or the message that none matches the conditions."""
    from cli.views.incidents import print_incidents

    console = output.console()
    shown = [localized(view, settings.language) for view in found]
    if shown:
        print_incidents(console, shown, now)
    else:
        console.print(localize(_none(conditions)))
        if conditions.service and (near := similar_services(conditions.service)):
            output.print_text(console, question(near), "bold")
    if len(found) == limit:
        console.print(localize(texts.MAYBE_MORE(limit=limit)))


def _emit_json(found: list[IncidentView], settings: Settings) -> None:
    """Prints the incidents as JSON, with links to known hosts only."""
    from handlers.cards.links import known_hosts, with_known_links

    hosts = known_hosts(settings)
    output.emit_json([with_known_links(view, hosts) for view in found])


@app.command()
def show(
    incident: Annotated[int, typer.Argument(min=1, max=database.MAX_ID, metavar="ID")], *, as_json: AsJson = False
) -> None:
    """Show an incident: what happened, since when, how often, by whom, the evidence, and the actions."""
    from cli.views.incidents import (
        alarm_record,
        cause_records,
        print_alarm_note,
        print_causes,
        print_contributors,
        print_detail,
        ruled_out_records,
    )
    from db.error_db import queries
    from handlers.cards.links import detail_with_known_links, known_hosts, unknown_hosts
    from handlers.owners.table import owners_of, with_owner
    from handlers.remediations.audit import calls_of
    from handlers.versions.apply import defaults_of

    settings = config.load()
    with database.opened(settings) as store, store.reading() as session:
        detail = queries.incident(session, incident)
        record = _alarm_record(session, detail.incident) if detail else None
        owners = owners_of(defaults_of(session))
        calls = calls_of(session, detail.runs if detail else (), settings.redact)
    if detail is None:
        raise _unknown(incident)
    detail = replace(detail, incident=with_owner(detail.incident, owners))
    hosts = known_hosts(settings)
    omitted = unknown_hosts(detail.incident, hosts)
    detail = detail_with_known_links(detail, hosts)
    causes, contributors, usual = _of_history(settings, detail.incident, datetime.now(UTC))
    if as_json:
        made = [{**asdict(run), "calls": calls.get(run.id, [])} for run in detail.runs]
        found = {
            "causes": None if causes is None else cause_records(causes.causes),
            "ruled_out": None if causes is None else ruled_out_records(causes),
            "contributors": None if contributors is None else [asdict(each) for each in contributors],
            "alarm": alarm_record(detail.incident, usual, record),
        }
        output.emit_json({**asdict(detail), "runs": made, **found})
        return
    console = output.console()
    if detail.incident.id != incident:
        output.print_text(console, texts.MERGED_INTO(merged=incident, id=detail.incident.id))
    print_detail(console, detail, settings=settings, now=datetime.now(UTC), omitted_hosts=omitted, calls=calls)
    print_alarm_note(console, detail.incident, usual, record, settings.language)
    print_causes(console, causes, settings.language)
    print_contributors(console, contributors, settings.language)


def _alarm_record(session: Session, incident: IncidentView) -> AlarmRecord | None:
    """How often the rule of an incident about load raised a false alarm; None for other incidents."""
    if incident.kind is not IncidentKind.LOAD_ISSUE:
        return None
    from db.error_db.incidents import false_alarms

    return false_alarms.record_of(session, incident.rule, datetime.now(UTC))


def _of_history(
    settings: Settings, incident: IncidentView, now: datetime
) -> tuple[CauseReport | None, list[TopContributors] | None, UsualRange | None]:
    """The likely causes, the contributors and the usual range; None when there is no Schema DB or it is unavailable."""
    from insights.causes.lookup import Causes

    causes = Causes(
        settings.schema_db_url,
        lambda reason: output.error_console().print(
            output.styled(f"hinomi: {localize(texts.NO_HISTORY(reason=reason))}")
        ),
        redact=settings.redact,
    )
    try:
        report = causes.before(incident, now)
        if incident.kind is not IncidentKind.LOAD_ISSUE:
            return report, None if report is None else [], None
        return report, *_of_metrics(causes, incident, now)
    finally:
        causes.close()


def _of_metrics(
    causes: Causes, incident: IncidentView, now: datetime
) -> tuple[list[TopContributors] | None, UsualRange | None]:
    """The contributors and the usual range of an incident about load."""
    from insights.performance.contributors import top_contributors
    from insights.performance.usual import range_of

    return (
        causes.ask(lambda session: top_contributors(session, incident, now), now),
        causes.ask(lambda session: range_of(session, incident), now),
    )


@app.command()
def ack(ids: Ids, *, by: Annotated[str | None, typer.Option()] = None) -> None:
    """Acknowledge incidents: record who is working on them. Handler rules continue to run."""
    who = by or getpass.getuser()
    now = datetime.now(UTC)
    lines = []
    with database.opened(config.load()) as store, store.transaction(now) as transaction:
        views = _views(transaction, ids)
        lines += _merged(views)
        for view in _once(views):
            changed = transaction.acknowledge(view.id, by=who, time=now)
            lines.append(
                texts.ACKNOWLEDGED(id=view.id, by=who)
                if changed
                else texts.ALREADY(id=view.id, status=status_term(view))
            )
    _print(lines)


@app.command()
def resolve(ids: Ids, *, reason: Annotated[str, typer.Option()]) -> None:
    """Resolve incidents by hand. Actions for the trigger `resolved` are planned, and run with the next sweep."""
    from handlers.plan import plan

    now = datetime.now(UTC)
    lines = []
    with database.opened(config.load()) as store, store.transaction(now) as transaction:
        changes = []
        views = _views(transaction, ids)
        lines += _merged(views)
        for view in _once(views):
            change = transaction.resolve(view.id, reason=f"{getpass.getuser()}: {reason}", time=now)
            if change:
                changes.append(change)
            lines.append(texts.RESOLVED(id=view.id) if change else texts.ALREADY(id=view.id, status=status_term(view)))
        plan(changes, transaction, now)
    _print(lines)


@app.command("false-alarm")
def false_alarm(
    ids: Ids,
    *,
    reason: Annotated[str, typer.Option()] = "",
    by: Annotated[str | None, typer.Option()] = None,
    undo: Annotated[bool, typer.Option("--undo")] = False,
) -> None:
    """Mark incidents as false alarms, and resolve unresolved ones; --undo removes the mark."""
    from db.error_db.incidents import false_alarms
    from handlers.plan import plan

    who, now = by or getpass.getuser(), datetime.now(UTC)
    with database.opened(config.load()) as store, store.transaction(now) as transaction:
        views = _views(transaction, ids)
        lines, changes = _merged(views), []
        for view in _once(views):
            if undo:
                taken = false_alarms.unmark(transaction, view.id)
                lines.append((texts.NO_FALSE_ALARM if taken else texts.NOT_MARKED)(id=view.id))
                continue
            marked, change = false_alarms.mark(transaction, view.id, by=who, reason=reason, time=now)
            changes += [change] if change else []
            lines.append((texts.FALSE_ALARM if marked else texts.ALREADY_FALSE_ALARM)(id=view.id))
        plan(changes, transaction, now)
    _print(lines)


@app.command()
def feedback(
    incident: Annotated[int, typer.Argument(min=1, max=database.MAX_ID, metavar="ID")],
    verdict: Annotated[str, typer.Argument(metavar="VERDICT")] = "",
    *,
    reason: Annotated[str, typer.Option()] = "",
    by: Annotated[str | None, typer.Option()] = None,
    undo: Annotated[bool, typer.Option("--undo")] = False,
) -> None:
    """Give a verdict on a learned alarm; without a verdict, show the effect of each."""
    from cli.views.incidents import effects_of, feedback_choices
    from db.error_db.incidents import feedback as stored
    from handlers.plan import plan
    from insights.alarm_feedback import can_have_feedback
    from shared.texts import feedback as words

    settings, who, now = config.load(), by or getpass.getuser(), datetime.now(UTC)
    with database.opened(settings) as store, store.transaction(now) as transaction:
        view = next(iter(_views(transaction, [incident]).values()))
        if not can_have_feedback(view):
            raise InputError(words.NOT_LEARNED(id=view.id))
        changes = effects_of(settings, transaction.session, view, now)
        if undo:
            ended = stored.withdraw(transaction.session, view.fingerprint, now)
            lines = [(words.TAKEN_BACK if ended else words.NONE_GIVEN)(id=view.id)]
        elif not verdict:
            lines = feedback_choices(changes)
        else:
            chosen = _verdict(verdict)
            change = stored.give(transaction, view, chosen, by=who, reason=reason, time=now)
            plan([change] if change else [], transaction, now)
            lines = [
                words.GIVEN(
                    id=view.id,
                    verdict=words.VERDICTS[chosen],
                    effect=changes[chosen].text,
                )
            ]
    _print(lines)


def _verdict(text: str) -> Any:
    from db.error_db.incidents.feedback import FeedbackKind
    from shared.texts import feedback as words

    name = text.replace("-", "_")
    if name not in list(FeedbackKind):
        raise InputError(words.UNKNOWN_VERDICT(verdict=text))
    return FeedbackKind(name)


def _views(transaction: Any, ids: list[int]) -> dict[int, IncidentView]:
    """The incidents by the given numbers; for the number of a merged one the incident that remains.

    Raises InputError, before anything changes, for an unknown one.
    """
    from db.error_db.views import load_view

    views = {}
    for number in ids:
        view = load_view(transaction.session, number)
        if view is None:
            raise _unknown(number)
        views[number] = view
    return views


def _merged(views: dict[int, IncidentView]) -> list[Text]:
    """A line for each number that belongs to a merged incident."""
    return [texts.MERGED_INTO(merged=number, id=view.id) for number, view in views.items() if number != view.id]


def _once(views: dict[int, IncidentView]) -> list[IncidentView]:
    return list({view.id: view for view in views.values()}.values())


def _unknown(incident: int) -> InputError:
    return InputError(texts.UNKNOWN(id=incident))


def _none(conditions: IncidentFilter) -> Text:
    """The message that no incident matches, with the filters that were used."""
    values = {
        **{name: _shown(value) for name, value in asdict(conditions).items() if value},
        **(
            {"status": joined([term(each) for each in conditions.status], texts.OR_STATUS)} if conditions.status else {}
        ),
    }
    used = [texts.FILTER(name=texts.FILTERS[name], value=value) for name, value in values.items()]
    return texts.NO_MATCH(filters=joined(used)) if used else texts.NO_INCIDENTS


def _shown(value: object) -> Text:
    """The value of a filter: in English as it was given, in other languages the term for it."""
    if isinstance(value, IncidentKind | Severity | ErrorClass):
        return replace(term(value), en=str(value))
    if isinstance(value, datetime):
        return Text.verbatim(f"{in_zone(value, output.zone(config.timezone())):%Y-%m-%d %H:%M %Z}")
    return Text.verbatim(str(value))


def _print(lines: list[Text]) -> None:
    console = output.console()
    for line in lines:
        console.print(output.styled(localize(line)))
