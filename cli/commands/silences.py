"""`hinomi silences`: mute actions for a while. Incidents that match are still recorded."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import database
from cli.command_group import command_group
from cli.views import output
from shared import config
from shared.durations import format_duration, parse_duration
from shared.errors import InputError
from shared.model import IncidentKind, Severity, Status

if TYPE_CHECKING:
    from rich.table import Table

    from handlers.spec import Match
    from shared.records import SilenceView

app = command_group("Mute actions for a while: add, list, expire.")

LONGEST = timedelta(days=366)
MOST_COUNTED = 1000  # unresolved incidents, the latest, that a new silence is compared with

Patterns = Annotated[list[str] | None, typer.Option(help="Pattern such as 'etl-*'; may be repeated.")]


@app.command()
def add(  # noqa: PLR0913 - one parameter for each option
    *,
    length: Annotated[str, typer.Option("--for", help="For how long, such as 30m, 2h, 3d or 1w.")],
    reason: Annotated[str, typer.Option(help="Why; kept with the silence.")],
    owner: Annotated[str | None, typer.Option(help="Who is responsible for it (default: you).")] = None,
    kind: Annotated[list[IncidentKind] | None, typer.Option(help="Incidents of this kind; may be repeated.")] = None,
    service: Patterns = None,
    rule: Patterns = None,
    resource: Patterns = None,
    principal: Patterns = None,
    project: Patterns = None,
    severity: Annotated[Severity | None, typer.Option(help="Incidents that are at least this severe.")] = None,
    label: Annotated[list[str] | None, typer.Option(help="NAME=PATTERN; may be repeated.")] = None,
) -> None:
    """Silence the incidents that match every given option. They are recorded, but no handler rule acts on them."""
    from db.error_db import silences

    patterns = {
        "kind": kind, "service": service, "rule": rule, "resource": resource, "principal": principal, "project": project
    }  # fmt: skip
    match = _match(patterns, severity, label or [])
    settings = config.load()
    if rule:
        from cli.rule_names import check_rule_patterns, rule_names

        check_rule_patterns(rule, rule_names(settings))
    now = datetime.now(UTC)
    until = now + _length(length)
    with database.opened(settings) as store, store.transaction(now) as transaction:
        made = silences.add(
            transaction.session,
            matcher=match.as_dict(),
            owner=owner or getpass.getuser(),
            reason=reason,
            starts_at=now,
            expires_at=until,
            now=now,
        )
        matching = _matching(transaction.session, match)
    console = output.console()
    console.print(
        output.styled(
            f"silence {made.id} is active for {format_duration(until - now, units=1)}: {matcher_text(made.matcher)}"
        )
    )
    console.print(f"It matches {output.plural(matching, 'unresolved incident')} now.")


@app.command("list")
def list_silences(
    *,
    with_expired: Annotated[bool, typer.Option("--all", help="Include expired silences.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Silences, the one that expires next first, and how many actions each has muted."""
    from db.error_db import silences

    now = datetime.now(UTC)
    with database.opened(config.load()) as store, store.reading() as session:
        found = silences.listed(session, now, with_expired=with_expired)
    if as_json:
        output.emit_json(found)
    else:
        output.console().print(
            _table(found, now) if found else "No silences." if with_expired else "No active silences."
        )


@app.command()
def expire(
    ids: Annotated[list[int], typer.Argument(min=1, max=database.MAX_ID, help="Silence ids, as `list` shows them.")],
) -> None:
    """Expire silences now."""
    from db.error_db import silences

    now = datetime.now(UTC)
    with database.opened(config.load()) as store, store.transaction(now) as transaction:
        for silence_id in dict.fromkeys(ids):
            if not silences.expire(transaction.session, silence_id, now):
                raise InputError(f"no active silence {silence_id}: `hinomi silences list` shows the active ones")
    for silence_id in dict.fromkeys(ids):
        output.console().print(f"silence {silence_id} has expired")


def matcher_text(matcher: dict[str, Any]) -> str:
    """The match block of a silence in one line, such as `service bigquery|storage, label dag=etl-*`."""
    parts = []
    for name, value in matcher.items():
        if name == "labels":
            parts += [f"label {label}={'|'.join(patterns)}" for label, patterns in value.items()]
        elif name == "severity":
            parts.append(f"severity {value} or above")
        else:
            parts.append(f"{name} {'|'.join(value)}")
    return ", ".join(parts)


def _match(patterns: dict[str, Any], severity: Severity | None, labels: list[str]) -> Match:
    from handlers.spec import Match

    block: dict[str, Any] = {name: [str(item) for item in given] for name, given in patterns.items() if given}
    if severity:
        block["severity"] = str(severity)
    for text in labels:
        name, equals, pattern = text.partition("=")
        if not (name and equals and pattern):
            raise InputError(f"invalid label '{text}': use NAME=PATTERN, such as dag=etl-*")
        block.setdefault("labels", {}).setdefault(name, []).append(pattern)
    if not block:
        raise InputError(
            "a silence needs at least one of --kind, --service, --rule, --resource, … (see 'hinomi silences add --help')"
        )
    return Match.from_dict(block)


def _length(text: str) -> timedelta:
    length = parse_duration(text)
    if length > LONGEST:
        raise InputError(f"--for {text} is longer than a year: remove or disable the handler rule instead")
    return length


def _matching(session: Any, match: Match) -> int:
    """How many of the latest unresolved incidents the silence matches."""
    from db.error_db import queries
    from handlers.match import mismatch

    unresolved = queries.IncidentFilter(status=(Status.OPEN, Status.ACKNOWLEDGED))
    return sum(mismatch(match, view) is None for view in queries.incidents(session, unresolved, limit=MOST_COUNTED))


def _table(silences: list[SilenceView], now: datetime) -> Table:
    made = output.table(["id", "state", "expires", "muted", "matches", "reason", "owner"], right=["id", "muted"])
    for silence in silences:
        made.add_row(
            str(silence.id),
            _state(silence, now),
            output.ago(silence.expires_at, now),
            f"{silence.hidden_count:,}",
            output.styled(matcher_text(silence.matcher)),
            output.styled(silence.reason),
            output.styled(silence.owner),
        )
    return made


def _state(silence: SilenceView, now: datetime) -> str:
    if silence.expires_at <= now:
        return "expired"
    return "active" if silence.starts_at <= now else "planned"
