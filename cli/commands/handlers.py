"""`hinomi handlers`: handler rules, which start actions for incidents."""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli import database
from cli.command_group import command_group
from cli.commands.handler_rules import changes as handler_changes
from cli.commands.handler_rules import examples as handler_tests
from cli.commands.handler_rules import simulate as handler_simulation
from cli.language import echo, localize
from cli.person import named
from cli.point_in_time import moment
from cli.views import output
from shared import config
from shared.errors import ActionError, InputError
from shared.model import Trigger
from shared.texts import Text
from shared.texts.cli import handler_changes as change_texts
from shared.texts.cli import handlers as texts
from shared.texts.cli import incidents as incident_texts
from shared.texts.cli.rules import WARNING_AT
from shared.texts.remediations import brakes as brake_texts
from shared.texts.remediations import by_hand as hand_texts
from shared.texts.remediations import undo as undo_texts

app = command_group()

AsJson = Annotated[bool, typer.Option("--json")]


@app.command()
def apply(
    file: Annotated[Path | None, typer.Argument()] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    overwrite: handler_changes.Overwrite = False,
    by: handler_changes.By = None,
    yes: handler_changes.Yes = False,
) -> None:
    """Check a file of handler rules, show its changes, and apply it. Every mistake has its file and line (exit code 2).

    A pattern that matches no rule and no service is a warning.
    """
    from handlers.versions.apply import apply_file, plan_file

    settings = config.load()
    path = file or settings.rules_dir / "handlers.yaml"
    read = handler_changes.read_rule_file(path)
    _warn(path, settings)
    rules = handler_changes.rule_set(read)
    now = datetime.now(UTC)
    with database.opened(settings) as store:
        with store.reading() as session:
            planned = plan_file(session, rules, overwrite=overwrite)
            replaces = handler_changes.show_plan(planned, settings, session, would_be=dry_run)
        is_first = all(change.kind == "added" for change in planned.changes) and not replaces
        if dry_run or not handler_changes.confirmed(yes=yes or is_first):
            return
        with store.transaction(now) as transaction:
            who = by or getpass.getuser()
            done, _ = apply_file(transaction.session, rules, now, by=who, overwrite=overwrite)
            if done != planned:
                raise InputError(change_texts.CHANGED_SINCE)
    enabled = sum(rule.enabled and rule.spec["enabled"] for rule in planned.rules)
    echo(change_texts.APPLIED(count=len(planned.rules), enabled=enabled, changed=len(planned.changes)))


for command in (
    handler_changes.plan,
    handler_simulation.simulate,
    handler_changes.export,
    handler_changes.add,
    handler_changes.edit,
    handler_changes.enable,
    handler_changes.disable,
    handler_changes.remove,
    handler_changes.history,
    handler_changes.diff,
    handler_changes.rollback,
):
    app.command()(command)


@app.command("list")
def list_rules(*, as_json: AsJson = False) -> None:
    """The applied handler rules, in the order of evaluation."""
    from cli.views.handlers import print_handler_rules
    from db.error_db import handler_rules
    from db.error_db.runs import breakers
    from handlers.spec import specs

    settings = config.load()
    with database.opened(settings) as store, store.reading() as session:
        found, stopped = handler_rules.applied(session), breakers.opened(session)
    if as_json:
        output.emit_json(found)
    elif found:
        print_handler_rules(output.console(), specs(found), stopped, output.zone(settings.timezone))
    else:
        echo(texts.NONE_APPLIED)


@app.command("test")
def try_rules(
    target: Annotated[str, typer.Argument(metavar="[INCIDENT|FILE]")] = "",
    *,
    everything: Annotated[bool, typer.Option("--all")] = False,
    on: Annotated[Trigger, typer.Option()] = Trigger.OPENED,
    rules: Annotated[Path | None, typer.Option()] = None,
    as_json: AsJson = False,
) -> None:
    """Show which handler rules would run, in their order, and why the others would not. Runs nothing."""
    if everything is bool(target):
        raise InputError(texts.ONE_OF_BOTH)
    if everything:
        handler_tests.run_all(rules, as_json=as_json)
        return
    _show_decisions(target, on, rules, as_json=as_json)


