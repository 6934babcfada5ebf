"""`hinomi silences`: suppress actions for a while. Matching incidents are still recorded."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import database
from cli.command_group import command_group
from cli.language import localize
from cli.point_in_time import length as duration_of
from cli.point_in_time import upcoming
from cli.views import output
from shared import config
from shared.errors import InputError
from shared.model import IncidentKind, Severity, Status
from shared.texts import SPACE, Text, joined
from shared.texts.cli import silences as texts

if TYPE_CHECKING:
    from handlers.spec import Match
    from shared.records import SilenceView

app = command_group()

LONGEST = timedelta(days=366)
LONG_LASTING, SOON = timedelta(days=30), timedelta(days=7)  # a long silence is named before it expires
MOST_COUNTED = 1000  # unresolved incidents, the latest, that a new silence is compared with

Patterns = Annotated[list[str] | None, typer.Option()]


@app.command()
def add(  # noqa: PLR0913 - one parameter for each option
    *,
    length: Annotated[str, typer.Option("--for")] = "",
    every: Annotated[list[str] | None, typer.Option()] = None,
    timezone: Annotated[str, typer.Option()] = "",
    starts: Annotated[str, typer.Option(show_default=False)] = "now",
    reason: Annotated[str, typer.Option()],
    owner: Annotated[str | None, typer.Option()] = None,
    kind: Annotated[list[IncidentKind] | None, typer.Option()] = None,
    service: Patterns = None,
    rule: Patterns = None,
    resource: Patterns = None,
    principal: Patterns = None,
    project: Patterns = None,
    severity: Annotated[Severity | None, typer.Option()] = None,
    label: Annotated[list[str] | None, typer.Option()] = None,
    yes: Annotated[bool, typer.Option("--yes")] = False,
) -> None:
    """Silence the incidents that match every given option. They are recorded, but no handler rule acts on them."""
    from db.error_db import silences

    patterns = {
        "kind": kind, "service": service, "rule": rule, "resource": resource, "principal": principal, "project": project
    }  # fmt: skip
    match = _match(patterns, severity, label or [])
    settings = config.load()
    _check_names(rule or [], service or [], settings)
    now = datetime.now(UTC)
    begin = _begin(starts, now)
    recurrence = _recurrence(every or [], timezone or settings.timezone)
    lasts = _length(length, is_recurring=bool(recurrence))
    reasons = _broad_respects(match, lasts, is_recurring=bool(recurrence))
    with database.opened(settings) as store, store.transaction(now) as transaction:
        _show_extent(transaction.session, match, now, is_broad=bool(reasons))
        if reasons and not yes:
            raise InputError(texts.CONFIRM(reasons=joined(reasons)))
        made = silences.add(
            transaction.session,
            matcher=match.as_dict(),
            owner=owner or getpass.getuser(),
            reason=reason,
            starts_at=begin,
            expires_at=begin + lasts,
            now=now,
        )
        made = silences.limit(transaction.session, made, recurrence) if recurrence else made
        matching = _matching(transaction.session, match)
        mistyped = [] if matching else _mistyped(transaction.session, match)
    for line in (_added(made, now, settings), texts.MATCHING(count=matching), *mistyped):
        output.print_text(output.console(), line)


@app.command("list")
def list_silences(
    *,
    with_expired: Annotated[bool, typer.Option("--all")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Silences, in the order of their expiry, with the number of suppressed actions."""
    from db.error_db import silences

    now = datetime.now(UTC)
    with database.opened(config.load()) as store, store.reading() as session:
        found = silences.listed(session, now, with_expired=with_expired)
    if as_json:
        output.emit_json(found)
    else:
        none = texts.NO_SILENCES if with_expired else texts.NO_ACTIVE_SILENCES
        if found:
            _print(found, now)
        else:
            output.console().print(localize(none))
        for silence in found:
            _warn(silence, now)


@app.command()
def extend(
    ids: Annotated[list[int], typer.Argument(min=1, max=database.MAX_ID)],
    *,
    length: Annotated[str, typer.Option("--for")],
    yes: Annotated[bool, typer.Option("--yes")] = False,
) -> None:
    """Extend active silences by a duration."""
    from db.error_db import silences

    now, more = datetime.now(UTC), duration_of(length, "--for")
    settings = config.load()
    lines = []
    with database.opened(settings) as store, store.transaction(now) as transaction:
        for silence_id in dict.fromkeys(ids):
            until = silences.extend(transaction.session, silence_id, more, now)
            if until is None:
                raise InputError(texts.NOT_ACTIVE(id=silence_id))
            if until - now > LONGEST:
                raise InputError(texts.TOO_LONG(duration=length))
            if until - now > LONG_LASTING and not yes:
                raise InputError(texts.CONFIRM(reasons=texts.LONG(days=(until - now).days)))
            lines.append(texts.EXTENDED(id=silence_id, at=output.clock(until, output.zone(settings.timezone))))
    for line in lines:
        output.console().print(localize(line))


