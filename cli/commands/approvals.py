"""`hinomi approvals`: remediations that wait for a person."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli import database
from cli.command_group import command_group
from cli.language import echo
from cli.person import named
from cli.views import output
from shared import config
from shared.texts import approvals as texts

app = command_group()

Runs = Annotated[list[int], typer.Argument(min=1, max=database.MAX_ID, metavar="RUN...")]
By = Annotated[str | None, typer.Option()]
AsJson = Annotated[bool, typer.Option("--json")]


@app.command("list")
def list_approvals(*, as_json: AsJson = False) -> None:
    """List the remediations that wait for approval, with their plans."""
    from cli.views.approvals import print_approvals
    from db.error_db import queries

    settings, now = config.load(), datetime.now(UTC)
    with database.opened(settings) as store, store.reading() as session:
        found = [run for run in queries.waiting_for_approval(session) if run.waits_for_approval]
    if as_json:
        output.emit_json(found)
    elif found:
        print_approvals(output.console(), found, settings, now)
    else:
        echo(texts.NOTHING_TO_APPROVE)


@app.command()
def approve(runs: Runs, *, by: By = None) -> None:
    """Approve remediations. They start within a minute."""
    from handlers import approvals

    who, now = by or getpass.getuser(), datetime.now(UTC)
    with named(), database.opened(config.load()) as store, store.transaction(now) as transaction:
        approved = [approvals.approve(transaction.session, run, by=who, now=now) for run in dict.fromkeys(runs)]
    for run in approved:
        echo(texts.APPROVED(id=run.id, rule=run.handler_rule, target=run.target))


@app.command()
def deny(runs: Runs, *, by: By = None, reason: Annotated[str, typer.Option()] = "") -> None:
    """Deny remediations. They are skipped."""
    from handlers import approvals

    who, now = by or getpass.getuser(), datetime.now(UTC)
    with named(), database.opened(config.load()) as store, store.transaction(now) as transaction:
        session = transaction.session
        denied = [approvals.deny(session, run, by=who, reason=reason, now=now) for run in dict.fromkeys(runs)]
    for run in denied:
        echo(texts.DENIED(id=run.id, rule=run.handler_rule))