def _show_decisions(target: str, on: Trigger, rules: Path | None, *, as_json: bool) -> None:
    from cli.entries.handler_test import changes_of, handler_decisions
    from cli.views.handlers import print_decisions
    from handlers.plan import Planner

    settings = config.load()
    now = datetime.now(UTC)
    tested = list(handler_changes.read_rule_file(rules).rules) if rules else None
    with database.opened(settings) as store, store.reading() as session:
        planner = Planner(session, now, tested)
        if not planner.rules:
            raise InputError(texts.NOTHING_TO_TEST)
        changes = changes_of(target, on, session, settings, now)
        found = [(change, handler_decisions(planner, change)) for change in changes]
    if as_json:
        output.emit_json([decision for _, decisions in found for decision in decisions])
        return
    for change, decisions in found:
        print_decisions(output.console(), change, decisions)


@app.command()
def runs(
    *,
    incident: Annotated[int | None, typer.Option(min=1, max=database.MAX_ID)] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """Action runs: done, waiting, suppressed and failed, latest first."""
    from cli.views.handlers import print_runs
    from db.error_db import runs as action_runs
    from db.error_db.views import load_view
    from shared.texts.cli.incidents import UNKNOWN

    with database.opened(config.load()) as store, store.reading() as session:
        if incident is None:
            found = action_runs.latest(session, limit=limit)
        else:
            found = action_runs.of_incident(session, incident)[::-1][:limit]
            if not found and load_view(session, incident) is None:
                raise InputError(UNKNOWN(id=incident))
    if as_json:
        output.emit_json(found)
    elif found:
        print_runs(output.console(), found, datetime.now(UTC))
    else:
        echo(texts.NO_RUNS if incident is None else texts.NO_RUNS_OF(id=incident))


@app.command()
def audit(
    *,
    since: Annotated[str | None, typer.Option()] = None,
    incident: Annotated[int | None, typer.Option(min=1, max=database.MAX_ID)] = None,
    run: Annotated[int | None, typer.Option(min=1, max=database.MAX_ID)] = None,
    everything: Annotated[bool, typer.Option("--all")] = False,
) -> None:
    """Export the runs of remediations as JSON lines: parameters, calls and responses, before and after, who approved."""
    from handlers.remediations.audit import AuditFilter, records

    settings = config.load()
    start = moment(since, datetime.now(UTC), "--since") if since is not None else None
    which = AuditFilter(start, incident, run, notifications=everything)
    with database.opened(settings) as store, store.reading() as session:
        is_empty = True
        for record in records(session, which, settings.redact):
            is_empty = False
            sys.stdout.write(output.json_text(record) + "\n")
    if is_empty:
        echo(texts.NOTHING_EXPORTED, error=True)


@app.command()
def undo(
    run: Annotated[int, typer.Argument(min=1, max=database.MAX_ID, metavar="RUN")],
    *,
    by: handler_changes.By = None,
    yes: handler_changes.Yes = False,
) -> None:
    """Undo a remediation: shows the calls, and plans a run that makes them.

    Example: hinomi handlers undo 42
    """
    from cli.views.approvals import print_plan
    from handlers.remediations import undo as undoing
    from shared.clients import Clients

    settings, now, who = config.load(), datetime.now(UTC), by or getpass.getuser()
    with named(), database.opened(settings) as store:
        with store.reading() as session:
            found, incident, made = undoing.find(session, run)
        try:
            plan = undoing.plan_of(found, incident, made, clients=Clients(settings), settings=settings, now=now)
        except ActionError as error:
            raise InputError(undo_texts.REFUSED(reason=error.text)) from error
        print_plan(output.console(), plan.text, [call.as_dict() for call in plan.calls])
        if not plan.calls:
            return
        if not _agreed(undo_texts.CONFIRM(id=run), yes=yes):
            echo(undo_texts.NEEDS_YES)
            return
        with store.transaction(now) as transaction:
            number = undoing.start(transaction.session, found, incident, plan, by=who, now=now)
    echo(undo_texts.STARTED(number=number, id=run))


@app.command("run")
def run_by_hand(
    rule: Annotated[str, typer.Argument(metavar="RULE")],
    incident: Annotated[int, typer.Argument(min=1, max=database.MAX_ID, metavar="INCIDENT")],
    *,
    by: handler_changes.By = None,
) -> None:
    """Run the remediation or script of a handler rule for an incident; its plan waits for approval.

    Example: hinomi handlers run restart-connector 42
    """
    from db.error_db.views import load_view
    from handlers.remediations import by_hand

    now, who = datetime.now(UTC), by or getpass.getuser()
    with database.opened(config.load()) as store, store.transaction(now) as transaction:
        view = load_view(transaction.session, incident)
        if view is None:
            raise InputError(incident_texts.UNKNOWN(id=incident))
        number = by_hand.start(transaction.session, rule, view, by=who, now=now)
    echo(hand_texts.STARTED(run=number, rule=rule))


@app.command()
def close_breaker(rule: Annotated[str, typer.Argument(metavar="RULE")], *, by: handler_changes.By = None) -> None:
    """Close the circuit breaker of a handler rule, so that its remediations run again."""
    from db.error_db import handler_rules
    from handlers.remediations import breaker
    from handlers.versions import edits

    now = datetime.now(UTC)
    with database.opened(config.load()) as store, store.transaction(now) as transaction:
        if not breaker.close(transaction, rule, by=by or getpass.getuser(), now=now):
            edits.find(handler_rules.states(transaction.session), rule)
            raise InputError(brake_texts.NOT_OPEN(rule=rule))
    echo(brake_texts.CLOSED(rule=rule))


@app.command()
def reference(action: Annotated[str, typer.Argument()] = "") -> None:
    """Print the reference of the actions and notifiers: parameters, permissions, settings.

    Example: hinomi handlers reference teams
    """
    from cli.reference import plugins

    if action:
        typer.echo(plugins.section(action), nl=False)
    else:
        typer.echo("\n".join(plugins.reference(part) for part in plugins.PAGES), nl=False)


def _agreed(question: Text, *, yes: bool) -> bool:
    """Whether the person at the terminal agrees; without a terminal nobody does."""
    return yes or (sys.stdin.isatty() and typer.confirm(localize(question)))


def _warn(file: Path, settings: config.Settings) -> None:
    """Warns of patterns that match no shipped rule or service. Without rules to compare with, nothing is reported."""
    from collectors.metrics_analysis.airflow.findings import RULES as AIRFLOW_RULES
    from collectors.metrics_analysis.detectors import long_jobs
    from collectors.metrics_analysis.sigma import artifact
    from handlers.read import hidden_links, warnings

    try:
        known = artifact.load(settings.rules_dir)
    except InputError:
        return
    made = [*known["rules"], *known["correlations"]]
    reporters = known.get("reporters", ())
    rules = {rule["name"] for rule in made} | {f"load/{metric['key']}" for metric in known["load"]}
    rules |= {f"report/{reporter['name']}" for reporter in reporters} | {long_jobs.RULE, *AIRFLOW_RULES}
    services = {item["service"] for item in (*made, *known["load"])} | {"hinomi", "cloud_monitoring"}
    services |= {service for reporter in reporters for service in reporter["service"]}
    for warning in [*warnings(file, rules, services), *hidden_links(file, settings)]:
        text = WARNING_AT(place=f"{warning.file}:{warning.line}", warning=warning.text)
        typer.echo(localize(text), err=True)
