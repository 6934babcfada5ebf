"""The start, duration and end of a breach: examples, and a comparison with a second definition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.metrics_analysis.breach import BreachEvaluation, Limits, Slot, SlotState, evaluate, slots

PERIOD = 60
LIMITS = Limits(above=True, threshold=10, clear=5, for_seconds=180, clear_seconds=120)
LETTERS = {"O": SlotState.OVER, "B": SlotState.BAND, "C": SlotState.CLEAR, ".": SlotState.GAP}
VALUES = {SlotState.OVER: 20.0, SlotState.BAND: 7.0, SlotState.CLEAR: 1.0, SlotState.GAP: None}


def made(text: str) -> list[Slot]:
    """Slots of a series, one per letter; the first one ends at 60."""
    states = [LETTERS[letter] for letter in text]
    return [Slot((index + 1) * PERIOD, state, VALUES[state]) for index, state in enumerate(states)]


def shown(text: str, limits: Limits = LIMITS, *, after_breach: bool = False) -> str:
    """The state of the breach after the last slot, in minutes."""
    evaluation = evaluate(made(text), period=PERIOD, limits=limits, after_breach=after_breach)
    if evaluation.breach:
        return f"breach since {evaluation.breach.since // 60}"
    return "" if evaluation.recovered_at is None else f"well at {evaluation.recovered_at // 60}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CCOO", ""),  # too short
        ("CCOOO", "breach since 2"),
        ("CCOOOOOOO", "breach since 2"),
        ("OOBOO", ""),  # a value in the band restarts the time
        ("OOOBO", "breach since 0"),  # but does not end a breach
        ("OOOCO", "breach since 0"),  # nor does a clear run that is too short
        ("OOOB", ""),
        ("OOOC", ""),
        ("OOOCC", "well at 5"),
        ("OOOCCCC", "well at 5"),  # the same time at every later check
        ("OOOBCC", "well at 6"),
        ("OOOCCOO", "well at 5"),
        ("OOOCCOOO", "breach since 5"),
        ("OCC", "well at 3"),  # an earlier check may have seen a breach that began before this window
        ("CCCC", ""),
        ("OOO.O", ""),  # the values in between are unknown
        ("OOO.CC", "well at 6"),
        ("OOOC.C", ""),
        ("", ""),
    ],
)
def test_a_breach_starts_and_ends_by_its_durations(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_a_series_that_may_have_failed_recovers_with_its_first_clear_run() -> None:
    assert shown("CCC", after_breach=True) == "well at 2"


def test_without_a_duration_one_slot_is_enough() -> None:
    limits = Limits(above=True, threshold=10, clear=10, for_seconds=0, clear_seconds=0)
    assert (shown("CO", limits), shown("OC", limits)) == ("breach since 1", "well at 2")


def test_a_breach_that_fills_the_window_may_be_older() -> None:
    evaluation = evaluate(made("OOO"), period=PERIOD, limits=LIMITS)
    assert evaluation.breach
    assert evaluation.breach.truncated


@pytest.mark.parametrize(
    ("above", "value", "expected"),
    [
        (True, 10, SlotState.BAND),
        (True, 10.1, SlotState.OVER),
        (True, 5, SlotState.CLEAR),
        (False, 10, SlotState.BAND),
        (False, 9.9, SlotState.OVER),
        (False, 15, SlotState.CLEAR),
    ],
)
def test_the_limit_and_the_clear_level_are_within(above: bool, value: float, expected: SlotState) -> None:  # noqa: FBT001
    limits = Limits(above=above, threshold=10, clear=5 if above else 15, for_seconds=0, clear_seconds=0)
    assert limits.state(value) is expected


def symbols(points: dict[int, float], absent: str, *, end: int = 1200) -> str:
    found = slots(points, start=0, end=end, period=PERIOD, limits=LIMITS, absent=absent)
    names = {state: letter for letter, state in LETTERS.items()}
    return "".join(names[slot.state] for slot in found)


@pytest.mark.parametrize(
    ("absent", "expected"),
    [
        ("zero", "CCCO" + "C" * 16),
        ("unknown", "...O" + "." * 16),
        ("alert", "...O" + "O" * 16),  # it counts as missing only after it was seen
    ],
)
def test_the_catalogue_defines_the_meaning_of_an_absent_point(absent: str, expected: str) -> None:
    assert symbols({240: 20.0}, absent) == expected


def test_the_last_points_may_be_under_way() -> None:
    assert symbols(dict.fromkeys(range(60, 901, 60), 20.0), "unknown") == "O" * 15


def naive(text: str, limits: Limits) -> BreachEvaluation:
    """The definition as documented, applied to every part of the series."""
    series = made(text)

    def run(letter: str, at: int) -> int:
        return len(text[: at + 1]) - len(text[: at + 1].rstrip(letter))

    def long_enough(count: int, seconds: int) -> bool:
        return count > 0 and count * PERIOD >= seconds

    cleared = [at for at in range(len(text)) if long_enough(run("C", at), limits.clear_seconds)]
    reset = max([-1, *cleared, *(at for at, letter in enumerate(text) if letter == ".")])
    fired = [at for at in range(reset + 1, len(text)) if long_enough(run("O", at), limits.for_seconds)]
    if fired:
        since = (fired[0] - run("O", fired[0]) + 1) * PERIOD
        if not text.endswith("O"):
            return BreachEvaluation()
        return breach_since(since, series)
    ends = [
        min(at for at in cleared if at > failure)
        for failure, letter in enumerate(text)
        if letter in "OB" and any(at > failure for at in cleared)
    ]
    return BreachEvaluation(recovered_at=series[max(ends)].end if ends else None)


def breach_since(since: int, series: list[Slot]) -> BreachEvaluation:
    from collectors.metrics_analysis.breach import Breach

    return BreachEvaluation(breach=Breach(since, series[-1], truncated=since == 0))


@given(
    text=st.text(alphabet="OOOBCC.", max_size=25),
    for_slots=st.integers(0, 4),
    clear_slots=st.integers(0, 3),
)
def test_the_breach_is_the_one_of_the_naive_definition(text: str, for_slots: int, clear_slots: int) -> None:
    limits = Limits(above=True, threshold=10, clear=5, for_seconds=for_slots * 60, clear_seconds=clear_slots * 60)
    assert evaluate(made(text), period=PERIOD, limits=limits) == naive(text, limits)
