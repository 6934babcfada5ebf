"""`hinomi incidents`: what is wrong, what was done about it, and who takes care."""

from __future__ import annotations

import getpass
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import database
from cli.command_group import command_group
from cli.point_in_time import moment
from cli.views import output
from shared import config
from shared.config import Settings
from shared.errors import InputError
from shared.model import IncidentKind, Severity, Status
from shared.texts.recorded import localized

if TYPE_CHECKING:
    from insights.causes.model import Cause
    from shared.records import IncidentView

UNRESOLVED = (Status.OPEN, Status.ACKNOWLEDGED)

app = command_group("What is wrong: list, show, acknowledge, resolve.")

Ids = Annotated[list[int], typer.Argument(min=1, max=database.MAX_ID, help="Incident ids, as `list` shows them.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_incidents(  # noqa: PLR0913 - one parameter for each option
    *,
    status: Annotated[list[Status] | None, typer.Option(help="Only of this status; may be repeated.")] = None,
    kind: Annotated[IncidentKind | None, typer.Option(help="Only of this kind.")] = None,
    service: Annotated[str | None, typer.Option(help="Only of this service, such as bigquery.")] = None,
    severity: Annotated[Severity | None, typer.Option(help="At least this severe.")] = None,
    project: Annotated[str | None, typer.Option(help="Only of this Google Cloud project.")] = None,
    since: Annotated[str | None, typer.Option(help="Seen after this time, or in the last 30m, 24h, 7d …")] = None,
    text: Annotated[str | None, typer.Option(help="With this text in rule, title, resource, who or summary.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="The resolved ones too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Incidents that are not resolved, the worst first; what is resolved comes with --all or --status resolved."""
    from cli.views.incidents import incident_table
    from db.error_db import queries

    settings = config.load()
    now = datetime.now(UTC)
    if everything and status:
        raise InputError("--all shows every status: leave out --status, or --all")
    wanted = queries.IncidentFilter(
        status=() if everything else tuple(status or UNRESOLVED),
        kind=kind,
        service=service,
        severity=severity,
        project=project,
        since=moment(since, now, "--since") if since is not None else None,
        text=text,
    )
    with database.opened(settings) as store, store.reading() as session:
        found = queries.incidents(session, wanted, limit=limit, worst_first=True)
        hidden = 0 if everything or status else queries.count(session, replace(wanted, status=(Status.RESOLVED,)))
    if as_json:
        output.emit_json(found)
        return
    console = output.console()
    shown = [localized(view, settings.language) for view in found]
    console.print(incident_table(shown, now, wide=console.width >= output.WIDE) if found else "No incident fits.")
    if len(found) == limit:
        console.print(f"There may be more than these {limit}: raise --limit.")
    if hidden:
        console.print(f"{output.plural(hidden, 'resolved incident')} not shown: --all shows them too.", style="dim")


@app.command()
def show(
    incident: Annotated[int, typer.Argument(min=1, max=database.MAX_ID, metavar="ID")], *, as_json: AsJson = False
) -> None:
    """Everything about one incident: what, since when, how often, who, the evidence, and what was done."""
    from cli.views.incidents import cause_records, print_causes, print_detail
    from db.error_db import queries

    settings = config.load()
    with database.opened(settings) as store, store.reading() as session:
        detail = queries.incident(session, incident)
    if detail is None:
        raise _unknown(incident)
    causes = _causes(settings, detail.incident, datetime.now(UTC))
    if as_json:
        output.emit_json({**asdict(detail), "causes": None if causes is None else cause_records(causes)})
        return
    console = output.console()
    print_detail(console, detail, settings=settings, now=datetime.now(UTC))
    print_causes(console, causes, settings.language)


def _causes(settings: Settings, incident: IncidentView, now: datetime) -> list[Cause] | None:
    """What changed before the incident; None when the Schema DB is not there or away: the rest is shown all the same."""
    from insights.causes.lookup import Causes

    asked = Causes(
        settings.schema_db_url,
        lambda reason: output.error_console().print(output.styled(f"hinomi: no history: {reason}")),
        redact=settings.redact,
    )
    try:
        return asked.before(incident, now)
    finally:
        asked.close()


@app.command()
def ack(
    ids: Ids, *, by: Annotated[str | None, typer.Option(help="Who takes care of it (default: you).")] = None
) -> None:
    """Note who takes care of incidents. Handler rules go on as before."""
    who = by or getpass.getuser()
    now = datetime.now(UTC)
    told = []
    with database.opened(config.load()) as store, store.transaction(now) as transaction:
        for view in _known(transaction, ids):
            changed = transaction.acknowledge(view.id, by=who, time=now)
            told.append(
                f"incident {view.id} is acknowledged by {who}"
                if changed
                else f"incident {view.id} is {view.status} already: nothing changed"
            )
    _tell(told)


@app.command()
def resolve(ids: Ids, *, reason: Annotated[str, typer.Option(help="Why it is over; kept with the incident.")]) -> None:
    """Resolve incidents by hand. What handler rules do for `resolved` is planned and runs with the next sweep."""
    from handlers.plan import plan

    now = datetime.now(UTC)
    told = []
    with database.opened(config.load()) as store, store.transaction(now) as transaction:
        changes = []
        for view in _known(transaction, ids):
            change = transaction.resolve(view.id, reason=f"{getpass.getuser()}: {reason}", time=now)
            if change:
                changes.append(change)
            told.append(
                f"incident {view.id} is resolved"
                if change
                else f"incident {view.id} is resolved already: nothing changed"
            )
        plan(changes, transaction, now)
    _tell(told)


def _known(transaction: Any, ids: list[int]) -> list[IncidentView]:
    """The incidents in the given order, each once. Raises InputError for an unknown one: then nothing changes."""
    from db.error_db.views import load_view

    views = {incident_id: load_view(transaction.session, incident_id) for incident_id in ids}
    for incident_id, view in views.items():
        if view is None:
            raise _unknown(incident_id)
    return [view for view in views.values() if view is not None]


def _unknown(incident: int) -> InputError:
    return InputError(f"there is no incident {incident}: `hinomi incidents list` shows which there are")


def _tell(lines: list[str]) -> None:
    console = output.console()
    for line in lines:
        console.print(output.styled(line))
