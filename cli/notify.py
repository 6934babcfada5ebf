"""`hinomi notify-test`: one test card to a Teams channel, and what came back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from shared.errors import ActionError, InputError

if TYPE_CHECKING:
    from handlers.notifiers._workflows import Answer

app = typer.Typer(add_completion=False)

MAX_SHOWN = 300


@app.command()
def notify_test(
    channel: Annotated[str, typer.Option(help="The channel: HINOMI_TEAMS_WEBHOOK_URL_<CHANNEL>.")] = "default",
    lang: Annotated[str, typer.Option(help="Language of the card: en or ja. [default: HINOMI_LANGUAGE]")] = "",
) -> None:
    """Sends one test card and says what came back. Exit code 1 when it was not accepted."""
    from handlers.cards.probe import probe_message
    from handlers.i18n import TABLES, Words
    from handlers.notifiers._workflows import judge, post
    from handlers.notifiers.teams import setting
    from shared import config

    settings = config.load()
    if lang and lang not in TABLES:
        raise InputError(f"--lang is '{lang}': give {' or '.join(TABLES)}")
    settings = replace(settings, language=lang or settings.language)
    webhook = settings.webhook(channel.lower())
    now = datetime.now(UTC)
    words = Words(settings.language, settings.timezone, now)
    try:
        answer = post(webhook, probe_message(channel, words, settings.dashboard_url))
        _tell(answer)
        judge(answer, setting(channel.lower()), now)
    except ActionError as error:
        typer.echo(_clean(error.message), err=True)
        raise typer.Exit(1) from None
    typer.echo("Accepted: the workflow was started. Whether it posted the card only the channel can tell: look there.")


def _tell(answer: Answer) -> None:
    typer.echo(f"HTTP {answer.status} after {answer.seconds:.2f} s")
    body = _clean(" ".join(answer.text.split()))
    if body:
        typer.echo(f"Body: {body[:MAX_SHOWN]}{'…' if len(body) > MAX_SHOWN else ''}")


def _clean(text: str) -> str:
    from cli.output import clean

    return clean(text)