@app.command()
def expire(
    ids: Annotated[list[int], typer.Argument(min=1, max=database.MAX_ID)],
) -> None:
    """Expire silences now."""
    from db.error_db import silences

    now = datetime.now(UTC)
    with database.opened(config.load()) as store, store.transaction(now) as transaction:
        for silence_id in dict.fromkeys(ids):
            if not silences.expire(transaction.session, silence_id, now):
                raise InputError(texts.NOT_ACTIVE(id=silence_id))
    for silence_id in dict.fromkeys(ids):
        output.console().print(localize(texts.EXPIRED(id=silence_id)))


def _matcher_text(matcher: dict[str, Any]) -> Text:
    from handlers.silences.matcher import matcher_text

    return matcher_text(matcher)


def _match(patterns: dict[str, Any], severity: Severity | None, labels: list[str]) -> Match:
    from handlers.silences.scope import regular_expression
    from handlers.spec import Match

    block: dict[str, Any] = {name: [str(item) for item in given] for name, given in patterns.items() if given}
    if severity:
        block["severity"] = str(severity)
    for text in labels:
        name, equals, pattern = text.partition("=")
        if not (name and equals and pattern):
            raise InputError(texts.INVALID_LABEL(label=text))
        block.setdefault("labels", {}).setdefault(name, []).append(pattern)
    if not block:
        raise InputError(texts.NOTHING_TO_MATCH)
    match = Match.from_dict(block)
    if (regular := regular_expression(match)) is not None:
        raise InputError(texts.REGULAR_EXPRESSION(pattern=regular))
    return match


def _recurrence(every: list[str], timezone: str) -> dict[str, Any] | None:
    """The calendar of the windows as JSON; None without windows. Raises InputError."""
    from shared.calendar.windows import Calendar

    return Calendar.from_dict({"windows": every, "timezone": timezone}).as_dict() if every else None


def _added(silence: SilenceView, now: datetime, settings: config.Settings) -> Text:
    zone = output.zone(settings.timezone)
    if silence.recurrence:
        from db.error_db.silences import window

        following = window(silence, now)
        return texts.RECURS(
            id=silence.id,
            windows=_windows(silence),
            matcher=_matcher_text(silence.matcher),
            begin=output.clock(following[0], zone) if following else "-",
            end=output.clock(silence.expires_at, zone),
        )
    lasts = output.short_duration((silence.expires_at - silence.starts_at).total_seconds())
    facts: dict[str, Any] = {"id": silence.id, "duration": lasts, "matcher": _matcher_text(silence.matcher)}
    if silence.starts_at <= now:
        return texts.ACTIVE(**facts)
    return texts.STARTS_LATER(at=output.clock(silence.starts_at, zone), **facts)


def _check_names(rules: list[str], services: list[str], settings: config.Settings) -> None:
    """Raises InputError for a pattern that matches no rule or no service."""
    from cli.rule_names import check_rule_patterns, check_service_patterns, rule_names

    if rules:
        check_rule_patterns(rules, rule_names(settings))
    if services:
        check_service_patterns(services, settings)


def _begin(text: str, now: datetime) -> datetime:
    """The start of a silence. Raises InputError for a start more than a year ahead, probably a typing error."""
    begin = upcoming(text, now, "--starts")
    if begin - now > LONGEST:
        raise InputError(texts.STARTS_TOO_LATE(time=text))
    return begin


def _length(text: str, *, is_recurring: bool) -> timedelta:
    """The length of a silence; by default a year for a recurring one."""
    if not text and not is_recurring:
        raise InputError(texts.FOR_MISSING)
    length = duration_of(text, "--for") if text else LONGEST
    if length > LONGEST:
        raise InputError(texts.TOO_LONG(duration=text))
    return length


def _broad_respects(match: Match, length: timedelta, *, is_recurring: bool) -> list[Text]:
    """The reasons why a silence is broader than usual; empty for an ordinary one."""
    from handlers.silences.scope import LONG, is_wide

    wide = [texts.WIDE] if is_wide(match) else []
    return [*wide, texts.LONG(days=length.days)] if length > LONG and not is_recurring else wide


