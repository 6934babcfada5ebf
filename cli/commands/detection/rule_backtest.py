"""`hinomi rules backtest`: what a detection rule would have found in the past."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import database
from cli.language import echo, listed, localize
from cli.point_in_time import length
from cli.printable import clean
from cli.views import output
from shared import config
from shared.errors import HinomiError, InputError, TransientError
from shared.texts import Text
from shared.texts.detection import backtest as texts
from shared.texts.locale import in_zone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from rich.console import Console

    from collectors.metrics_analysis.backtest.result import FiredEvent, RuleBacktest

MOST_ROWS, SHOWN, LONGEST = 20_000, 10, timedelta(days=366)
LOAD = "load/"
COLUMNS = [texts.TIME, texts.RESOURCE, texts.PRINCIPAL, texts.WHAT, texts.KNOWN_AS]


def backtest(
    rule: Annotated[str, typer.Argument(metavar="RULE|FILE", show_default=False)],
    *,
    since: Annotated[str, typer.Option()] = "30d",
    entries: Annotated[list[str] | None, typer.Option(metavar="FILE", show_default=False)] = None,
    from_logging: Annotated[bool, typer.Option("--from-logging")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000)] = MOST_ROWS,
    rules_dir: Annotated[Path | None, typer.Option("--rules-dir", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Show how often a rule would have fired, on which resources, and how much of the data is known. Changes nothing."""
    from cli.commands.detection import backtest as of_limits
    from cli.entries.rule_backtest import compiled_rule

    if entries and from_logging:
        raise InputError(texts.ONE_SOURCE)
    settings, now = config.load(), datetime.now(UTC)
    start = now - min(length(since, "--since"), LONGEST)
    folder = rules_dir or settings.rules_dir
    if rule.startswith(LOAD):
        of_limits.of_load_check(rule.removeprefix(LOAD), folder, (now - start).days, as_json=as_json)
        return
    spec, own = compiled_rule(rule, folder)
    if entries or from_logging:
        result = _on_entries(own, entries, settings, (start, now, limit))
    elif "correlation" in spec or "timespan" in spec:
        raise InputError(texts.NEEDS_ENTRIES(rule=rule))
    else:
        result = _on_stored(spec, settings, folder, (start, now, limit))
    if as_json:
        output.emit_json(_record(result))
        return
    _print(result, (now - start).days, limit, settings, is_stored=not (entries or from_logging))
    if spec.get("remember") and not (entries or from_logging):
        echo(texts.REMEMBERS)


def _on_stored(
    spec: dict[str, Any], settings: config.Settings, folder: Path, period: tuple[datetime, datetime, int]
) -> RuleBacktest:
    """The backtest of the rule on the stored events of the databases."""
    from collectors.metrics_analysis.backtest import stored

    specs = _specs(folder)
    with ExitStack() as stack:
        errors = stack.enter_context(stack.enter_context(database.opened(settings)).reading())
        schema = stack.enter_context(stack.enter_context(database.schema_opened(settings)).reading())
        return stored.backtest(spec, specs, stored.BacktestPeriod(*period), errors, schema)


def _on_entries(
    own: dict[str, Any], files: list[str] | None, settings: config.Settings, period: tuple[datetime, datetime, int]
) -> RuleBacktest:
    """The rule on entries of files, or of Cloud Logging, with the incidents of other rules where there is an Error DB."""
    from cli.entries.rule_backtest import on_entries
    from collectors.metrics_analysis.backtest.stored import with_incidents

    since, now, limit = period
    read = _entries_of(files, own) if files else _entries_of_logging(own, settings, period)
    result = on_entries(own, read, settings, datetime.min.replace(tzinfo=UTC) if files else since, now)
    if not files and result.events >= limit:
        echo(texts.CUT_ENTRIES(count=limit), error=True)
    if files and not _has_database(settings):
        return result
    try:
        with database.opened(settings) as store, store.reading() as session:
            return with_incidents(result, _specs(settings.rules_dir), session)
    except HinomiError as error:  # the incidents of other rules are extra
        echo(error.full_text, error=True)
        return result


