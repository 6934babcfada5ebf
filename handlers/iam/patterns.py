"""The kinds of resources that the patterns of a handler rule can match, by the forms of their names in incidents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from handlers.iam.dataset import Dataset
from handlers.iam.kinds import BIGQUERY, IAM, KINDS, PROJECT, RUN, STORAGE, PolicyKind
from handlers.iam.policy import Bucket

_PART, _REST = "*", "**"  # in a form: characters without a slash, at least one; any characters
_CHARACTERS = re.compile(r"(?:(?:\[[^\]]+\]|\\[wd])[+*]?)+")
_TOKEN = re.compile(r"\*\*|.", re.DOTALL)
_WILDCARD = re.compile(r"\[.[^\]]*\]|.", re.DOTALL)
# As resources.py reads them: audit entries and the history shorten some names.
_BUCKETS = (*(f"{start}{_PART}" for start in ("", "gs://", "buckets/", "projects/*/buckets/")), f"gs://{_PART}/")
_FOLDERS = (f"projects/_/buckets/*/managedFolders/{_REST}",)
_DATASETS = tuple(
    f"{start}*{mark}{middle}*" for start in ("", "projects/") for mark in "/.:" for middle in ("", "datasets/")
)


def not_accepted(patterns: Iterable[str]) -> frozenset[str]:
    """The permissions of kinds of resources that none of the patterns can match; empty without patterns."""
    listed = tuple(patterns)
    if not listed:
        return frozenset()
    accepted = {
        name
        for names, forms in _forms()
        if any(overlap(pattern, form) for pattern in listed for form in forms)
        for name in names
    }
    return frozenset(name for names, _ in _forms() for name in names) - accepted


def overlap(pattern: str, form: str) -> bool:
    """Whether the shell pattern of a rule and the form of a name can match the same text.

    A segment such as `topics` in `projects/*/topics/*` is read as the kind, not as the name of a dataset.
    """
    if not _begin_alike(pattern, form):
        return False
    wildcards = tuple(_WILDCARD.findall(pattern))
    tokens = tuple(_TOKEN.findall(form))
    collections = _collections(wildcards)
    has_addresses = "@" in form or "/serviceAccounts/" in form  # only the names of service accounts contain an @

    @cache
    def both(at: int, of: int) -> bool:
        if at == len(wildcards):
            return all(token == _REST for token in tokens[of:])
        wildcard = wildcards[at]
        if wildcard == "*":
            return both(at + 1, of) or (of < len(tokens) and both(at, of + 1))
        if of == len(tokens):
            return False
        token = tokens[of]
        if token == _REST and both(at, of + 1):
            return True
        is_name = token in (_PART, _REST)
        if is_name and (at in collections or (wildcard == "@" and not has_addresses and token == _PART)):
            return False
        return _accepts(token, wildcard) and (both(at + 1, of + 1) or (is_name and both(at + 1, of)))

    return both(0, 0)


def _begin_alike(pattern: str, form: str) -> bool:
    """Whether one text can begin with both patterns, each up to its first wildcard."""
    start, other = re.split(r"[*?\[]", pattern, maxsplit=1)[0], form.partition(_PART)[0]
    return start.startswith(other) or other.startswith(start)


def _collections(wildcards: tuple[str, ...]) -> frozenset[int]:
    """The positions at which the name of a kind begins: a whole segment, which does not follow the name of another kind."""
    positions, at, before = set(), 0, ""
    for segment in "".join(character if len(character) == 1 else "?" for character in wildcards).split("/"):
        is_last = at + len(segment) == len(wildcards)
        if segment in _kinds() and before not in _kinds() and not is_last:
            positions.add(at)
            before = segment
        else:
            before = "" if before in _kinds() else segment
        at += len(segment) + 1
    return frozenset(positions)


@cache
def _kinds() -> frozenset[str]:
    """The segments of names after which a name follows, such as `topics`."""
    return frozenset(
        match[1]
        for _, forms in _forms()
        for form in forms
        for match in re.finditer(r"(?:^|(?<=/))([a-zA-Z]+)/\*", form)
    )


def _accepts(token: str, wildcard: str) -> bool:
    """Whether a part of a form and a character of a pattern other than `*` can be the same character."""
    if wildcard == "?" or len(wildcard) > 1 or token == _REST:
        return True
    return wildcard != "/" if token == _PART else token == wildcard


@cache
def _forms() -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """The permissions of each kind of resource, and the forms of its names."""
    return (
        (Bucket.PERMISSIONS, _with_host(STORAGE, _BUCKETS)),
        (Bucket.FOLDER_PERMISSIONS, _with_host(STORAGE, _FOLDERS)),
        (Dataset.PERMISSIONS, _with_host(BIGQUERY, _DATASETS)),
        *((kind.permissions, _with_host(kind.host, tuple(_names(kind)))) for kind in KINDS),
    )


def _with_host(host: str, forms: tuple[str, ...]) -> tuple[str, ...]:
    return (*forms, *(f"//{host}/{form}" for form in forms))


def _names(kind: PolicyKind) -> Iterator[str]:
    form = _CHARACTERS.sub(_PART, kind.form.pattern)
    yield form
    if kind is PROJECT:
        yield _PART
    if kind.host == IAM:
        yield "*@*"
    if kind.host == BIGQUERY:
        yield "*.*.*"
    if kind.host == RUN:
        yield form.replace("projects/*/locations/*/", "namespaces/*/")
