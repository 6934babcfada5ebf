"""`hinomi report`: the report on a day, a week or any days; `hinomi report send` sends reports of checks and jobs."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import database
from cli.channel_names import check_channel
from cli.command_group import CommandGroup, CommandLine
from cli.language import echo
from cli.printable import clean
from cli.result_files.formats import ResultFormat
from cli.views import output
from shared import config
from shared.errors import InputError
from shared.texts.reports import command as texts

if TYPE_CHECKING:
    from insights.reports.model import PeriodReport
    from insights.reports.period import ReportPeriod
    from shared.config import Settings

app = CommandLine(cls=CommandGroup, invoke_without_command=True, rich_markup_mode=None, add_completion=False)

MOST_DAYS = 400
WIDTH = 100


class ReportFormat(StrEnum):
    """The format of a report."""

    TEXT = "text"
    HTML = "html"
    JSON = "json"
    MARKDOWN = "markdown"


@app.callback()
def report(  # noqa: PLR0913 - one parameter for each option
    context: typer.Context,
    *,
    daily: Annotated[bool, typer.Option("--daily")] = False,
    weekly: Annotated[bool, typer.Option("--weekly")] = False,
    first: Annotated[str, typer.Option("--from", show_default=False, metavar="DAY")] = "",
    last: Annotated[str, typer.Option("--to", show_default=False, metavar="DAY")] = "",
    form: Annotated[ReportFormat, typer.Option("--format")] = ReportFormat.TEXT,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    out: Annotated[Path | None, typer.Option("--out", show_default=False)] = None,
    send: Annotated[str, typer.Option("--send", show_default=False, metavar="CHANNEL")] = "",
    scheduled: Annotated[bool, typer.Option("--scheduled")] = False,
) -> None:
    """Print the report on a period, write it to a file, or send it."""
    if context.invoked_subcommand:
        return
    settings, now = config.load(), datetime.now(UTC)
    if scheduled:
        _list_scheduled(settings, now)
        return
    zone = _zone(settings, send)
    period = _period(daily=daily, weekly=weekly, first=first, last=last, zone=zone, now=now)
    made = _built(settings, period, now)
    if send:
        _send(settings, made, send, now)
    else:
        _write(_formatted(made, ReportFormat.JSON if as_json else form), out)


@app.command("send")
def send_file(
    file: Annotated[str, typer.Argument()],
    *,
    form: Annotated[ResultFormat | None, typer.Option("--from", show_default=False)] = None,
    reporter: Annotated[str, typer.Option()] = "",
    manifest: Annotated[str, typer.Option()] = "",
    topic: Annotated[str, typer.Option()] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
) -> None:
    """Sends the reports of a file to the topics of their reporters."""
    from cli.result_files.read import read
    from cli.result_files.send import send, topics

    settings, now = config.load(), datetime.now(UTC)
    made = read(file, form, reporter, now, manifest)
    for warning in made.warnings:
        echo(warning, error=True)
    if dry_run:
        sys.stdout.writelines(f"{output.json_text(each)}\n" for each in made.reports)
        return
    raise typer.Exit(int(not send(settings, topics(made.reports, topic, settings))))


def _zone(settings: Settings, channel: str) -> str:
    """The time zone of the channel; of the command line without a channel."""
    if not channel:
        return output.zone(settings.timezone).key
    from handlers.messages.channel_locale import channel_timezone
    from handlers.reports.subscriptions import channel_of

    plugin, params = channel_of(channel)
    return channel_timezone(settings, plugin.NAME, params.channel)


def _period(*, daily: bool, weekly: bool, first: str, last: str, zone: str, now: datetime) -> ReportPeriod:
    """The period of the options. Raises InputError."""
    from insights.reports.period import Frequency, between, containing, latest_complete

    if (daily and weekly) or (last and (daily or weekly)):
        raise InputError(texts.TWO_PERIODS)
    if last and not first:
        raise InputError(texts.NO_FIRST)
    frequency = Frequency.WEEKLY if weekly else Frequency.DAILY
    if not first:
        return latest_complete(frequency, now, zone)
    begin, today = _day(first, "--from"), latest_complete(Frequency.DAILY, now, zone).after().first
    if begin > today:
        raise InputError(texts.IN_FUTURE(day=begin.isoformat()))
    if daily or weekly:
        return containing(frequency, begin, zone)
    end = _day(last, "--to") if last else today
    if begin > end:
        raise InputError(texts.BACKWARDS(first=begin.isoformat(), last=end.isoformat()))
    if end - begin >= timedelta(days=MOST_DAYS):
        raise InputError(texts.TOO_LONG(days=MOST_DAYS))
    return between(begin, end, zone)


def _day(text: str, option: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if day.isoformat() != text or not 1971 <= day.year <= 9998:
        raise InputError(texts.INVALID_DAY(value=text[:50], option=option))
    return day


def _built(settings: Settings, period: ReportPeriod, now: datetime) -> PeriodReport:
    from handlers import registry
    from insights.reports.build import build

    with database.opened(settings) as store:
        return build(store, settings, period, now, remediations=registry.remediations())


def _formatted(made: PeriodReport, form: ReportFormat) -> str:
    from handlers.reports.document import document
    from handlers.reports.page import as_page
    from handlers.reports.plain import as_markdown, as_text
    from handlers.reports.values import report_values

    language = config.language()
    if form is ReportFormat.JSON:
        return output.json_text(report_values(made), indent=2) + "\n"
    words = document(made)
    if form is ReportFormat.HTML:
        return as_page(words, language)
    if form is ReportFormat.MARKDOWN:
        return as_markdown(words, language)
    return "".join(
        f"{clean(line)}\n" for line in as_text(words, language, min(output.console().width, WIDTH)).splitlines()
    )


def _write(text: str, out: Path | None) -> None:
    if out is None:
        sys.stdout.write(text)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(texts.CANNOT_WRITE(file=str(out), error=error.strerror or str(error))) from error
    echo(texts.WRITTEN(file=str(out)))


def _send(settings: Settings, made: PeriodReport, channel: str, now: datetime) -> None:
    """Sends the report now, besides the scheduled ones. Raises InputError and ActionError."""
    from handlers.messages.channel_locale import channel_locale
    from handlers.reports.messages import report_message
    from handlers.reports.subscriptions import channel_of

    plugin, params = channel_of(channel)
    check_channel(plugin, params.channel, settings)
    locale = channel_locale(settings, plugin.NAME, params.channel, now)
    key = f"{settings.project}|{channel}|{now.isoformat()}"
    message = report_message(made, locale, key=key, dashboard_url=settings.dashboard_url)
    echo(plugin.send_report(settings, params, message, now))


def _list_scheduled(settings: Settings, now: datetime) -> None:
    from cli.views.report import print_scheduled
    from db.error_db import reports
    from handlers.reports.subscriptions import subscriptions

    scheduled = subscriptions(settings)
    with database.opened(settings) as store, store.reading() as session:
        states = {state.name: state for state in reports.listed(session)}
    print_scheduled(scheduled, states, now)
