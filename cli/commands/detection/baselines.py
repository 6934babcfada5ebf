"""`hinomi baselines`: the alarms of the learned baselines, and the metrics whose alarms open incidents."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import database, length_options
from cli.command_group import command_group
from cli.language import localize
from cli.printable import clean
from cli.views import output
from cli.views.empty_history import metrics_text
from shared import config
from shared.errors import InputError
from shared.model import Severity
from shared.suggestions import question
from shared.texts import EMPTY
from shared.texts.cli import baselines as texts
from shared.texts.terms import term
from shared.units import human

if TYPE_CHECKING:
    from insights.performance.alarms import StagedSeries, Watch

app = command_group()

NUMBERS = texts.ALARMS, texts.PROMISED, texts.BUDGET, texts.ID

DAYS, LONGEST = 90, 365
LEAST_BUDGET, MOST_BUDGET = 0.01, 5.0
Budget = Annotated[float, typer.Option(min=LEAST_BUDGET, max=MOST_BUDGET)]


@app.command()
def staged(
    *,
    days: Annotated[int, typer.Option(min=1, max=LONGEST, metavar=length_options.DAYS)] = DAYS,
    budget: Budget = 0.1,
    metric: Annotated[str, typer.Option()] = "*",
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 40,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """The alarms that each series would have raised."""
    from fnmatch import fnmatchcase

    from insights.performance import alarms

    now, settings = datetime.now(UTC), config.load()
    with database.schema_opened(settings) as store, store.reading() as session:
        choices = alarms.watches(session)
        found = [
            each
            for each in alarms.staged(session, now, days, budget, choices)
            if fnmatchcase(each.series.metric, metric)
        ]
        learned, promised = alarms.promised_of_all(session, days, budget)
        missing = EMPTY if learned else metrics_text(session, settings) or texts.NOTHING_LEARNED
    if as_json:
        output.emit_json(found)
        return
    console = output.console()
    if not learned:
        output.print_text(console, missing)
        return
    raised = sum(len(each.alarms) for each in found)
    console.print(
        localize(
            texts.SUMMARY(
                count=raised, series=learned, days=texts.DAYS(count=days), promised=f"{promised:.1f}", budget=budget
            )
        )
    )
    if found:
        _print_staged(found[:limit], now)
    if len(found) > limit:
        console.print(localize(texts.MORE(count=len(found) - limit)))


@app.command("list")
def list_watched(*, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """The metrics that open incidents."""
    from insights.performance.alarms import watches

    with database.schema_opened(config.load()) as store, store.reading() as session:
        found = watches(session)
    if as_json:
        output.emit_json(found)
    elif found:
        _print_watched(found)
    else:
        output.console().print(localize(texts.NOTHING_WATCHED))


@app.command()
def watch(
    metric: Annotated[str, typer.Argument()],
    *,
    label: Annotated[list[str] | None, typer.Option()] = None,
    budget: Budget = 0.1,
    severity: Annotated[Severity, typer.Option()] = Severity.MEDIUM,
    reason: Annotated[str, typer.Option()] = "",
) -> None:
    """Open incidents for unusual values of metrics from now on."""
    from db.schema_db import watched
    from insights.performance import alarms
    from insights.performance.series import series_of, similar_metrics

    labels = dict(_pair(each) for each in label or [])
    now, settings = datetime.now(UTC), config.load()
    with database.schema_opened(settings) as store:
        with store.transaction() as session:
            request = watched.WatchRequest(metric, labels, budget, str(severity), reason)
            number = watched.watch(session, request, by=getpass.getuser(), now=now)
        with store.reading() as session:
            (choice,) = [each for each in alarms.watches(session) if each.id == number]
            matching = alarms.matching(session, choice)
            found = [each for each in alarms.staged(session, now, DAYS, budget, [choice]) if each.watch]
            near = [] if matching else similar_metrics(series_of(session), metric)
    raised, promised = sum(len(each.alarms) for each in found), budget * DAYS / 7 * matching
    console = output.console()
    console.print(localize(texts.WATCHED(id=number, metric=clean(metric), series=matching)))
    if not matching:
        console.print(localize(texts.NO_SERIES))
        if near:
            output.print_text(console, question(near), "bold")
        return
    console.print(localize(texts.WOULD_HAVE(count=raised, days=DAYS, promised=f"{promised:.1f}")))


@app.command()
def unwatch(number: Annotated[int, typer.Argument(min=1, max=database.MAX_ID)]) -> None:
    """Stop opening incidents for metrics; the next history run closes open incidents."""
    from db.schema_db import watched

    with database.schema_opened(config.load()) as store, store.transaction() as session:
        if not watched.end(session, number, datetime.now(UTC)):
            raise InputError(texts.NO_WATCH(id=number))
    output.console().print(localize(texts.UNWATCHED(id=number)))


def _pair(text: str) -> tuple[str, str]:
    name, equals, pattern = text.partition("=")
    if not (name and equals and pattern):
        raise InputError(texts.NO_PAIR(text=clean(text)))
    return name, pattern


def _print_staged(found: list[StagedSeries], now: datetime) -> None:
    from cli.views.rows import print_rows

    columns = [
        texts.METRIC,
        texts.RESOURCE,
        texts.ALARMS,
        texts.PROMISED,
        texts.LATEST,
        texts.VALUE,
        texts.USUAL,
        texts.STATE,
    ]
    rows = []
    for each in found:
        last, unit = each.alarms[-1], each.series.unit

        def shown(value: float, unit: str = unit) -> str:
            return human(float(f"{value:.4g}"), unit, config.language())

        cells: list[Any] = [
            each.series.metric,
            each.series.resource,
            len(each.alarms),
            f"{each.promised:.1f}",
            output.ago(last.start, now),
            shown(last.value),
            localize(texts.RANGE(low=shown(last.low), high=shown(last.high))),
            localize(texts.OPENS_INCIDENTS(id=each.watch.id) if each.watch else texts.STAGED),
        ]
        rows.append([output.styled(cell) for cell in cells])
    print_rows(output.console(), columns, rows, right=NUMBERS, heading=2)


def _print_watched(found: list[Watch]) -> None:
    from cli.views.rows import print_rows

    columns = [texts.ID, texts.METRIC, texts.LABELS, texts.BUDGET, texts.SEVERITY, texts.SINCE, texts.BY, texts.REASON]
    rows = []
    for each in found:
        labels = " ".join(f"{name}={pattern}" for name, pattern in each.labels.items())
        since = f"{each.created_at:%Y-%m-%d}"
        cells = (
            each.id,
            each.metric,
            labels,
            each.budget,
            localize(term(Severity(each.severity))),
            since,
            each.created_by,
            each.reason,
        )
        rows.append([output.styled(cell) for cell in cells])
    print_rows(output.console(), columns, rows, right=NUMBERS, heading=2)
