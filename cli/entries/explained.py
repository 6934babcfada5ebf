"""The log entries and detection rules that `hinomi rules explain` compares."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from cli.entries.bigquery_rows import logged_names
from cli.entries.reader import EntryReader
from collectors.metrics_analysis.evidence import LogEntry, NotUnderstoodError, understand
from shared.errors import InputError
from shared.suggestions import did_you_mean
from shared.texts import EMPTY, Text
from shared.texts.cli import rules as texts


def log_entries(file: str, artifact: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The log entries of a file with their numbers. Raises InputError for anything else in it."""
    now = datetime.now(UTC)
    for number, value in EntryReader([file], _reject, logged_names(artifact)):
        try:
            evidence = understand(value, received=now)
        except NotUnderstoodError as error:
            raise _error(number, error.text, file) from error
        if not isinstance(evidence, LogEntry):
            raise _error(number, texts.NO_LOG_ENTRY, file)
        yield number, evidence.entry


def rules_named(name: str, artifact: dict[str, Any]) -> list[dict[str, Any]]:
    """The compiled rule with this name, or the rules counted by a correlation with this name.

    Raises InputError if there is none.
    """
    found = [spec for spec in artifact["rules"] if name == spec["name"] or name in spec["feeds"]]
    if not found:
        names = [spec["name"] for spec in (*artifact["rules"], *artifact["correlations"])]
        raise InputError(texts.NO_SUCH_RULE(name=name, suggestion=did_you_mean(name, names) or EMPTY))
    return found


def _reject(error: InputError) -> None:
    raise error


def _error(number: int, what: Text, file: str) -> InputError:
    return InputError(texts.ENTRY_OF(number=number, what=what), file=file)
