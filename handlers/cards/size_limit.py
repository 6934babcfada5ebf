"""Keeps a card within the size limit: builds it with fewer and shorter parts until the message is small enough."""

from __future__ import annotations

from collections.abc import Callable

from handlers.cards.elements import BUDGET, Element, message, size
from shared.lazy.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class CardLimits:
    """The maximum size of each part of a card: numbers of evidence fields, action runs, digest rows and next steps; characters.

    `lines` is the number of incidents with a short line instead of a row in a digest. `sentence` limits summaries,
    reasons and results; `word` limits names, values and all other text from outside. `output` is the number of lines of
    the output of a script. `cause` says whether the likely cause is shown.
    """

    evidence: int
    runs: int
    rows: int
    sentence: int
    word: int
    cause: bool = False
    lines: int = 0
    output: int = 0
    next_steps: int = 0


# The cause is dropped first, then evidence, then texts are cut. The last limits fit any text: a character takes at most
# 12 bytes.
LEVELS = (
    CardLimits(evidence=12, runs=8, rows=15, sentence=1_500, word=300, cause=True, lines=150, output=5, next_steps=2),
    CardLimits(evidence=12, runs=8, rows=15, sentence=1_500, word=300, lines=100, output=5, next_steps=2),
    CardLimits(evidence=6, runs=8, rows=15, sentence=1_500, word=300, lines=70, output=3, next_steps=2),
    CardLimits(evidence=3, runs=8, rows=15, sentence=1_500, word=300, lines=50, output=1, next_steps=2),
    CardLimits(evidence=0, runs=8, rows=15, sentence=1_500, word=300, lines=40, next_steps=1),
    CardLimits(evidence=0, runs=5, rows=15, sentence=400, word=120, lines=20, next_steps=1),
    CardLimits(evidence=0, runs=3, rows=15, sentence=120, word=60),
    CardLimits(evidence=0, runs=2, rows=8, sentence=80, word=40),
)


def within_limit(build: Callable[[CardLimits], Element]) -> Element:
    """The most detailed message of `build` that is within the size limit."""
    for limits in LEVELS:
        body = message(build(limits))
        if size(body) <= BUDGET:
            break
    return body
