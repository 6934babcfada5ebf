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
    lang: Annotated[str, typer.Option(help="Language of the card, en or ja, instead of HINOMI_LANGUAGE.")] = "",
) -> None:
    """Sends one test card and says what came back. Exit code 1 when it was not accepted."""
    from handlers.cards.test_card import probe_message
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
    answer = post(webhook, probe_message(channel, words, settings.dashboard_url))
    _tell(answer)
    try:
        judge(answer, setting(channel.lower()), now)
    except ActionError as error:
        if error.permanent:
            raise
        raise ActionError(f"{error.message}: try again later", permanent=False) from error
    typer.echo("Accepted: the workflow was started. Whether it posted the card only the channel can tell: look there.")


def _tell(answer: Answer) -> None:
    from cli.views.output import clean

    typer.echo(f"HTTP {answer.status} after {answer.seconds:.2f} s")
    body = clean(" ".join(answer.text.split()))
    if body:
        typer.echo(f"Body: {body[:MAX_SHOWN]}{'…' if len(body) > MAX_SHOWN else ''}")
