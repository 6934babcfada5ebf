"""Command lines with values of a log entry, for a person who pastes them into a shell.

No part of an entry reaches the shell as code: a template is first split into words, then each word is filled in and
quoted as a whole. A value inside quotation marks of a word, such as the text of a filter or the name of a table, cannot
end the quotation. A command is left out if a value is missing, ambiguous, redacted, too long or not printable, because
an incomplete or wrong command is worse than none.
"""

from __future__ import annotations

import shlex
from functools import lru_cache

from collectors.metrics_analysis.sigma import template
from collectors.metrics_analysis.sigma.template import Scope
from shared.lazy.pattern import lazy_pattern

OPERATORS = frozenset(("|", "||", "&", "&&", ";", ">", ">>", "<", "(", ")"))
_MARKS = "\"'`"
_FLAG = lazy_pattern(r"--[a-z][a-z_-]*=(?=.)")


@lru_cache(maxsize=1024)
def words(command: str) -> tuple[str, ...]:
    """The words of a command template; a backslash is part of a path. Raises ValueError for an open quotation mark."""
    lexer = shlex.shlex(command, posix=True)
    lexer.whitespace_split, lexer.commenters, lexer.escape = True, "", ""
    return tuple(lexer)


def first_complete(commands: list[str], scope: Scope) -> str:
    """The first command line for which the entry has all values; empty if there is none."""
    return next(filter(None, (fill(command, scope) for command in commands)), "")


def fill(command: str, scope: Scope) -> str:
    """The command line with the values of the entry, quoted for a POSIX shell; empty if it cannot be complete."""
    parts = [filled(word, scope) for word in words(command)]
    return " ".join(map(_quoted, parts)) if all(parts) else ""


def _quoted(word: str) -> str:
    """The word quoted for a shell; of an option such as `--name=value`, only the value is quoted."""
    flag = _FLAG.match(word)
    return f"{flag[0]}{shlex.quote(word[flag.end() :])}" if flag else shlex.quote(word)


def filled(word: str, scope: Scope) -> str:
    """The word with the values of the entry, escaped inside quotation marks; empty if it cannot be complete."""
    text, mark = "", ""
    for piece in template.parse(word):
        if isinstance(piece, str):
            text, mark = text + piece, _open_mark(piece, mark)
            continue
        value = template.only_value(piece, scope)
        if not value or (not text and value.startswith("-")):  # a name such as `--impersonate-service-account=…`
            return ""
        text += _escaped(value, mark)
    return text


def _open_mark(text: str, mark: str) -> str:
    """The quotation mark that is still open at the end of a text; empty if none is."""
    for letter in text:
        if letter == mark:
            mark = ""
        elif not mark and letter in _MARKS:
            mark = letter
    return mark


def _escaped(value: str, mark: str) -> str:
    """The value inside a quotation mark of Logging's or BigQuery's language; both escape with a backslash."""
    return value.replace("\\", "\\\\").replace(mark, f"\\{mark}") if mark else value
