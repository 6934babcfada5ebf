"""Silences and maintenance windows: what each one suppresses and has suppressed, and a new one after a preview."""

# ruff: noqa: PLC0415 - SQLAlchemy is imported with the first question, not with the process

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from dashboard import rendering
from dashboard.page import Page
from dashboard.page_request import PageRequest
from shared.durations import parse_duration
from shared.errors import InputError
from shared.texts import Text
from shared.texts.cli import silences as silence_texts
from shared.texts.dashboard import handlers as texts

if TYPE_CHECKING:
    from handlers.spec import Match
    from shared.records import SilenceView

MOST = 200
LENGTHS = ("1h", "4h", "12h", "1d", "7d", "30d")
FIELDS = {  # with an example of a pattern
    "service": "bigquery, dataflow",
    "rule": "composer/*",
    "resource": "gs://example-*",
    "project": "example-project",
    "principal": "*@example.com",
}
INVALID = 422
KEPT = timedelta(days=90)  # how long the runs that a silence suppressed are looked for

PAGE = Page("silences", texts.SILENCES, within="handlers")


@PAGE.get("/handlers/silences", "handler_silences.html")
def show_list(request: PageRequest) -> dict[str, Any]:
    """The silences, active ones first, and the form for a new one."""
    return _context(request)


@PAGE.post("/handlers/silences")
def add(request: PageRequest) -> Any:
    """Shows which past incidents a silence would have matched; adds it after the person confirms it."""
    from db.error_db import silences
    from handlers.silences.extent import would_have_hidden
    from handlers.silences.scope import is_wide, whole_service

    given = {name: request.form.get(name, "").strip()[:500] for name in (*FIELDS, "for", "reason", "every", "seen")}
    match, problems = _checked(given, request)
    if match is None or problems:
        context = _context(request, given, problems=problems)
        return rendering.page(request, PAGE, "handler_silences.html", context), INVALID
    seen = f"{sorted(match.as_dict().items())} {given['for']}|{given['every']}|"
    if given["seen"] != seen or not given["reason"]:
        with request.error_db() as session:
            (extent,) = would_have_hidden(session, [match], request.now)
        wide = whole_service(match) or is_wide(match)
        preview = {"extent": extent, "is_wide": bool(wide), "seen": seen}
        asked = given["seen"] and not given["reason"]  # the first time it is only previewed
        problems = {"reason": texts.REASON_MISSING} if asked else {}
        return rendering.page(request, PAGE, "handler_silences.html", _context(request, given, preview, problems))
    with request.change() as transaction:
        made = silences.add(
            transaction.session, matcher=match.as_dict(), owner=request.user.name, reason=given["reason"],
            starts_at=request.now, expires_at=request.now + _length(given), now=request.now,
        )  # fmt: skip
        if given["every"]:
            silences.limit(transaction.session, made, _recurrence(given["every"], request))
    request.notify(texts.SILENCED(id=made.id))
    return request.redirect("silences.show_list")


@PAGE.post("/handlers/silences/<int:number>/expire")
def expire(request: PageRequest, number: int) -> Any:
    """Ends a silence now."""
    from db.error_db import silences

    with request.change() as transaction:
        if not silences.expire(transaction.session, number, request.now):
            raise InputError(silence_texts.NOT_ACTIVE(id=number))
    request.notify(silence_texts.EXPIRED(id=number))
    return request.redirect("silences.show_list")


def _context(
    request: PageRequest,
    given: dict[str, str] | None = None,
    preview: dict[str, Any] | None = None,
    problems: dict[str, Text] | None = None,
) -> dict[str, Any]:
    """The values of the template: the list and the form.

    `given` are the values of a submitted form, `preview` the incidents that it would mute, `problems` the mistakes by
    field.
    """
    from db.error_db import silences
    from handlers.silences.matcher import matcher_text

    with request.error_db() as session:
        found = silences.listed(session, request.now, with_expired=True)[:MOST]
        rows = [
            (
                each,
                matcher_text(each.matcher),
                silences.window(each, request.now),
                _suppressed(session, each, request),
            )
            for each in found
        ]
    rows.sort(key=lambda row: (row[2] is None, row[2][0] > request.now if row[2] else False, -row[0].id))
    return {
        "t": texts, "tab": "silences", "rows": rows, "fields": FIELDS,
        "lengths": [(each, parse_duration(each)) for each in LENGTHS],
        "given": given or {}, "preview": preview, "active": sum(_is_active(row[2], request) for row in rows),
        "problems": problems or {}, "focus": _focus(problems or {}, is_previewed=bool(preview)),
    }  # fmt: skip


def _focus(problems: dict[str, Text], *, is_previewed: bool) -> str:
    """The field that gets the focus: the first with a mistake, or the reason after the preview; empty at first."""
    wrong = next((name for name in (*FIELDS, "every", "reason") if name in problems), "")
    return wrong or ("reason" if is_previewed else "")


def _is_active(window: Any, request: PageRequest) -> bool:
    return window is not None and window[0] <= request.now


def _suppressed(session: Any, silence: SilenceView, request: PageRequest) -> list[int]:
    """The incidents whose actions a silence suppressed recently, each once, the latest first."""
    from db.error_db import silences

    if not silence.hidden_count:
        return []
    begin = max(silence.starts_at, request.now - KEPT)
    return sorted(set(silences.suppressed_incidents(session, silence.id, begin, request.now)), reverse=True)


def _checked(given: dict[str, str], request: PageRequest) -> tuple[Match | None, dict[str, Text]]:
    """The match block of a form, and the mistakes by field. A field has patterns separated by commas."""
    from handlers.silences.scope import regular_expression
    from handlers.spec import Match

    problems = dict[str, Text]()
    if given["every"]:
        try:
            _recurrence(given["every"], request)
        except InputError as error:
            problems["every"] = error.full_text
    elif given["for"] not in LENGTHS:
        problems["for"] = texts.LENGTH_MISSING
    block = {name: found for name in FIELDS if (found := _separated(given[name]))}
    if not block:
        return None, {next(iter(FIELDS)): texts.PATTERN_MISSING, **problems}
    for name, found in block.items():
        try:
            match = Match.from_dict({name: found})
        except InputError as error:
            problems[name] = error.full_text
        else:
            if (regular := regular_expression(match)) is not None:
                problems[name] = silence_texts.REGULAR_EXPRESSION(pattern=regular)
    return None if problems else Match.from_dict(block), problems


def _separated(text: str) -> list[str]:
    """The parts of a text between commas."""
    return [one.strip() for one in text.split(",") if one.strip()]


def _length(given: dict[str, str]) -> timedelta:
    """The length of a silence; by default a year for a maintenance window that recurs."""
    return timedelta(days=366) if given["every"] else parse_duration(given["for"])


def _recurrence(every: str, request: PageRequest) -> dict[str, Any]:
    """The weekly windows as the Error DB keeps them. Raises InputError."""
    from shared.calendar.windows import Calendar

    return Calendar.from_dict({"windows": _separated(every), "timezone": request.settings.timezone}).as_dict()
