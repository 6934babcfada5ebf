"""The person who runs a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.errors import InputError, PersonRefusedError
from shared.texts import approvals as texts


@contextmanager
def named() -> Iterator[None]:
    """Raises InputError if the person in the block is refused: the refusal, and how to give another name."""
    try:
        yield
    except PersonRefusedError as error:
        raise InputError(texts.NAME_YOURSELF(refusal=error.text)) from error
