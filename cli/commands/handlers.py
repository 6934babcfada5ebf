"""`hinomi handlers`: which incident leads to which action."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import database
from cli.command_group import command_group
from cli.views import output
from shared import config
from shared.durations import format_duration
from shared.errors import InputError
from shared.model import RunState, Trigger

if TYPE_CHECKING:
    from cli.entries.handler_test import HandlerDecision
    from handlers.spec import HandlerSpec
    from shared.records import IncidentChange, RunView

app = command_group()

RUN_STYLES = {RunState.DONE: "green", RunState.FAILED: "bold red", RunState.SKIPPED: "dim"}

AsJson = Annotated[bool, typer.Option("--json")]


class _DryRunError(Exception):
    """Leaves the transaction without keeping anything."""


@app.command()
def apply(
    file: Annotated[Path | None, typer.Argument()] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
) -> None:
    """Check a file of handler rules and make them the ones that run. Every error with file and line; exit 2.

    A pattern that no shipped rule or service matches is a warning.
    """
    from db.error_db import handler_rules

    settings = config.load()
    path = file or settings.rules_dir / "handlers.yaml"
    rules = _read(path)
    _warn(path, settings)
    now = datetime.now(UTC)
    changes: dict[str, str] = {}
    with suppress(_DryRunError), database.opened(settings) as store, store.transaction(now) as transaction:
        stored = {rule.name: rule.as_dict() for rule in rules}
        changes |= handler_rules.replace(transaction.session, stored, now)
        if dry_run:
            raise _DryRunError
    for name, change in changes.items():
        typer.echo(f"{'would be ' if dry_run else ''}{change}: {name}")
    enabled = sum(rule.enabled for rule in rules)
    typer.echo(f"{output.plural(len(rules), 'handler rule')}, {enabled} enabled, {len(changes)} changed")


@app.command("list")
def list_rules(*, as_json: AsJson = False) -> None:
    """The applied handler rules, in the order in which they are tried."""
    from db.error_db import handler_rules
    from handlers.plan import specs

    with database.opened(config.load()) as store, store.reading() as session:
        found = handler_rules.applied(session)
    if as_json:
        output.emit_json(found)
    elif found:
        _print_rules(specs(found))
    else:
        typer.echo("No handler rules are applied: run `hinomi handlers apply`.")


@app.command("test")
def try_rules(
    target: Annotated[
        str,
        typer.Argument(metavar="INCIDENT|FILE"),
    ],
    *,
    on: Annotated[Trigger, typer.Option()] = Trigger.OPENED,
    rules: Annotated[Path | None, typer.Option()] = None,
    as_json: AsJson = False,
) -> None:
    """Which handler rules would run, in their order, and why each other one would not. Runs nothing."""
    from cli.entries.handler_test import changes_of, verdicts
    from handlers.plan import Planner

    settings = config.load()
    now = datetime.now(UTC)
    wanted = _read(rules) if rules else None
    with database.opened(settings) as store, store.reading() as session:
        planner = Planner(session, now, wanted)
        if not planner.rules:
            raise InputError("no handler rule is applied: run `hinomi handlers apply`, or test a file with --rules")
        found = [(change, verdicts(planner, change)) for change in changes_of(target, on, session, settings, now)]
    if as_json:
        output.emit_json([verdict for _, each in found for verdict in each])
        return
    for change, each in found:
        _print_verdicts(change, each)


@app.command()
def runs(
    *,
    incident: Annotated[int | None, typer.Option(min=1, max=database.MAX_ID)] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """What was done, what waits, what was held back and what failed, the latest first."""
    from db.error_db import runs as action_runs

    with database.opened(config.load()) as store, store.reading() as session:
        if incident is None:
            found = action_runs.latest(session, limit=limit)
        else:
            found = action_runs.of_incident(session, incident)[::-1][:limit]
    if as_json:
        output.emit_json(found)
    elif found:
        _print_runs(found, datetime.now(UTC))
    else:
        typer.echo("No action has run." if incident is None else f"No action has run for incident {incident}.")


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


def _read(file: Path) -> list[HandlerSpec]:
    """The rules of a file. Raises InputError with one line for each error."""
    from handlers.read import read

    rules, errors = read(file)
    if errors:
        raise InputError("\n".join(str(error) for error in errors))
    return rules


def _warn(file: Path, settings: config.Settings) -> None:
    """Says which patterns match nothing that is shipped. Without rules to compare with, nothing is said."""
    from collectors.metrics_analysis.sigma import artifact
    from handlers.read import warnings

    try:
        known = artifact.load(settings.rules_dir)
    except InputError:
        return
    made = [*known["rules"], *known["correlations"]]
    reporters = known.get("reporters", ())
    rules = {rule["name"] for rule in made} | {f"load/{metric['key']}" for metric in known["load"]}
    rules |= {f"report/{reporter['name']}" for reporter in reporters}
    services = {item["service"] for item in (*made, *known["load"])} | {"hinomi", "cloud_monitoring"}
    services |= {service for reporter in reporters for service in reporter["service"]}
    for warning in warnings(file, rules, services):
        typer.echo(f"{warning.file}:{warning.line}: warning: {warning.message}", err=True)


def _print_rules(rules: list[HandlerSpec]) -> None:
    from rich.padding import Padding

    from cli.commands.silences import matcher_text

    console = output.console()
    for rule in rules:
        console.print(output.styled(rule.name if rule.enabled else f"{rule.name} (disabled)", "bold"))
        facts = [
            ("when", ", ".join(rule.on)),
            ("for", matcher_text(rule.match.as_dict()) or "everything"),
            ("does", f"{rule.action}: {_how(rule)}"),
            ("with", ", ".join(f"{name} {value}" for name, value in rule.params.items())),
        ]
        console.print(Padding(output.details(facts), (0, 0, 0, 2)))


def _how(rule: HandlerSpec) -> str:
    cooldown = [f"every {format_duration(rule.cooldown, units=1)} at most"] if rule.cooldown else []
    budget = [f"{rule.budget} an hour"] if rule.budget else []
    return ", ".join([str(rule.mode).replace("_", " "), *cooldown, *budget])


def _print_verdicts(change: IncidentChange, verdicts: list[HandlerDecision]) -> None:
    incident = change.incident
    console = output.console()
    console.print(output.styled(f"{incident.rule} {change.trigger}: {incident.summary}", "bold"))
    made = output.table(["", "rule", "action", "mode", "target or reason"])
    for column in made.columns[:4]:
        column.no_wrap = True
    for verdict in verdicts:
        style = "green" if verdict.run else "dim"
        made.add_row(
            output.styled("runs" if verdict.run else "does not", style),
            output.styled(verdict.handler, style),
            output.styled(verdict.action, style),
            output.styled(verdict.mode.replace("_", " "), style),
            output.styled(verdict.target if verdict.run else verdict.reason, style),
        )
    console.print(made)


def _print_runs(found: list[RunView], now: datetime) -> None:
    from rich.padding import Padding
    from rich.text import Text

    console = output.console()
    for run in found:
        state = output.styled(f"{run.state} ({run.mode})".replace("_", " "), RUN_STYLES.get(run.state, "yellow"))
        when = output.ago(run.finished_at or run.created_at, now)
        rest = output.styled(f"  {run.handler_rule} on {run.trigger}, {when}")
        console.print(Text.assemble(f"incident {run.incident_id}  ", state, rest))
        what = run.error or run.result or run.reason or f"waits for {run.target}"
        console.print(Padding(output.styled(what), (0, 0, 0, 2)))
