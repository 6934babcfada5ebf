"""The person who runs a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.errors import InputError, PersonRefusedError
from shared.texts import approvals as texts


@contextmanager
def named() -> Iterator[None]:
    """Adds to an error about this person how to give another name. Raises InputError."""
    try:
        yield
    except PersonRefusedError as error:
        raise InputError(texts.NAME_YOURSELF(refusal=error.text)) from error