def _entries_of(files: list[str], own: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    from cli.entries.bigquery_rows import logged_names
    from cli.entries.reader import EntryReader

    def refuse(error: InputError) -> None:
        raise error

    return iter(EntryReader(files, refuse, logged_names(own)))


def _entries_of_logging(
    own: dict[str, Any], settings: config.Settings, period: tuple[datetime, datetime, int]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The entries that a sink for this rule alone would export."""
    from google.api_core.exceptions import GoogleAPIError

    from cli.entries.cloud_logging import entries
    from collectors.history_analysis.log_entries import times
    from collectors.metrics_analysis.sinks.pack import sinks
    from shared.clients import Clients

    since, now, limit = period
    projects = settings.projects or tuple(filter(None, [settings.project]))
    if not projects:
        raise InputError(texts.NO_PROJECT)
    (sink,) = sinks(own, project=settings.project, service_accounts=(), function_names=())
    query = f"({sink.filter}\n)\nAND {times(since, now)}"
    try:
        yield from entries(Clients(settings), projects, query, limit)
    except GoogleAPIError as error:
        raise TransientError(texts.NO_LOGGING(error=str(error))) from error


def _specs(folder: Path) -> dict[str, dict[str, Any]]:
    """The rules in use by name."""
    from collectors.metrics_analysis.sigma import artifact

    made = artifact.load(folder)
    return {spec["name"]: spec for spec in (*made["rules"], *made["correlations"])}


def _has_database(settings: config.Settings) -> bool:
    from db.engine import parse_url, sqlite_file

    path = sqlite_file(parse_url(settings.error_db_url))
    return path is None or path.exists()


def _print(result: RuleBacktest, days: int, limit: int, settings: config.Settings, *, is_stored: bool) -> None:
    from cli.views.rows import print_rows
    from collectors.metrics_analysis.backtest.sentences import limits_of, summary

    console, tz = output.console(), output.zone(settings.timezone)
    for line in summary(result, days):
        _print_text(console, line)
    if result.fired:
        weeks = ((f"{in_zone(start, tz):%Y-%m-%d}", str(count)) for start, count in result.weeks)
        print_rows(console, [texts.WEEK_FROM, texts.TIMES], [[output.styled(cell) for cell in row] for row in weeks])
        print_rows(console, COLUMNS, [_cells(each, tz) for each in result.fired[:SHOWN]], prose=[texts.WHAT])
        if len(result.fired) > SHOWN:
            echo(texts.MORE(count=len(result.fired) - SHOWN))
    for line in limits_of(result, limit, is_stored=is_stored):
        _print_text(console, line)


def _print_text(console: Console, text: Text) -> None:
    output.print_text(console, Text(en=clean(text.en), ja=clean(text.ja)))


def _cells(each: FiredEvent, tz: ZoneInfo) -> list[Any]:
    incidents = listed(localize(texts.KNOWN_INCIDENT(number=one.number, rule=one.rule)) for one in each.incidents)
    cells = f"{in_zone(each.time, tz):%Y-%m-%d %H:%M}", each.resource, each.principal, localize(each.summary), incidents
    return [output.styled(clean(cell)) for cell in cells]


def _record(result: RuleBacktest) -> dict[str, Any]:
    return {
        "rule": result.rule,
        "since": result.since,
        "until": result.until,
        "times": result.times,
        "incidents": result.incidents,
        "weeks": [{"from": start, "times": count} for start, count in result.weeks],
        "resources": [{"resource": name, "times": count} for name, count in result.resources],
        "already_incidents": result.already_incidents,
        "other_rules": dict(result.other_rules),
        "unknown": result.unjudged.count,
        "unknown_fields": dict(result.unjudged.fields),
        "events_read": result.events,
        "calls_read": result.calls,
        "cut": result.is_cut,
        "fired": [{**asdict(each), "summary": localize(each.summary)} for each in result.fired],
    }
