"""`hinomi dlq`: messages that came to nothing, and how they get a second chance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import database, output
from cli.letters import DEAD, REJECTED, Letter, from_row, push_body
from shared import config
from shared.errors import InputError

if TYPE_CHECKING:
    from cli.pubsub import Subscription
    from db.error_db.store import ErrorStore
    from main import Application

app = typer.Typer(help="Rejected and undeliverable messages: list, show, replay.", no_args_is_help=True)

LimitOption = Annotated[int, typer.Option(min=1, help="At most so many dead letters.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Send = Callable[[Letter], None]


class Box:
    """The letters of the Error DB and of the dead-letter subscription, if there is one."""

    def __init__(self, store: ErrorStore, dead: Subscription | None) -> None:
        self.store = store
        self.dead = dead

    def letters(self, *, limit: int, replayed: bool) -> list[Letter]:
        """Every letter, the oldest first."""
        from db.error_db import rejected

        with self.store.reading() as session:
            found = [from_row(row) for row in rejected.listed(session, replayed=replayed)]
        found += self.dead.letters(limit) if self.dead else []
        return sorted(found, key=lambda letter: letter.time)

    def chosen(self, ids: list[str], *, limit: int) -> list[Letter]:
        """The letters with these ids, each once. Raises InputError for one that is not there."""
        known = {letter.id: letter for letter in self.letters(limit=limit, replayed=True)}
        for one in ids:
            if one not in known:
                raise InputError(f"there is no message '{one}': `hinomi dlq list` shows which there are")
        return [known[one] for one in dict.fromkeys(ids)]


@contextmanager
def _box(settings: config.Settings) -> Iterator[Box]:
    with ExitStack() as stack:
        store = stack.enter_context(database.opened(settings))
        dead = None
        if settings.dead_letter_subscription:
            from cli import pubsub

            dead = stack.enter_context(pubsub.subscription(settings.dead_letter_subscription))
        yield Box(store, dead)


@app.command("list")
def list_letters(
    *,
    with_replayed: Annotated[bool, typer.Option("--all", help="Also rejected messages that were replayed.")] = False,
    limit: LimitOption = 1000,
    as_json: JsonOption = False,
) -> None:
    """What waits: how many, since when, and why."""
    now = datetime.now(UTC)
    with _box(config.load()) as box:
        letters = box.letters(limit=limit, replayed=with_replayed)
    if as_json:
        output.emit_json([_row(letter) for letter in letters])
        return
    typer.echo(_summary(letters, now))
    if letters:
        _print(letters, now)


def _summary(letters: list[Letter], now: datetime) -> str:
    if not letters:
        return "nothing waits"
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
    letter_id: Annotated[str, typer.Argument(metavar="ID", help="As the list shows it.")],
    *,
    limit: LimitOption = 1000,
    as_json: JsonOption = False,
) -> None:
    """One message, decoded."""
    with _box(config.load()) as box:
        (letter,) = box.chosen([letter_id], limit=limit)
    said = _decoded(letter)
    if as_json:
        output.emit_json({**_row(letter), "attributes": letter.attributes, "data": said})
        return
    pairs = [*_row(letter).items(), *((f"attribute {key}", value) for key, value in letter.attributes.items())]
    output.console().print(output.details(pairs))
    typer.echo()
    typer.echo(output.clean(said) if isinstance(said, str) else output.json_text(said, indent=2))


def _row(letter: Letter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "source": letter.source,
        "message_id": letter.message_id,
        "time": letter.time,
        "reason": letter.reason,
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
def replay(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID…", help="As the list shows them.")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All that wait.")] = False,
    local: Annotated[
        bool, typer.Option("--local", help="Handle them here, in this process, instead of publishing them.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Also rejected messages that were replayed before.")] = False,
    limit: LimitOption = 1000,
) -> None:
    """Send messages again, once what was wrong is mended. What was already recorded is not recorded twice."""
    if bool(ids) == everything:
        raise InputError("name messages, or give --all")
    settings = config.load()
    with _box(settings) as box, ExitStack() as stack:
        letters = box.chosen(ids, limit=limit) if ids else box.letters(limit=limit, replayed=again)
        if not letters:
            typer.echo("nothing waits")
            return
        send = _locally(settings, stack) if local else _published(settings, stack)
        failed = [letter for letter in letters if not _one(box, letter, send, again=again)]
    if failed:
        raise typer.Exit(1)


def _one(box: Box, letter: Letter, send: Send, *, again: bool) -> bool:
    """Replays one letter and says so; the others do not suffer when it fails."""
    if letter.replayed_at and not again:
        typer.echo(f"{letter.id} was replayed before: give --again to send it once more")
        return True
    try:
        send(letter)
    except InputError as error:
        typer.echo(f"{letter.id}: {output.clean(error)}", err=True)
        return False
    if letter.source == DEAD and box.dead:
        box.dead.acknowledge(letter)
    else:
        _mark(box.store, letter)
    typer.echo(f"{letter.id} is replayed")
    return True


def _mark(store: ErrorStore, letter: Letter) -> None:
    """Only after the message is safe: a crash before it costs a second replay, which adds nothing."""
    from db.error_db import rejected

    now = datetime.now(UTC)
    with store.transaction(now) as transaction:
        rejected.mark_replayed(transaction.session, int(letter.id[1:]), now)


def _published(settings: config.Settings, stack: ExitStack) -> Send:
    from cli import pubsub

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
