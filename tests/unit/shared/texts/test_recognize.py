"""Stored English sentences are recognized, so that they can be translated."""

from __future__ import annotations

from shared.texts import Text, evidence
from shared.texts.recognize import recognized


def test_a_sentence_without_values_is_found() -> None:
    assert recognized(evidence.NO_DATA.en, evidence) == evidence.NO_DATA


def test_a_sentence_with_values_is_found_and_its_values_are_translated() -> None:
    text = evidence.WRONG_TYPE(name="resource", type=evidence.TYPES[list], expected=evidence.OBJECT)
    assert recognized(text.en, evidence) == text


def test_an_unknown_sentence_stays_as_it_is() -> None:
    assert recognized("not of ours", evidence) == Text.verbatim("not of ours")