def _show_extent(session: Any, match: Match, now: datetime, *, is_broad: bool) -> None:
    """Shows how many incidents of the period a silence of a whole service, or of more, would have muted."""
    from handlers.silences.extent import would_have_hidden
    from handlers.silences.scope import whole_service

    service = whole_service(match)
    if service is None and not is_broad:
        return
    (would,) = would_have_hidden(session, [match], now)
    extent = texts.WOULD_HAVE_MUTED(count=would.hidden, total=would.total, date=f"{would.since:%Y-%m-%d}")
    warning = joined([texts.WHOLE_SERVICE(service=service), extent], Text.verbatim("\n")) if service else extent
    output.console().print(output.styled(localize(warning), "bold red"), soft_wrap=True)


def _warn(silence: SilenceView, now: datetime) -> None:
    """Prints a warning about each active silence that mutes many incidents, or that is long and expires soon."""
    from handlers.spec import Match

    lasts, left = silence.expires_at - silence.starts_at, silence.expires_at - now
    reasons = _broad_respects(Match.from_dict(silence.matcher), lasts, is_recurring=bool(silence.recurrence))
    if lasts > LONG_LASTING and timedelta() < left < SOON:
        text = texts.EXPIRES_SOON(id=silence.id, when=output.ago(silence.expires_at, now), reason=silence.reason)
        output.console().print(output.styled(localize(text), "bold red"), soft_wrap=True)
    if reasons and silence.expires_at > now:
        text = texts.MUTES_MUCH(id=silence.id, reasons=joined(reasons), matcher=_matcher_text(silence.matcher))
        output.console().print(output.styled(localize(text), "bold red"), soft_wrap=True)


def _matching(session: Any, match: Match) -> int:
    """The number of the latest unresolved incidents that the silence matches."""
    from db.error_db import queries
    from handlers.match import mismatch

    unresolved = queries.IncidentFilter(status=(Status.OPEN, Status.ACKNOWLEDGED))
    return sum(
        mismatch(match, view, every=True) is None for view in queries.incidents(session, unresolved, limit=MOST_COUNTED)
    )


def _mistyped(session: Any, match: Match) -> list[Text]:
    """For each resource, principal and project that no recent incident has: the most similar ones of those that have one."""
    from db.error_db import queries
    from shared.suggestions import nearest, question

    recent = queries.incidents(session, queries.IncidentFilter(), limit=MOST_COUNTED)
    found = []
    for field in ("resource", "principal", "project"):
        known = {getattr(incident, field) for incident in recent} - {""}
        for name in getattr(match, field):
            near = [] if any(fnmatchcase(each, name) for each in known) else nearest(name, known)
            if near:
                missing = texts.NO_INCIDENT_HAS(property=texts.PROPERTIES[field], name=name)
                found.append(joined([missing, question(near)], SPACE))
    return found


def _print(silences: list[SilenceView], now: datetime) -> None:
    from cli.views.rows import print_rows

    columns = [texts.ID, texts.STATE, texts.EXPIRES, texts.MUTED, texts.MATCHES, texts.REASON, texts.OWNER]
    rows = [
        [
            output.styled(cell)
            for cell in (
                silence.id,
                localize(_state(silence, now)),
                output.ago(silence.expires_at, now),
                f"{silence.hidden_count:,}",
                _matches(silence),
                silence.reason,
                silence.owner,
            )
        ]
        for silence in silences
    ]
    right, prose = [texts.ID, texts.MUTED], [texts.REASON]
    print_rows(output.console(), columns, rows, right=right, prose=prose, heading=2)


def _matches(silence: SilenceView) -> str:
    """The match block of a silence, and its windows if it recurs."""
    matcher = localize(_matcher_text(silence.matcher))
    return f"{matcher}, {_windows(silence)}" if silence.recurrence else matcher


def _windows(silence: SilenceView) -> str:
    """The windows of a recurring silence, such as `sun 02:00-04:00 (Asia/Tokyo)`."""
    recurrence = silence.recurrence or {}
    return f"{', '.join(recurrence.get('windows', ()))} ({recurrence.get('timezone', '')})"


def _state(silence: SilenceView, now: datetime) -> Text:
    from db.error_db.silences import window

    present = window(silence, now)
    if present is None:
        return texts.STATE_EXPIRED
    if present[0] <= now:
        return texts.STATE_ACTIVE
    return texts.STATE_PLANNED(when=output.ago(present[0], now))
