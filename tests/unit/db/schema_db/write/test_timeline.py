"""One grant over time, from snapshots and audit log deltas that arrive in any order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from db.schema_db.write.timeline import Delta, Span, contradicted, replay

START = datetime(2026, 11, 1, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def add(minutes: float, who: str = "alice@example.com") -> Delta:
    return Delta(at(minutes), granted=True, who=who)


def remove(minutes: float, who: str = "bob@example.com") -> Delta:
    return Delta(at(minutes), granted=False, who=who)


def late(spans: list[Span], looks: list[float], *deltas: Delta) -> list[Span]:
    """Evaluates the deltas after all observations, as if they arrived late."""
    return replay(spans, [at(observation) for observation in looks], deltas, {delta.time for delta in deltas})


def test_a_delta_gives_the_exact_beginning_and_the_person() -> None:
    assert late([Span(at(120))], [60, 120, 180], add(75)) == [
        Span(at(75), exact_start=True, granted_by="alice@example.com")
    ]


def test_a_delta_gives_the_exact_end_and_the_person() -> None:
    assert late([Span(at(60), at(180))], [60, 120, 180, 240], remove(150)) == [
        Span(at(60), at(150), exact_end=True, revoked_by="bob@example.com")
    ]


def test_a_grant_and_its_revocation_between_two_observations_are_an_interval() -> None:
    found = late([], [60, 120], add(70), remove(90))
    assert [(span.start, span.end, span.exact_start, span.exact_end) for span in found] == [
        (at(70), at(90), True, True)
    ]


def test_a_revocation_and_a_new_grant_between_two_observations_split_the_interval() -> None:
    found = late([Span(at(60))], [60, 120], remove(70), add(90))
    assert [(span.start, span.end) for span in found] == [(at(60), at(70)), (at(90), None)]


def test_two_concurrent_snapshots_that_missed_an_absence_do_not_hide_a_later_grant() -> None:
    found = late([Span(at(60))], [60, 120, 120.2, 180], remove(100), add(170), remove(178))
    assert [(span.start, span.end) for span in found] == [(at(60), at(100)), (at(170), at(178))]


def test_a_delta_from_before_the_observation_that_missed_it_changes_nothing() -> None:
    assert late([Span(at(120))], [60, 120], add(30), remove(40))[-1] == Span(at(120))


def test_a_second_entry_about_the_same_grant_changes_nothing() -> None:
    assert late([Span(at(120))], [60, 120], add(75), add(76, "carol@example.com"))[0].start == at(75)


def test_a_grant_after_the_last_observation_applies_at_once() -> None:
    assert late([], [60], add(75)) == [Span(at(75), exact_start=True, granted_by="alice@example.com")]


def test_a_revocation_wins_over_an_observation_that_came_too_soon_after_it() -> None:
    assert late([Span(at(60))], [60, 120], remove(118)) == [
        Span(at(60), at(118), exact_end=True, revoked_by="bob@example.com")
    ]


def test_a_grant_that_is_still_seen_long_after_its_revocation_was_given_again() -> None:
    found = late([Span(at(60))], [60, 120, 180], remove(118))
    assert [(span.start, span.end) for span in found] == [(at(60), at(118)), (at(180), None)]


def test_a_miss_that_is_not_confirmed_contradicts_nothing() -> None:
    span = Span(at(60), missing_since=at(120))
    assert late([span], [60, 120], remove(50))[0] == span


def test_a_revocation_after_the_observation_that_missed_it_moves_the_end() -> None:
    found = late([Span(at(60), at(120))], [60, 120, 180], remove(150))
    assert found == [Span(at(60), at(150), exact_end=True, revoked_by="bob@example.com")]


@dataclass
class World:
    """The real history of one grant, its snapshots, and the audit log."""

    turns: list[datetime]
    looks: list[datetime]
    missed: set[datetime]

    def holds(self, time: datetime) -> bool:
        return sum(turn <= time for turn in self.turns) % 2 == 1

    def deltas(self) -> list[Delta]:
        return [Delta(turn, index % 2 == 0, f"p{index}") for index, turn in enumerate(self.turns)]


def in_order(world: World, known: list[Delta]) -> list[Span]:
    """The naive result: one event after the other, each delta at its time."""
    done: list[Span] = []
    now: Span | None = None
    events = [(delta.time, 0, delta) for delta in known] + [(observation, 1, None) for observation in world.looks]
    for time, _, delta in sorted(events, key=lambda event: event[:2]):
        if delta is not None and delta.granted:
            now = now or Span(time, exact_start=True, granted_by=delta.who)
        elif delta is not None:
            if now:
                done.append(replace(now, end=time, exact_end=True, revoked_by=delta.who, missing_since=None))
            now = None
        else:
            now = observe(done, now, time, seen=world.holds(time) and time not in world.missed)
    return [*done, *([now] if now else [])]


def observe(done: list[Span], now: Span | None, time: datetime, *, seen: bool) -> Span | None:
    latest = now or (done[-1] if done else None)
    if seen and now:
        return replace(now, missing_since=None)
    if seen == (now is not None) or not contradicted(latest, time):
        return now
    if now is None:
        return Span(time)
    if now.missing_since is None:
        return replace(now, missing_since=time)
    done.append(replace(now, end=now.missing_since, missing_since=None))
    return None


minutes = st.integers(0, 1400).map(at)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    turns = sorted(draw(st.sets(minutes, max_size=8)))
    looks = [at(hour * 60 + 0.5) for hour in range(24)]
    missed = draw(st.sets(st.sampled_from(looks), max_size=2))
    alone = {observation for observation in missed if observation + timedelta(hours=1) not in missed}
    return World(turns, looks, alone)


@given(worlds(), st.data())
def test_late_deltas_give_the_same_history_as_timely_ones(world: World, data: st.DataObject) -> None:
    deltas = world.deltas()
    first = data.draw(st.lists(st.sampled_from(deltas), unique=True) if deltas else st.just([]))
    rest = data.draw(st.permutations([delta for delta in deltas if delta not in first]))
    spans, known = in_order(world, first), list(first)
    for delta in rest:
        known.append(delta)
        spans = replay(spans, world.looks, known, {delta.time})
    ends = [world.holds(time) for time in (turn + timedelta(seconds=1) for turn in world.turns)]
    output = [any(span.holds(time) for span in spans) for time in (turn + timedelta(seconds=1) for turn in world.turns)]
    assert output == ends
    assert all(not a.holds(b.start) for a in spans for b in spans if a is not b)
