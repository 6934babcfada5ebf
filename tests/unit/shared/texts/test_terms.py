"""Every value of Hinomi's enumerations has a term in each language."""

from __future__ import annotations

from enum import StrEnum

import pytest

from shared.model import IncidentKind, Mode, RunState, Severity, Status, Trigger
from shared.texts.terms import TERMS, term

TYPES = (IncidentKind, Severity, Trigger, Status, Mode, RunState)


@pytest.mark.parametrize("kind", TYPES)
def test_every_value_has_a_term(kind: type[StrEnum]) -> None:
    assert set(TERMS[kind]) == set(kind)


def test_the_same_word_of_two_types_keeps_the_term_of_its_type() -> None:
    assert (term(Trigger.RESOLVED).en, term(Status.RESOLVED).en) == ("Resolved", "resolved")


def test_a_value_without_a_term_is_written_with_spaces() -> None:
    class Other(StrEnum):
        NOT_LISTED = "not_listed"

    assert term(Other.NOT_LISTED).ja == "not listed"
