"""A card that is small enough: built with less and less until the whole message fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from handlers.cards.elements import BUDGET, Element, message, size


@dataclass(frozen=True, slots=True)
class CardLimits:
    """How much of each thing a card shows: numbers of evidence fields, action runs, digest rows, causes; characters.

    `lines` are the incidents of a digest that have one short line instead of a row. `sentence` cuts summaries, reasons and results, `word` names, values and everything else from outside.
    """

    evidence: int
    runs: int
    rows: int
    sentence: int
    word: int
    causes: int = 0
    lines: int = 0


# First the causes go, then the evidence, then texts are cut. The last one holds for any text: a character takes at most 12 bytes.
LEVELS = (
    CardLimits(evidence=12, runs=8, rows=15, sentence=1_500, word=300, causes=3, lines=150),
    CardLimits(evidence=12, runs=8, rows=15, sentence=1_500, word=300, lines=100),
    CardLimits(evidence=6, runs=8, rows=15, sentence=1_500, word=300, lines=70),
    CardLimits(evidence=3, runs=8, rows=15, sentence=1_500, word=300, lines=50),
    CardLimits(evidence=0, runs=8, rows=15, sentence=1_500, word=300, lines=40),
    CardLimits(evidence=0, runs=5, rows=15, sentence=400, word=120, lines=20),
    CardLimits(evidence=0, runs=3, rows=15, sentence=120, word=60),
    CardLimits(evidence=0, runs=2, rows=8, sentence=80, word=40),
)


def fit(build: Callable[[CardLimits], Element]) -> Element:
    """The message around the richest card of `build` that stays within the budget."""
    for limits in LEVELS:
        body = message(build(limits))
        if size(body) <= BUDGET:
            break
    return body
