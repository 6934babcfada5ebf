"""`hinomi oncall`: who is on call, and the next handovers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import database
from cli.command_group import single_command
from cli.language import echo, localize
from cli.point_in_time import any_time
from cli.views import output
from shared import config
from shared.errors import InputError
from shared.texts import Text
from shared.texts.cli import handlers as texts

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from shared.calendar.rotation import Rotation

app = single_command()

FURTHEST = timedelta(days=3660)


@app.command("oncall")
def oncall(
    *,
    at: Annotated[str, typer.Option()] = "now",
    handovers: Annotated[int, typer.Option(min=0, max=50)] = 3,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Show who is on call, and the next handovers, of the rotations that were applied with the handler rules."""
    from handlers.escalation.on_call import rotations
    from handlers.versions.apply import defaults_of

    settings, now = config.load(), datetime.now(UTC)
    moment = any_time(at, now, "--at")
    if abs(moment - now) > FURTHEST:
        raise InputError(texts.TOO_FAR(time=at))
    with database.opened(settings) as store, store.reading() as session:
        found = rotations(defaults_of(session))
    facts = [_facts(name, rotation, moment, handovers) for name, rotation in found.items()]
    if as_json:
        output.emit_json(facts)
    elif not facts:
        echo(texts.NO_ROTATIONS)
    for each in facts if not as_json else ():
        _show(each, output.zone(settings.timezone))


def _facts(name: str, rotation: Rotation, moment: datetime, count: int) -> dict[str, Any]:
    following = [{"at": at, "person": person} for at, person in islice(rotation.handovers(moment), count)]
    return {"rotation": name, "person": rotation.on_call(moment), "at": moment, "handovers": following}


def _show(facts: dict[str, Any], zone: ZoneInfo) -> None:
    headline = texts.ON_CALL(rotation=facts["rotation"], person=facts["person"], at=output.clock(facts["at"], zone))
    output.console().print(output.styled(localize(headline), "bold"))
    pairs: list[tuple[str | Text, object]] = [
        (output.clock(each["at"], zone), each["person"]) for each in facts["handovers"]
    ]
    if pairs:
        output.print_details(output.console(), pairs, indent=2)
    else:
        echo(texts.NO_HANDOVERS)
