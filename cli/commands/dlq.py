"""`hinomi dlq`: rejected and undelivered messages, and their replay."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.command_group import command_group
from cli.dead_letters import failed_messages
from cli.dead_letters.failed_messages import FailedMessages, MessageFilter, MessageOrigin
from cli.dead_letters.messages import DEAD, REJECTED, FailedMessage, push_body
from cli.language import echo, localize
from cli.printable import clean
from cli.views import output
from shared import config
from shared.errors import InputError
from shared.texts import Text, evidence, joined
from shared.texts.cli import dlq as texts
from shared.texts.recognize import recognized

if TYPE_CHECKING:
    from main import Application

app = command_group()

OriginOption = Annotated[MessageOrigin | None, typer.Option("--from", show_default=False)]
SinceOption = Annotated[str, typer.Option()]
TextOption = Annotated[str, typer.Option()]
LimitOption = Annotated[int, typer.Option(min=1)]
JsonOption = Annotated[bool, typer.Option("--json")]
Send = Callable[[FailedMessage], None]


@app.command("list")
def list_messages(
    *,
    origin: OriginOption = None,
    since: SinceOption = "",
    text: TextOption = "",
    with_replayed: Annotated[bool, typer.Option("--all")] = False,
    limit: LimitOption = 1000,
    as_json: JsonOption = False,
) -> None:
    """List the messages: their number, since when, and why they failed. Listing removes no messages."""
    now = datetime.now(UTC)
    settings = config.load()
    with failed_messages.opened(settings, origin) as stored:
        messages = stored.messages(_filter(since, text, now, replayed=with_replayed), limit=limit)
    if origin is None and not settings.dead_letter_subscription:
        echo(texts.ONLY_ERROR_DB(problem=texts.NO_SUBSCRIPTION), error=True)
    if as_json:
        output.emit_json([_row(message) for message in messages])
        return
    echo(_summary(messages, now) if messages else _none(since, text))
    if messages:
        _print(messages, now)
    _warn_of_more(messages, limit)


def _warn_of_more(messages: list[FailedMessage], limit: int) -> None:
    if any(sum(one.source == source for one in messages) == limit for source in (REJECTED, DEAD)):
        echo(texts.MAYBE_MORE(limit=limit))


def _filter(since: str, text: str, now: datetime, *, replayed: bool) -> MessageFilter:
    from cli.point_in_time import moment

    return MessageFilter(moment(since, now, "--since") if since else None, text, replayed)


def _none(since: str, text: str) -> Text:
    used = [texts.SINCE(time=since)] * bool(since) + [texts.REASON_CONTAINS(text=text)] * bool(text)
    return texts.NO_MATCH(filters=joined(used)) if used else texts.NO_MESSAGES


def _summary(messages: list[FailedMessage], now: datetime) -> Text:
    counts = joined(
        texts.COUNTS[source](count=sum(one.source == source for one in messages)) for source in (REJECTED, DEAD)
    )
    return texts.SUMMARY(count=len(messages), counts=counts, age=output.ago(messages[0].time, now))


def _print(messages: list[FailedMessage], now: datetime) -> None:
    from cli.views.rows import print_rows

    rows = []
    for one in messages:
        replayed = output.ago(one.replayed_at, now) if one.replayed_at else ""
        cells = (one.id, output.ago(one.time, now), localize(one.text), replayed)
        rows.append([output.prose(cell) for cell in cells])
    columns = [texts.ID, texts.RECEIVED, texts.REASON, texts.REPLAYED]
    print_rows(output.console(), columns, rows, prose=[texts.REASON])


@app.command()
def show(
    message_id: Annotated[str, typer.Argument(metavar="ID")],
    *,
    limit: LimitOption = 1000,
    as_json: JsonOption = False,
) -> None:
    """Show a message, decoded."""
    with failed_messages.opened(config.load(), _origin_of([message_id])) as stored:
        (message,) = stored.chosen([message_id], limit=limit)
    answer = _decoded(message)
    if as_json:
        output.emit_json({**_row(message), "attributes": message.attributes, "data": answer})
        return
    output.print_details(output.console(), _facts(message))
    typer.echo()
    typer.echo(clean(answer) if isinstance(answer, str) else output.json_text(answer, indent=2))


def _facts(message: FailedMessage) -> list[tuple[str | Text, object]]:
    """The facts of a message, with times in the zone of HINOMI_TIMEZONE."""
    shown = {
        **_row(message),
        "source": localize(texts.SOURCES[message.source]),
        "reason": output.in_local_times(localize(message.text)),
    }
    tz = output.zone(config.timezone())
    pairs: list[tuple[str | Text, object]] = [
        (texts.ROWS[name], output.clock(value, tz) if isinstance(value, datetime) else value)
        for name, value in shown.items()
    ]
    return [*pairs, *((texts.ATTRIBUTE(name=clean(key)), value) for key, value in message.attributes.items())]


def _origin_of(ids: list[str]) -> MessageOrigin | None:
    """The source to open for these ids; without a subscription, the Error DB."""
    origin = failed_messages.origin_of(ids)
    return origin if config.load().dead_letter_subscription else None


def _row(message: FailedMessage) -> dict[str, Any]:
    return {
        "id": message.id,
        "source": message.source,
        "message_id": message.message_id,
        "time": message.time,
        "reason": message.reason,
        "attempts": message.attempts,
        "replayed_at": message.replayed_at,
    }


def _decoded(message: FailedMessage) -> Any:
    """The JSON document in a message, or its text."""
    import orjson

    data = message.body if message.data is None else message.data
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return data.decode("utf-8", "replace")


@app.command()
def replay(  # noqa: PLR0913 - one parameter for each option
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID…")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all")] = False,
    origin: OriginOption = None,
    since: SinceOption = "",
    text: TextOption = "",
    local: Annotated[bool, typer.Option("--local")] = False,
    again: Annotated[bool, typer.Option("--again")] = False,
    limit: LimitOption = 1000,
) -> None:
    """Replay messages after their cause is fixed. Events that are already recorded are not recorded twice."""
    if bool(ids) == everything:
        raise InputError(texts.IDS_OR_ALL)
    if ids and (origin or since or text):
        raise InputError(texts.FILTERS_NEED_ALL)
    settings = config.load()
    filters = _filter(since, text, datetime.now(UTC), replayed=again)
    with failed_messages.opened(settings, _origin_of(ids) if ids else origin) as stored, ExitStack() as stack:
        messages = stored.chosen(ids, limit=limit) if ids else stored.messages(filters, limit=limit)
        if not messages:
            echo(_none(since, text))
            return
        send = _locally(settings, stack) if local else _published(settings, stack)
        replayed = [message for message in messages if not (everything and _is_left_out(message))]
        failed = [message for message in replayed if not _one(stored, message, send, again=again)]
    if everything:
        _warn_of_more(messages, limit)
    if failed:
        raise typer.Exit(1)


def _is_left_out(message: FailedMessage) -> bool:
    """Whether --all omits the message, after printing it: a replay would turn it into a message of a trusted sender."""
    if message.is_untrusted:
        echo(texts.UNTRUSTED(id=message.id, reason=message.text))
    return message.is_untrusted


def _one(stored: FailedMessages, message: FailedMessage, send: Send, *, again: bool) -> bool:
    """Replays one message and prints the result; returns whether it succeeded. An error does not stop the others."""
    if message.replayed_at and not again:
        echo(texts.ALREADY_REPLAYED(id=message.id))
        return True
    stored.renew_lease()
    try:
        send(message)
    except InputError as error:
        typer.echo(clean(localize(texts.FAILED(id=message.id, error=error.full_text))), err=True)
        return False
    stored.mark_replayed(message)
    echo(texts.DONE(id=message.id))
    return True


def _published(settings: config.Settings, stack: ExitStack) -> Send:
    from cli.dead_letters import pubsub

    return stack.enter_context(pubsub.topic(settings.evidence_topic)).publish


def _locally(settings: config.Settings, stack: ExitStack) -> Send:
    from main import Application

    application = Application(settings)
    stack.callback(_close, application)
    pipeline = application.pipeline

    def send(message: FailedMessage) -> None:
        answer = pipeline.handle(push_body(message), datetime.now(UTC), route=message.route)
        if answer.startswith("rejected: "):
            raise InputError(texts.STILL(reason=recognized(answer.removeprefix("rejected: "), evidence)))

    return send


def _close(application: Application) -> None:
    application.store().engine.dispose()
    application.causes().close()
