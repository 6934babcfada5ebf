"""`hinomi backtest`: the incidents that a limit would have opened on the stored history of a metric."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import database, length_options
from cli.command_group import single_command
from cli.language import echo, localize
from cli.point_in_time import length
from cli.printable import clean
from cli.views import output
from cli.views.empty_history import metrics_text
from shared import config
from shared.errors import InputError
from shared.suggestions import did_you_mean, did_you_mean_one_of
from shared.texts import EMPTY
from shared.texts.cli import backtest as texts
from shared.texts.locale import in_zone

if TYPE_CHECKING:
    from insights.performance.limits import SeriesLimit
    from insights.performance.series import MeasuredSeries

DAYS, LONGEST, MOST_SHOWN = 13, 365, 5

app = single_command()


@app.command()
def backtest(
    metric: Annotated[str, typer.Argument()],
    *,
    above: Annotated[float | None, typer.Option()] = None,
    below: Annotated[float | None, typer.Option()] = None,
    lasting: Annotated[str, typer.Option("--for")] = "5m",
    days: Annotated[int, typer.Option(min=1, max=LONGEST, metavar=length_options.DAYS)] = DAYS,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print the number of incidents that a limit would have opened for each series, and the latest ones."""
    from insights.performance.limits import SeriesLimit

    limit = above if above is not None else below
    if limit is None or (above is not None and below is not None):
        raise InputError(texts.ONE_SIDE)
    tried = SeriesLimit("", limit, above is not None, int(length(lasting, "--for").total_seconds()))
    _show(metric, lambda each: tried if fnmatchcase(each.metric, metric) else None, days, as_json=as_json)


def of_load_check(key: str, rules_dir: Path, days: int, *, as_json: bool) -> None:
    """Print the incidents that the limits of a load check would have opened, each on the series that it watches."""
    from collectors.metrics_analysis.sigma import artifact
    from insights.performance.limits import limit_of

    checks = {spec["key"]: spec for spec in artifact.load(rules_dir)["load"]}
    if key not in checks:
        raise InputError(texts.NO_LOAD_CHECK(key=key, suggestion=did_you_mean(key, checks) or EMPTY))
    _show(checks[key]["metric"], lambda each: limit_of(each, [checks[key]]), days, as_json=as_json)


def _show(metric: str, limit_of: Callable[[MeasuredSeries], SeriesLimit | None], days: int, *, as_json: bool) -> None:
    """Prints the incidents that the limit would have opened for each series; series without incidents are omitted."""
    from insights.performance.backtest import breaches
    from insights.performance.series import PeriodOfSeries, finest_points, series_of, similar_metrics

    settings, now, series = config.load(), datetime.now(UTC), list[dict[str, Any]]()
    with database.schema_opened(settings) as store, store.reading() as session:
        stored = series_of(session)
        gap = EMPTY if stored else metrics_text(session, settings)
        for each in stored:
            if (limit := limit_of(each)) is None:
                continue
            read = finest_points(session, each.id, PeriodOfSeries(now - timedelta(days=days), now, now))
            series.append(
                {"metric": each.metric, "resource": each.resource, "unit": each.unit, "breaches": breaches(read, limit)}
            )
    if as_json:
        output.emit_json(series)
    elif gap:
        output.print_text(output.console(), gap)
    elif not series:
        near = did_you_mean_one_of(similar_metrics(stored, metric)) or (texts.LISTED if stored else EMPTY)
        echo(texts.NO_SERIES(metric=clean(metric), suggestion=near))
    else:
        _print(series, days)


def _print(series: list[dict[str, Any]], days: int) -> None:
    """The sum, then one line for each series with incidents, and its latest incidents below it."""
    count, tz = sum(len(each["breaches"]) for each in series), output.zone(config.timezone())
    echo(texts.SUMMARY(count=count, series=len(series), days=texts.DAYS(count=days)))
    for each in sorted(series, key=lambda one: -len(one["breaches"])):
        if not each["breaches"]:
            continue
        typer.echo(f"{len(each['breaches'])}  {clean(each['metric'])}  {clean(each['resource'])}")
        for one in each["breaches"][-MOST_SHOWN:][::-1]:
            minutes = round((one.end - one.start) / timedelta(minutes=1))
            start = f"{in_zone(one.start, tz):%Y-%m-%d %H:%M %Z}"
            line = texts.BREACH(start=start, minutes=minutes, value=f"{one.extreme:g}")
            typer.echo(f"   {localize(line)}")
