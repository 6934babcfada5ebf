"""`hinomi backtest`: what a limit would have raised on the stored history of a metric."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Annotated, Any

import typer

from cli import database
from cli.command_group import single_command
from cli.language import echo, localize
from cli.printable import clean
from cli.views import output
from shared import config
from shared.durations import parse_duration
from shared.errors import InputError
from shared.texts.cli import backtest as texts

DAYS, LONGEST, MOST_SHOWN = 13, 365, 5

app = single_command()


@app.command()
def backtest(
    metric: Annotated[str, typer.Argument()],
    *,
    above: Annotated[float | None, typer.Option()] = None,
    below: Annotated[float | None, typer.Option()] = None,
    lasting: Annotated[str, typer.Option("--for")] = "5m",
    days: Annotated[int, typer.Option(min=1, max=LONGEST)] = DAYS,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print how many incidents a limit would have opened for each series, and the latest of them."""
    from insights.performance.backtest import breaches
    from insights.performance.limits import SeriesLimit
    from insights.performance.series import PeriodOfSeries, finest_points, series_of

    limit = above if above is not None else below
    if limit is None or (above is not None and below is not None):
        raise InputError(texts.ONE_SIDE)
    tried = SeriesLimit("", limit, above is not None, int(parse_duration(lasting).total_seconds()))
    now, found = datetime.now(UTC), list[dict[str, Any]]()
    with database.schema_opened(config.load()) as store, store.reading() as session:
        for each in [one for one in series_of(session) if fnmatchcase(one.metric, metric)]:
            period = PeriodOfSeries(now - timedelta(days=days), now, now)
            read = finest_points(session, each.id, period)
            found.append(
                {"metric": each.metric, "resource": each.resource, "unit": each.unit, "breaches": breaches(read, tried)}
            )
    if as_json:
        output.emit_json(found)
    elif not found:
        echo(texts.NO_SERIES(metric=clean(metric)))
    else:
        _print(found, days)


def _print(found: list[dict[str, Any]], days: int) -> None:
    """One line for each series with incidents, the latest of them below it, and the sum first."""
    count = sum(len(each["breaches"]) for each in found)
    echo(texts.SUMMARY(count=count, series=len(found), days=days))
    for each in sorted(found, key=lambda one: -len(one["breaches"])):
        if not each["breaches"]:
            continue
        typer.echo(f"{len(each['breaches'])}  {clean(each['metric'])}  {clean(each['resource'])}")
        for one in each["breaches"][-MOST_SHOWN:][::-1]:
            minutes = round((one.end - one.start) / timedelta(minutes=1))
            line = texts.BREACH(start=f"{one.start:%Y-%m-%d %H:%M}", minutes=minutes, value=f"{one.extreme:g}")
            typer.echo(f"   {localize(line)}")
