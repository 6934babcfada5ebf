"""`hinomi dlq`: messages that came to nothing, and how they get a second chance."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.command_group import command_group
from cli.dead_letters import sources
from cli.dead_letters.messages import DEAD, REJECTED, Letter, push_body
from cli.dead_letters.sources import Box, Place, Wanted
from cli.views import output
from shared import config
from shared.errors import InputError

if TYPE_CHECKING:
    from main import Application

app = command_group()

PlaceOption = Annotated[Place | None, typer.Option("--from", show_default=False)]
SinceOption = Annotated[str, typer.Option()]
TextOption = Annotated[str, typer.Option()]
LimitOption = Annotated[int, typer.Option(min=1)]
JsonOption = Annotated[bool, typer.Option("--json")]
Send = Callable[[Letter], None]


@app.command("list")
def list_letters(
    *,
    place: PlaceOption = None,
    since: SinceOption = "",
    text: TextOption = "",
    with_replayed: Annotated[bool, typer.Option("--all")] = False,
    limit: LimitOption = 1000,
    as_json: JsonOption = False,
) -> None:
    """What waits: how many, since when, and why. Nothing is taken away by looking."""
    now = datetime.now(UTC)
    settings = config.load()
    with sources.opened(settings, place) as box:
        letters = box.letters(_wanted(since, text, now, replayed=with_replayed), limit=limit)
    if place is None and not settings.dead_letter_subscription:
        typer.echo(f"hinomi: {sources.NO_SUBSCRIPTION}: only the Error DB was looked at", err=True)
    if as_json:
        output.emit_json([_row(letter) for letter in letters])
        return
    typer.echo(_summary(letters, now) if letters else _none(since, text))
    if letters:
        _print(letters, now)
    _say_if_more(letters, limit)


def _say_if_more(letters: list[Letter], limit: int) -> None:
    if any(sum(one.source == source for one in letters) == limit for source in (REJECTED, DEAD)):
        typer.echo(f"There may be more than {limit} in one place: raise --limit.")


def _wanted(since: str, text: str, now: datetime, *, replayed: bool) -> Wanted:
    from cli.point_in_time import moment

    return Wanted(moment(since, now, "--since") if since else None, text, replayed)


def _none(since: str, text: str) -> str:
    asked = [f"since {output.clean(since)}"] * bool(since) + [f"reason contains '{output.clean(text)}'"] * bool(text)
    return "No rejected or undelivered messages" + (f" match ({', '.join(asked)})." if asked else ".")


def _summary(letters: list[Letter], now: datetime) -> str:
    counts = ", ".join(f"{sum(one.source == source for one in letters)} {source}" for source in (REJECTED, DEAD))
    return f"{output.plural(len(letters), 'message')} ({counts}), the oldest {output.ago(letters[0].time, now)}"


def _print(letters: list[Letter], now: datetime) -> None:
    listing = output.table(["id", "came", "reason", "replayed"], ratios={"reason": 1})
    for one in letters:
        replayed = output.ago(one.replayed_at, now) if one.replayed_at else ""
        cells = (one.id, output.ago(one.time, now), one.reason, replayed)
        listing.add_row(*(output.styled(cell) for cell in cells))
    output.console().print(listing)


@app.command()
def show(
    letter_id: Annotated[str, typer.Argument(metavar="ID")],
    *,
    limit: LimitOption = 1000,
    as_json: JsonOption = False,
) -> None:
    """One message, decoded."""
    with sources.opened(config.load(), _place_of([letter_id])) as box:
        (letter,) = box.chosen([letter_id], limit=limit)
    said = _decoded(letter)
    if as_json:
        output.emit_json({**_row(letter), "attributes": letter.attributes, "data": said})
        return
    pairs = [*_row(letter).items(), *((f"attribute {key}", value) for key, value in letter.attributes.items())]
    output.console().print(output.details((output.clean(name), value) for name, value in pairs))
    typer.echo()
    typer.echo(output.clean(said) if isinstance(said, str) else output.json_text(said, indent=2))


def _place_of(ids: list[str]) -> Place | None:
    """Where the ids are looked up; in the Error DB when there is no other place."""
    place = sources.place_of(ids)
    return place if config.load().dead_letter_subscription else None


def _row(letter: Letter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "source": letter.source,
        "message_id": letter.message_id,
        "time": letter.time,
        "reason": letter.reason,
        "attempts": letter.attempts,
        "replayed_at": letter.replayed_at,
    }


def _decoded(letter: Letter) -> Any:
    """The JSON document in a message, otherwise what it holds as text."""
    import orjson

    data = letter.body if letter.data is None else letter.data
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return data.decode("utf-8", "replace")


@app.command()
def replay(  # noqa: PLR0913 - one parameter for each option
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID…")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all")] = False,
    place: PlaceOption = None,
    since: SinceOption = "",
    text: TextOption = "",
    local: Annotated[bool, typer.Option("--local")] = False,
    again: Annotated[bool, typer.Option("--again")] = False,
    limit: LimitOption = 1000,
) -> None:
    """Send messages again, once what was wrong is mended. What was already recorded is not recorded twice."""
    if bool(ids) == everything:
        raise InputError("name messages, or give --all")
    if ids and (place or since or text):
        raise InputError("--from, --since and --text choose among all: give them with --all")
    settings = config.load()
    wanted = _wanted(since, text, datetime.now(UTC), replayed=again)
    with sources.opened(settings, _place_of(ids) if ids else place) as box, ExitStack() as stack:
        letters = box.chosen(ids, limit=limit) if ids else box.letters(wanted, limit=limit)
        if not letters:
            typer.echo(_none(since, text))
            return
        send = _locally(settings, stack) if local else _published(settings, stack)
        failed = [letter for letter in letters if not _one(box, letter, send, again=again)]
    if everything:
        _say_if_more(letters, limit)
    if failed:
        raise typer.Exit(1)


def _one(box: Box, letter: Letter, send: Send, *, again: bool) -> bool:
    """Replays one letter and says so; the others do not suffer when it fails."""
    if letter.replayed_at and not again:
        typer.echo(f"{letter.id} was replayed before: give --again to send it once more")
        return True
    box.keep()
    try:
        send(letter)
    except InputError as error:
        typer.echo(f"{letter.id}: {output.clean(error)}", err=True)
        return False
    box.settle(letter)
    typer.echo(f"{letter.id} is replayed")
    return True


def _published(settings: config.Settings, stack: ExitStack) -> Send:
    from cli.dead_letters import pubsub

    return stack.enter_context(pubsub.topic(settings.evidence_topic)).publish


def _locally(settings: config.Settings, stack: ExitStack) -> Send:
    from main import Application

    application = Application(settings)
    stack.callback(_close, application)
    pipeline = application.pipeline

    def send(letter: Letter) -> None:
        said = pipeline.handle(push_body(letter), datetime.now(UTC))
        if said.startswith("rejected: "):
            raise InputError(f"still {said}")

    return send


def _close(application: Application) -> None:
    application.store().engine.dispose()
    application.causes().close()
