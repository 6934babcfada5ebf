"""`hinomi cost`: the cost of BigQuery, and the use of slots while a job waited."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from cli import database
from cli.command_group import command_group
from cli.commands import jobs
from cli.database import HistorySource
from cli.length_options import DAYS
from cli.printable import clean
from cli.views import jobs as views
from cli.views import output
from cli.views.empty_history import no_costs, no_runs_text
from insights.cost.money import money
from shared import config
from shared.errors import HinomiError, InputError
from shared.suggestions import nearest, question
from shared.texts import EMPTY, SPACE, Text, joined
from shared.texts.cli import jobs as texts

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from insights.cost.spending import By
    from shared.config import Settings

app = command_group()
by = command_group()
app.add_typer(by, name="by")

SHOWN, FEW = 20, 8
WHAT = {"user": texts.USER, "job": texts.JOB, "dataset": texts.DATASET, "project": texts.PROJECT}


@by.command()
def user(
    *,
    days: jobs.Days = 30,
    limit: jobs.Limit = SHOWN,
    source: jobs.From = HistorySource.SCHEMA_DB,
    as_json: jobs.AsJson = False,
) -> None:
    """Cost by the principal that ran the jobs."""
    _by("user", days, limit, source, as_json=as_json)


@by.command()
def job(
    *,
    days: jobs.Days = 30,
    limit: jobs.Limit = SHOWN,
    source: jobs.From = HistorySource.SCHEMA_DB,
    as_json: jobs.AsJson = False,
) -> None:
    """Cost by job name."""
    _by("job", days, limit, source, as_json=as_json)


@by.command()
def dataset(
    *,
    days: jobs.Days = 30,
    limit: jobs.Limit = SHOWN,
    source: jobs.From = HistorySource.SCHEMA_DB,
    as_json: jobs.AsJson = False,
) -> None:
    """Cost by the dataset read; the cost of a job that reads several datasets is divided evenly."""
    _by("dataset", days, limit, source, as_json=as_json)


@by.command()
def project(
    *,
    days: jobs.Days = 30,
    limit: jobs.Limit = SHOWN,
    source: jobs.From = HistorySource.SCHEMA_DB,
    as_json: jobs.AsJson = False,
) -> None:
    """Cost by the project in which the jobs run."""
    _by("project", days, limit, source, as_json=as_json)


@by.command()
def label(
    *,
    key: Annotated[str, typer.Option()],
    days: jobs.Days = 30,
    limit: jobs.Limit = SHOWN,
    source: jobs.From = HistorySource.SCHEMA_DB,
    as_json: jobs.AsJson = False,
) -> None:
    """Cost by the value of a label of the jobs."""
    _by("label", days, limit, source, key=key, as_json=as_json)


@app.command()
def waiting(
    run: Annotated[str, typer.Argument()],
    *,
    project: Annotated[str, typer.Option()] = "",
    days: Annotated[int, typer.Option(min=1, max=90, metavar=DAYS)] = 14,
    source: jobs.From = HistorySource.SCHEMA_DB,
    as_json: jobs.AsJson = False,
) -> None:
    """Principals whose use of slots rose most while a job waited, compared with the same time on other days."""
    from insights.cost.slot_waits import waiting as ask

    settings = config.load()
    with database.history(settings, source) as session:
        found = ask(session, run, project=project, days=days)
        if found is None:
            raise _unknown(session, settings, source, run)
    if as_json:
        output.emit_json(found)
    else:
        views.print_wait(output.console(), found, output.zone(settings.timezone))


def _unknown(session: Session, settings: Settings, source: HistorySource, run: str) -> HinomiError:
    from insights.jobs.coverage import coverage

    now = datetime.now(UTC)
    if coverage(session, now, now, "bigquery").first is None:
        return HinomiError(no_runs_text(session, settings, source, "bigquery"))
    return InputError(texts.NO_BIGQUERY_RUN(run=clean(run)))


def _no_label(session: Session, key: str, days: int, now: datetime) -> Text:
    """A message that no job has the label, with the nearest labels, or all labels if there are few."""
    from insights.cost.spending import label_keys

    keys = sorted(label_keys(session, now - timedelta(days=days), now))
    near = nearest(key, keys) or keys[:FEW]
    missing = texts.NO_LABEL(key=clean(key), count=days)
    return joined([missing, question(near)], SPACE) if near else missing


def _by(what: str, days: int, limit: int, source: HistorySource, *, key: str = "", as_json: bool) -> None:
    from insights.cost import spending

    settings = config.load()
    chosen: By = spending.By(what)
    with database.history(settings, source) as session:
        prices = jobs.prices(settings)
        now = datetime.now(UTC)
        found = spending.cost(session, chosen, now=now, days=days, prices=prices, key=key)[:limit]
        nothing = EMPTY if found else no_costs(days, now).text(session, settings, source)
        if key and [each.key for each in found] == [spending.NONE]:
            nothing = _no_label(session, key, days, now)
    if as_json:
        output.emit_json(found)
        return
    console = output.console()
    if nothing:
        output.print_text(console, nothing)
        return
    views.print_costs(console, found, Text.verbatim(key) if key else WHAT[what], settings.currency)
    explanation = texts.EXPLANATION(
        count=days,
        per_tib=money(prices.per_tib, settings.currency),
        per_slot_hour=money(prices.per_slot_hour, settings.currency),
    )
    output.print_text(console, explanation)
