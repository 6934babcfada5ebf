"""`hinomi access`: who has which access, since when and how, and whether it is used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import database
from cli.command_group import command_group
from cli.language import echo, localize
from cli.length_options import DAYS
from cli.point_in_time import moment
from cli.views import output
from insights.access.model import Level
from shared import config
from shared.errors import InputError
from shared.suggestions import question
from shared.texts import Text
from shared.texts.cli import access as texts

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from sqlalchemy.orm import Session

    from insights.access.model import AccessReport

app = command_group()

AtOption = Annotated[str, typer.Option("--at", show_default="now")]
DaysOption = Annotated[int, typer.Option("--days", min=1, max=400, metavar=DAYS)]
AsJson = Annotated[bool, typer.Option("--json")]


class Format(StrEnum):
    """The format of the report on unused grants."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


@app.command()
def who(
    resource: Annotated[str, typer.Argument()],
    *,
    may: Annotated[Level | None, typer.Option("--may")] = None,
    at: AtOption = "",
    days: DaysOption = 90,
    as_json: AsJson = False,
) -> None:
    """Everybody with access to a resource: granted on the resource or inherited, directly or through a group."""
    from insights.access import queries, similar_names
    from insights.access.answers.on_resource import grants_that_give
    from insights.access.resource_notation import resource_name

    with _session_at(at, always=as_json) as (session, time):
        name = resource_name(resource)
        if may:
            found = grants_that_give(session, may, name, time, days=days)
        else:
            found = queries.who(session, name, time, days=days)
        similar = [] if found.rows else similar_names.similar_resources(session, name, resource.strip())
        _show(found, time, texts.NOBODY, similar, as_json=as_json)


@app.command()
def of(
    principal: Annotated[str, typer.Argument()],
    *,
    at: AtOption = "",
    days: DaysOption = 90,
    as_json: AsJson = False,
) -> None:
    """The access of a principal: its own grants, grants to its groups and its domain, and grants to everybody."""
    from insights.access import queries, similar_names

    with _session_at(at, always=as_json) as (session, time):
        found = queries.of(session, _written(principal), time, days=days)
        similar = [] if found.rows else similar_names.similar_principals(session, principal.strip())
        _show(found, time, texts.NO_ACCESS, similar, as_json=as_json)


@app.command()
def diff(
    start: Annotated[str, typer.Argument(metavar="FROM")],
    end: Annotated[str, typer.Argument(metavar="TO")] = "now",
    *,
    as_json: AsJson = False,
) -> None:
    """Grants that began or ended between two times, and who changed them."""
    from cli.views.access import print_coverage, print_diff
    from insights.access import queries
    from insights.access.observations import coverage_of_all

    now = datetime.now(UTC)
    earlier, later = moment(start, now, "FROM"), moment(end, now, "TO")
    if earlier >= later:
        raise InputError(texts.FROM_AFTER_TO)
    with _session_at("", always=as_json) as (session, _):
        found = queries.diff(session, earlier, later)
        covered = coverage_of_all(session, later, earlier)
    if as_json:
        output.emit_json({"changes": found, "notes": covered.notes, "observations": covered.observations})
        return
    console = output.console()
    if found:
        print_diff(console, found, _zone())
    else:
        output.print_text(console, texts.NO_CHANGE)
    print_coverage(console, covered.observations, covered.limits, _zone())


@app.command()
def unused(
    *,
    days: DaysOption = 90,
    at: AtOption = "",
    with_unknown: Annotated[bool, typer.Option("--all")] = False,
    form: Annotated[Format, typer.Option("--format")] = Format.TABLE,
    as_json: AsJson = False,
) -> None:
    """Unused grants: a report for a security review.

    Without evidence the use of a grant is unknown, not unused. All grants are counted, with the reasons for unknown
    use.
    """
    from cli.views import unused_grants
    from insights.access import queries
    from insights.access.usage import UsageSummary

    with _session_at(at, always=as_json or form is not Format.TABLE) as (session, time):
        report = UsageSummary()
        rows = queries.unused(session, time, days=days, with_unknown=with_unknown, summary=report)
        if as_json or form is Format.JSON:
            unused_grants.write_json(rows, report)
        elif form is Format.CSV:
            unused_grants.write_csv(rows, report)
        elif form is Format.MARKDOWN:
            unused_grants.write_markdown(rows, report)
        else:
            unused_grants.print_table(rows, report, _zone())


@app.command()
def drift(
    *,
    at: AtOption = "",
    days: DaysOption = 90,
    file: Annotated[Path | None, typer.Option("--map", show_default="HINOMI_PLATFORM_FILE")] = None,
    with_all: Annotated[bool, typer.Option("--all")] = False,
    as_json: AsJson = False,
) -> None:
    """Grants that no persona of the platform map explains, and access that personas lack; exit code 1 if there are any.

    The most severe grants come first, each with its reason and the command that revokes it. Grants of Google's own
    agents, default grants of buckets and datasets, and Hinomi's own grants are only counted, unless they allow more
    than they should.
    """
    from cli.views.drift import as_json as drift_json
    from cli.views.drift import print_drift
    from insights.access.drift.compare import drift as compare
    from insights.access.platform_file import read

    settings = config.load()
    path = file or (Path(settings.platform_file) if settings.platform_file else None)
    if path is None:
        raise InputError(texts.NO_MAP)
    intended = read(path)
    with _session_at(at, always=as_json, status=1) as (session, time):
        found = compare(session, intended, time, days=days, with_all=with_all)
    if as_json:
        output.emit_json(drift_json(found, time))
    else:
        print_drift(output.console(), found, output.zone(settings.timezone), with_all=with_all)
    if not found.is_empty:
        raise typer.Exit(1)


@contextmanager
def _session_at(at: str, *, always: bool, status: int = 0) -> Iterator[tuple[Session, datetime]]:
    """A session on the Schema DB, and the requested time.

    If there is no snapshot of policies yet, the command prints what is missing and exits with `status`; with `always`
    it continues, because programs expect an answer.
    """
    from cli.views.empty_history import policies_text

    settings = config.load()
    time = moment(at, datetime.now(UTC), "--at")
    with database.schema_opened(settings) as store, store.reading() as session:
        if text := policies_text(session, settings):
            if not always:
                echo(text)
                raise typer.Exit(status)
            typer.echo(localize(text), err=True)
        yield session, time


def _written(principal: str) -> str:
    if not principal.strip():
        raise InputError(texts.NO_PRINCIPAL)
    return principal.strip()


def _show(answer: AccessReport, time: datetime, none: Text, similar: list[str], *, as_json: bool) -> None:
    """Prints the answer with its limits; without rows, similar names.

    Prints `none` if there are no rows and no similar names.
    """
    from cli.views.access import print_access, print_coverage, record_at

    if as_json:
        rows = [record_at(row, time) for row in answer.rows]
        output.emit_json(
            {"access": rows, "notes": answer.notes, "observations": answer.observations, "similar": similar}
        )
        return
    console = output.console()
    if answer.rows:
        print_access(console, answer.rows, _zone(), time)
    else:
        output.print_text(console, texts.UNKNOWN_ACCESS if answer.limits else none)
        if similar:
            output.print_text(console, question(similar), "bold")
    print_coverage(console, answer.observations, answer.limits, _zone())


def _zone() -> ZoneInfo:
    return output.zone(config.load().timezone)
