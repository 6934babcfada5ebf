"""When one member had one role, from what snapshots saw and what the audit log says. Pure: no database here.

A snapshot looks at a policy now and then; an audit log's delta knows the exact time and the person, but may be lost or
come late. Between two looks the deltas decide; what they do not explain changes at the look that first saw it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

# The search index follows a policy by seconds to minutes (asset-inventory/docs/search-overview): a look so soon after
# a delta does not contradict it.
INDEX_LAG = timedelta(minutes=10)
_NEVER = datetime.max.replace(tzinfo=UTC)
_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """One validity interval [start, end); no end: still. `missing_since` is the first look that missed it, if open."""

    start: datetime
    end: datetime | None = None
    exact_start: bool = False
    exact_end: bool = False
    granted_by: str | None = None
    revoked_by: str | None = None
    missing_since: datetime | None = None

    def holds(self, time: datetime) -> bool:
        """Whether it was valid at `time`."""
        return self.start <= time and (self.end is None or time < self.end)


@dataclass(frozen=True, slots=True)
class Delta:
    """One change that the audit log tells: granted or taken away, when, by whom."""

    time: datetime
    granted: bool
    who: str


@dataclass(frozen=True, slots=True)
class _Turn:
    """The grant begins or ends."""

    time: datetime
    on: bool
    exact: bool
    who: str | None = None


def replay(
    spans: Sequence[Span], looks: Iterable[datetime], deltas: Iterable[Delta], new: Collection[datetime]
) -> list[Span]:
    """The spans of one grant after deltas at the times `new` became known.

    `looks` are the times at which snapshots saw the resource, `deltas` all that are known, the new ones among them.
    Told anew is everything from the look before the first new delta on.
    """
    known = sorted(deltas, key=lambda delta: (delta.time, delta.granted))
    stored = sorted(_turns(spans), key=lambda turn: (turn.time, turn.on))
    stretches = list(_stretches(looks, stored))
    told: list[_Turn] = []
    anew, missing = False, next((span.missing_since for span in spans if span.end is None), None)
    for (start, end), (_, following) in pairwise([*stretches, stretches[-1]]):
        mine = [delta for delta in known if start < delta.time <= end]
        anew = anew or any(delta.time in new for delta in mine)
        if not anew:
            told += [turn for turn in stored if start < turn.time <= end]
            continue
        _tell(told, mine, start, stored)
        seen = _seen(spans, end)
        turns = seen not in (None, _state(told)) and not _fresh(told, end)
        if turns and _state(told) and following == _NEVER:
            missing, turns = end, False
        elif turns and (seen or not _seen(spans, following)):  # a miss that the next look does not confirm is none
            told.append(_Turn(end, bool(seen), exact=False))
    return list(_spans(told, missing))


def contradicted(span: Span | None, look: datetime) -> bool:
    """Whether a look that disagrees with `span`, the latest of its grant, counts: not so soon after a delta."""
    if span is None:
        return True
    time, exact = (span.start, span.exact_start) if span.end is None else (span.end, span.exact_end)
    return not (exact and look - time < INDEX_LAG)


def _stretches(looks: Iterable[datetime], stored: list[_Turn]) -> Iterator[tuple[datetime, datetime]]:
    start = _EVER
    for end in sorted({*looks, *(turn.time for turn in stored if not turn.exact)}):
        yield start, end
        start = end
    yield start, _NEVER


def _tell(told: list[_Turn], deltas: list[Delta], start: datetime, stored: list[_Turn]) -> None:
    for delta in deltas:
        turn = _Turn(delta.time, delta.granted, exact=True, who=delta.who)
        if delta.granted != _state(told):
            told.append(turn)
        elif told and told[-1].time == start and not told[-1].exact and (not turn.on or told[-1] not in stored):
            # The look at `start` missed it, but it was there until now; or the look was thought to have seen it
            # because a later one did, but only now it is there again.
            told[-1] = turn


def _state(told: list[_Turn]) -> bool:
    return bool(told) and told[-1].on


def _fresh(told: list[_Turn], look: datetime) -> bool:
    return bool(told) and told[-1].exact and look - told[-1].time < INDEX_LAG


def _seen(spans: Sequence[Span], look: datetime) -> bool | None:
    """What the look at that time saw; None: no look, or one whose miss is not confirmed yet."""
    found = next((span for span in spans if span.holds(look)), None)
    if look == _NEVER or (found and found.missing_since and look >= found.missing_since):
        return None
    return found is not None


def _turns(spans: Sequence[Span]) -> Iterator[_Turn]:
    for span in spans:
        yield _Turn(span.start, True, span.exact_start, span.granted_by)
        if span.end is not None:
            yield _Turn(span.end, False, span.exact_end, span.revoked_by)


def _spans(told: list[_Turn], missing: datetime | None) -> Iterator[Span]:
    made: Span | None = None
    for turn in told:
        if turn.on:
            made = Span(turn.time, None, turn.exact, granted_by=turn.who)
        elif made is not None:
            if turn.time > made.start:
                yield replace(made, end=turn.time, exact_end=turn.exact, revoked_by=turn.who)
            made = None
    if made is not None:
        unconfirmed = missing is not None and made.start <= missing
        yield replace(made, missing_since=missing if unconfirmed else None)
