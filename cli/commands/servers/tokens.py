"""`hinomi tokens`: tokens with which programs call the JSON API and show the badge."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli import database
from cli.command_group import command_group
from cli.language import echo, listed, localize
from cli.point_in_time import length
from cli.printable import clean
from cli.views import output
from shared import config
from shared.errors import InputError
from shared.suggestions import did_you_mean
from shared.texts.api import tokens as texts

if TYPE_CHECKING:
    from db.error_db.api_tokens import TokenView

app = command_group()

LONGEST = timedelta(days=366)


class ScopeOption(StrEnum):
    """The scopes in db/error_db/api_tokens; importing them here would import the database for the help page."""

    READ = "read"
    WRITE = "write"
    APPROVE = "approve"
    BADGE = "badge"


@app.command()
def add(
    name: Annotated[str, typer.Argument()],
    *,
    scope: Annotated[list[ScopeOption], typer.Option()],
    expires: Annotated[str, typer.Option("--expires")] = "90d",
) -> None:
    """Create a token and print it once."""
    from db.error_db import api_tokens

    now, lasts = datetime.now(UTC), length(expires, "--expires")
    if not api_tokens.NAME.fullmatch(name):
        raise InputError(texts.INVALID_NAME(name=clean(name)))
    if not timedelta() < lasts <= LONGEST:
        raise InputError(texts.INVALID_LENGTH(duration=expires))
    scopes = {api_tokens.TokenScope(str(each)) for each in scope}
    with database.opened(config.load()) as store, store.transaction(now) as transaction:
        made = api_tokens.create(
            transaction.session, name, scopes, by=getpass.getuser(), expires_at=now + lasts, now=now
        )
    if made is None:
        raise InputError(texts.NAME_TAKEN(name=name))
    typer.echo(made)
    typer.echo(localize(texts.ONLY_NOW(until=f"{now + lasts:%Y-%m-%d}")), err=True)


@app.command("list")
def list_tokens(*, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """The tokens with their scopes and latest use, without their secret values."""
    from db.error_db import api_tokens

    now = datetime.now(UTC)
    with database.opened(config.load()) as store, store.reading() as session:
        found = api_tokens.listed(session)
    if as_json:
        output.emit_json(found)
    elif found:
        _print(found, now)
    else:
        echo(texts.NO_TOKENS)


@app.command()
def revoke(names: Annotated[list[str], typer.Argument(metavar="NAME...")]) -> None:
    """Revoke tokens. They are rejected from now on."""
    from db.error_db import api_tokens

    now = datetime.now(UTC)
    with database.opened(config.load()) as store, store.transaction(now) as transaction:
        for name in dict.fromkeys(names):
            if not api_tokens.revoke(transaction.session, name, by=getpass.getuser(), now=now):
                valid = (each.name for each in api_tokens.listed(transaction.session) if each.revoked_at is None)
                near = did_you_mean(name, valid) or texts.SHOW_TOKENS
                raise InputError(texts.NO_TOKEN(name=clean(name), suggestion=near))
    for name in dict.fromkeys(names):
        echo(texts.REVOKED(name=name))


def _print(tokens: list[TokenView], now: datetime) -> None:
    from cli.views.rows import print_rows

    rows = []
    for token in tokens:
        used = output.ago(token.last_used_at, now) if token.last_used_at else localize(texts.NEVER)
        created = texts.CREATED_BY(day=f"{token.created_at:%Y-%m-%d}", by=token.created_by)
        cells = (token.name, listed(token.scopes), _state(token, now), used, localize(created))
        rows.append([output.styled(cell) for cell in cells])
    columns = [texts.NAME, texts.SCOPES, texts.STATE, texts.LAST_USED, texts.CREATED]
    print_rows(output.console(), columns, rows)


def _state(token: TokenView, now: datetime) -> str:
    if token.revoked_at is not None:
        return localize(texts.WAS_REVOKED(day=f"{token.revoked_at:%Y-%m-%d}", by=token.revoked_by or ""))
    template = texts.VALID_UNTIL if token.is_valid(now) else texts.EXPIRED
    return localize(template(day=f"{token.expires_at:%Y-%m-%d}"))
