"""Fingerprints of queries: statements that differ only in literals, comments or temporary names get the same one.

The dates in literals and names distinguish the runs of a query.

Lexical structure: docs.cloud.google.com/bigquery/docs/reference/standard-sql/lexical.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""
      (?P<comment> --[^\n]* | \#[^\n]* | /\*.*?(?:\*/|\Z) )
    | (?P<literal> (?:[rR][bB]?|[bB][rR]?)?
        (?: \"{3}(?:\\.|[^\\])*?(?:\"{3}|\Z) | '{3}(?:\\.|[^\\])*?(?:'{3}|\Z)
          | "(?:\\.|[^"\\\n])*"? | '(?:\\.|[^'\\\n])*'? ) )
    | (?P<quoted> `[^`]*`? )
    | (?P<number> 0[xX][0-9a-fA-F]+ | (?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)? )
    | (?P<word> [@$]*[^\W\d]\w*(?:(?:-\w+)+(?=\s*\.))? )  # a project may have dashes
    | (?P<space> \s+ )
    | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_UUID = re.compile(r"[0-9a-f]{8}_?[0-9a-f]{4}_?[0-9a-f]{4}_?[0-9a-f]{4}_?[0-9a-f]{12}")
# A date, a time, a random number or a hash inside a name: orders_20261123, _script1f0c…, tmp_8c2f1a90.
_CHANGING = re.compile(r"\d{6,}|(?=[a-f]*\d)[0-9a-f]{8,}")
_DAY = r"((?:19|20)\d\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])"
# A date, or the begin of an hour: a literal with minutes is the time when the query was written.
_DATE = re.compile(rf"""["']{_DAY}(?:[ T](\d\d)(?::00){{0,2}}(?:\.0+)?)?\s?(?:Z|UTC|\+00(?::?00)?)?["']""")
_MONTH = re.compile(r"""["']((?:19|20)\d\d-(?:0[1-9]|1[0-2]))["']""")
_CALLED = re.compile(r"\bdate\s*\(\s*(\d{4})\s*,\s*(\d{1,2})\s*,\s*(\d{1,2})\s*\)", re.IGNORECASE)
_SUFFIX = re.compile(rf"[_$]{_DAY.replace('-?', '')}(\d\d)?(?!\d)")
_FORMS = (_DATE, _MONTH, _CALLED, _SUFFIX)
_FUNCTION = r"\s*(?:(?:date|datetime|timestamp)\s*\(?\s*)?$"
_BEGIN = re.compile(rf"(?:(?<!<)>=?|\bbetween\b){_FUNCTION}", re.IGNORECASE)
_END = re.compile(rf"(?:<=?|\bbetween\s+[^;]{{1,60}}?\s+and\b){_FUNCTION}", re.IGNORECASE)
_LONGEST_BOUND = 100  # characters before a date in which its operator is
_NAME = re.compile(r"\.|[^.`]+")
_LIST = re.compile(r"\?(?: , \?)+")
_ROWS = re.compile(r"\( \? \)(?: , \( \? \))+")
_CALL = re.compile(r"call (?:[^ ]+ \. )*[^ ]+(?= \()")
_NAME_LITERAL = re.compile(r"""["']([A-Za-z_][A-Za-z_.-]*)["']""")
_SIGN = re.compile(r"(?<=[-=<>(,+*/|]) [-+] \?")


def query_key(query: str) -> str:
    """The fingerprint of a query; empty for an empty query."""
    text = normalised(query)
    from shared.history import digest  # noqa: PLC0415 - its classes take a tenth of a cold start

    return digest(text) if text else ""


def normalised(query: str) -> str:
    """The query in lower case, with one space between tokens, `?` for literals and `*` for variable parts of names.

    A list of literals is one `?`, however long.
    """
    text = " ".join(_tokens(query)).strip("; ")
    for pattern, short in ((_SIGN, " ?"), (_LIST, "?"), (_ROWS, "( ? )")):
        text = pattern.sub(short, text)
    return text


def statement(query: str) -> str:
    """The normalised query; for a CALL, the routine and the names among its arguments.

    `CALL load('orders', DATE '2026-11-25')` loads another table than `CALL load('users', …)`, and the same as tomorrow.
    """
    text = normalised(query)
    call = _CALL.match(text)
    if call is None:
        return text
    literals = (match[0] for match in _TOKEN.finditer(query) if match.lastgroup == "literal")
    return " ".join([call[0], *(name[1] for text in literals if (name := _NAME_LITERAL.fullmatch(text)))])


def window(query: str) -> str:
    """The first and the last day (or hour, or month) that a query names in literals and tables; empty if it names none.

    Bounds of ranges count only if the query names no other date. `2026-11-19/` is a range without an end, as in `day >=
    '2026-11-19'`, and `/2026-11-19` a range without a beginning.
    """
    found = {*_days(query), *_called(query)} if any(form.search(query) for form in _FORMS) else set()
    kinds = {kind for _, kind in found}
    days = sorted({day for day, kind in found if kind == "date" or "date" not in kinds})
    if kinds == {"begin"}:
        return f"{days[0]}/"
    if kinds == {"end"}:
        return f"/{days[-1]}"
    return "/".join(dict.fromkeys([*days[:1], *days[-1:]]))


def _kind(query: str, at: int) -> str:
    """Whether the date at a position is compared as the `begin` or `end` of a range, or is a `date` by itself."""
    before = query[max(0, at - _LONGEST_BOUND) : at]
    return "begin" if _BEGIN.search(before) else "end" if _END.search(before) else "date"


def _called(query: str) -> Iterator[tuple[str, str]]:
    for match in _CALLED.finditer(query):
        year, month, day = match.groups()
        yield f"{year}-{int(month):02}-{int(day):02}", _kind(query, match.start())


def _days(query: str) -> Iterator[tuple[str, str]]:
    """The dates of a query with their kinds."""
    for match in _TOKEN.finditer(query):
        kind, text = match.lastgroup, match[0]
        if kind == "literal" and (month_alone := _MONTH.fullmatch(text)):
            yield month_alone[1], _kind(query, match.start())
        literal = _DATE.fullmatch(text) if kind == "literal" else None
        dates = [literal] if literal else _SUFFIX.finditer(text) if kind in ("word", "quoted") else []
        for year, month, day, hour in (date.groups() for date in dates):
            yield (
                f"{year}-{month}-{day}" + (f"T{hour}" if hour else ""),
                _kind(query, match.start()) if literal else "date",
            )


def stable_name(name: str) -> str:
    """A name with `*` for its variable parts: `orders_20261123` becomes `orders_*`."""
    return _CHANGING.sub("*", _UUID.sub("*", name))


def _tokens(query: str) -> Iterator[str]:
    for match in _TOKEN.finditer(query):
        kind, text = match.lastgroup, match[0]
        if kind in ("literal", "number"):
            yield "?"
        elif kind == "word":
            yield stable_name(text.lower())
        elif kind == "quoted":
            yield from _NAME.findall(stable_name(text.lower()))
        elif kind == "other":
            yield text
