"""`hinomi notify-test`: one test message to a channel, and the response."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.channel_names import check_channel
from cli.command_group import single_command
from cli.printable import clean
from shared.errors import ActionError, HinomiError, InputError
from shared.suggestions import listed
from shared.texts.cli import notify_test

if TYPE_CHECKING:
    from handlers.context import Notifier
    from shared.config import Settings
    from shared.texts import Text

app = single_command()


@app.command("notify-test")
def send_test_message(
    notifier: Annotated[str, typer.Option()] = "",
    channel: Annotated[str, typer.Option()] = "default",
    lang: Annotated[str, typer.Option()] = "",
) -> None:
    """Send a test message and show the response; exit code 1 if it was rejected."""
    from handlers import registry
    from handlers.messages.channel_locale import with_language
    from shared import config
    from shared.texts import LANGUAGES, actions, as_text

    settings = config.load()
    if lang and lang not in LANGUAGES:
        raise InputError(notify_test.INVALID_LANGUAGE(value=lang, languages=listed(LANGUAGES)))
    plugin = registry.find_notifier(notifier or _only_one(settings))
    params = registry.params(plugin, {"channel": channel.lower()})
    check_channel(plugin, params.channel, settings)
    if lang:
        settings = with_language(settings, plugin.NAME, params.channel, lang)
    try:
        for line in _sent(plugin, settings, params):
            typer.echo(clean(as_text(line).in_language(settings.language)))
    except ActionError as error:
        if error.permanent:
            raise
        raise ActionError(actions.TRY_LATER(error=error.text), permanent=False) from error
    _try_if_broken(settings, f"{plugin.NAME}:{params.channel}")


def _sent(plugin: Notifier, settings: Settings, params: Any) -> Iterator[Text]:
    """Sends the test message; the lines about it. Raises ActionError for every failure, also of a library: without the URL."""
    from handlers.errors import translated

    with translated(plugin.NAME):
        yield from plugin.send_test(settings, params, datetime.now(UTC))


def _try_if_broken(settings: Settings, name: str) -> None:
    """After an accepted test message, makes the pending notifications of a broken channel due at once."""
    from cli import own_health

    try:
        waits = own_health.try_channel(settings, name, datetime.now(UTC))
    except HinomiError as error:
        typer.echo(clean(notify_test.NOT_TRIED(error=error.text).in_language(settings.language)))
        return
    if waits is not None:
        message = notify_test.TRIED if waits else notify_test.WORKS
        typer.echo(clean(message(channel=name).in_language(settings.language)))


def _only_one(settings: Settings) -> str:
    """The configured notifier, or the only one. Raises InputError when that is ambiguous."""
    from handlers import registry
    from handlers.declared_settings import declared

    owners = {
        each.owner
        for each in declared()
        if each.part == "notifiers" and any(each.setting.name_in(name) for name in settings.environment)
    }
    candidates = sorted(owners) or list(registry.notifiers())
    if len(candidates) != 1:
        ambiguous = notify_test.SEVERAL_NOTIFIERS if owners else notify_test.NO_NOTIFIER
        raise InputError(ambiguous(names=listed(candidates)))
    return candidates[0]
