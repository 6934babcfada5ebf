"""Names a query by what it does: the same statement with other literals, comments or temporary tables has the same name.

Lexical structure: docs.cloud.google.com/bigquery/docs/reference/standard-sql/lexical.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from shared.history import digest

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
_NAME = re.compile(r"\.|[^.`]+")
_LIST = re.compile(r"\?(?: , \?)+")
_ROWS = re.compile(r"\( \? \)(?: , \( \? \))+")
_SIGN = re.compile(r"(?<=[-=<>(,+*/|]) [-+] \?")


def query_key(query: str) -> str:
    """The fingerprint of a query; empty for an empty one."""
    text = normalised(query)
    return digest(text) if text else ""


def normalised(query: str) -> str:
    """The query in small letters, with one space between tokens, `?` for a literal and `*` for what changes in a name.

    A list of literals is one `?`, however long.
    """
    text = " ".join(_tokens(query)).strip("; ")
    for pattern, short in ((_SIGN, " ?"), (_LIST, "?"), (_ROWS, "( ? )")):
        text = pattern.sub(short, text)
    return text


def stable_name(name: str) -> str:
    """A name whose changing parts are `*`: `orders_20261123` is `orders_*`."""
    return _CHANGING.sub("*", _UUID.sub("*", name))


def _tokens(query: str) -> Iterator[str]:
    for found in _TOKEN.finditer(query):
        kind, text = found.lastgroup, found[0]
        if kind in ("literal", "number"):
            yield "?"
        elif kind == "word":
            yield stable_name(text.lower())
        elif kind == "quoted":
            yield from _NAME.findall(stable_name(text.lower()))
        elif kind == "other":
            yield text
