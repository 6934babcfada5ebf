"""`hinomi worker`: runs the scripts of handler rules that are assigned to this on-premises machine."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import database
from cli.command_group import command_group
from cli.commands.scripts import orders
from cli.language import echo, listed
from cli.length_options import SECONDS
from cli.stopping import stopping
from cli.views import output
from shared import config
from shared.errors import InputError, TransientError, messages
from shared.texts.scripts import cli as texts
from shared.texts.scripts import workers

if TYPE_CHECKING:
    from db.error_db.store import ErrorStore
    from handlers.scripts.script import Script
    from handlers.worker import ActionWorker
    from shared.config import Settings

app = command_group()

RUNS_AT_ONCE = 20


@app.command("actions")
def actions(
    *,
    name: Annotated[str, typer.Option("--name", metavar="NAME", show_default=False)],
    every: Annotated[float, typer.Option("--every", min=1, max=60, metavar=SECONDS)] = 5.0,
    once: Annotated[bool, typer.Option("--once")] = False,
    project: Annotated[str, typer.Option("--project", metavar="PROJECT", show_default=False)] = "",
    state: Annotated[Path | None, typer.Option("--state", metavar="FOLDER", show_default=False)] = None,
) -> None:
    """Run the scripts whose manifest names this worker, as soon as a run is planned for it or an order arrives.

    Example: hinomi worker actions --name onprem
    """
    settings = config.load()
    scripts = _scripts(settings, name)
    if project:
        orders.serve(settings, name, scripts, project=project, state=state, every=every, once=once)
    else:
        _serve_database(settings, name, scripts, every=every, once=once)


@app.command("list")
def list_workers(*, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """The workers with a heartbeat, by machine, and those that the settings or the scripts name."""
    from cli.commands.scripts.worker_states import print_workers, states
    from db.error_db.runs import worker_answers
    from handlers.scripts.folder import read
    from shared.connections.worker import subscribed

    settings, now = config.load(), datetime.now(UTC)
    named = {script.worker: False for script in read(settings.actions_folder).scripts.values() if script.worker}
    named |= dict.fromkeys(subscribed(settings.connections.get("worker", {})), True)
    with database.opened(settings) as store, store.reading() as session:
        listed = states(worker_answers.machines(session), worker_answers.workers(session), named, now)
    if as_json:
        output.emit_json([state.as_dict() for state in listed])
    elif listed:
        print_workers(output.console(), listed, now)
    else:
        echo(workers.NO_WORKERS)


def _serve_database(settings: Settings, name: str, scripts: list[Script], *, every: float, once: bool) -> None:
    from handlers.worker import ActionWorker
    from shared.clients import Clients

    echo(texts.WORKER_READY(worker=name, scripts=listed(script.name for script in scripts)))
    with database.opened(settings) as store, stopping() as stop:
        worker = ActionWorker(store, Clients(settings), settings, lambda: datetime.now(UTC), worker=name)
        outage = ""
        while True:
            outage = _run_due(store, worker, name, scripts, outage, once=once)
            if once or stop.wait(every):
                break
    if not once:
        echo(texts.WORKER_STOPPED(worker=name))


def _scripts(settings: Settings, name: str) -> list[Script]:
    """The scripts of this machine whose manifest names the worker. Raises InputError for a mistake, or if there are none."""
    from handlers.scripts.folder import read

    found = read(settings.actions_folder)
    if found.errors:
        raise InputError(messages(found.errors))
    scripts = [script for script in found.scripts.values() if script.worker == name]
    if not scripts:
        raise InputError(texts.NO_SCRIPTS_OF_WORKER(worker=name, folder=str(settings.actions_folder)))
    return scripts


def _run_due(
    store: ErrorStore, worker: ActionWorker, name: str, scripts: list[Script], outage: str, *, once: bool
) -> str:
    """Sends a heartbeat and runs the due runs; takes and returns the error of an outage, empty if there is none.

    While the database is unavailable, a worker that keeps running reports the error once and retries.
    """
    from db.error_db.runs import worker_answers

    now = datetime.now(UTC)
    try:
        with store.transaction(now) as transaction:
            names = tuple(script.name for script in scripts)
            worker_answers.note_alive(
                transaction.session, name, names, is_subscribed=False, now=now, machine=platform.node()
            )
        worker.run_due(now, limit=RUNS_AT_ONCE)
    except TransientError as error:
        if once:
            raise
        if str(error) != outage:
            echo(error.text, error=True)
        return str(error)
    return ""
