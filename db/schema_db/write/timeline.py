"""Computes when one member had one role, from snapshots and audit log deltas. Pure: no database here.

Snapshots observe a policy now and then; a delta in the audit log has the exact time and the caller, but may be lost or
late. Between two observations the deltas decide; a change without a delta is dated to the observation that first saw
it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

# The search index lags behind a policy by seconds to minutes (asset-inventory/docs/search-overview): an observation so
# soon after a delta does not contradict it.
INDEX_LAG = timedelta(minutes=10)
_NEVER = datetime.max.replace(tzinfo=UTC)
_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """One validity interval [start, end). While it is open, `missing_since` is the first observation without it."""

    start: datetime
    end: datetime | None = None
    exact_start: bool = False
    exact_end: bool = False
    granted_by: str | None = None
    revoked_by: str | None = None
    missing_since: datetime | None = None

    def holds(self, time: datetime) -> bool:
        """Whether the interval contains `time`."""
        return self.start <= time and (self.end is None or time < self.end)


@dataclass(frozen=True, slots=True)
class Delta:
    """One change in the audit log: granted or revoked, when, and by whom."""

    time: datetime
    granted: bool
    who: str


@dataclass(frozen=True, slots=True)
class _Turn:
    """The start or end of a grant."""

    time: datetime
    on: bool
    exact: bool
    who: str | None = None


def replay(
    spans: Sequence[Span], observations: Iterable[datetime], deltas: Iterable[Delta], new: Collection[datetime]
) -> list[Span]:
    """The spans of one grant after deltas at the times `new` were added.

    `observations` are the times at which snapshots saw the resource, `deltas` all known deltas including the new ones.
    The spans are recomputed from the last observation before the first new delta.
    """
    ordered = sorted(deltas, key=lambda delta: (delta.time, delta.granted))
    stored = sorted(_turns(spans), key=lambda turn: (turn.time, turn.on))
    stretches = list(_stretches(observations, stored))
    turns: list[_Turn] = []
    is_affected, missing = False, next((span.missing_since for span in spans if span.end is None), None)
    for (start, end), (_, following) in pairwise([*stretches, stretches[-1]]):
        between = [delta for delta in ordered if start < delta.time <= end]
        is_affected = is_affected or any(delta.time in new for delta in between)
        if not is_affected:
            turns += [turn for turn in stored if start < turn.time <= end]
            continue
        _apply(turns, between, start, stored)
        seen = _was_seen(spans, end)
        changes = seen not in (None, _state(turns)) and not _fresh(turns, end)
        if changes and _state(turns) and following == _NEVER:
            missing, changes = end, False
        elif changes and (seen or not _was_seen(spans, following)):  # a single absence is ignored
            turns.append(_Turn(end, bool(seen), exact=False))
    return list(_spans(turns, missing))


def contradicted(span: Span | None, observation: datetime) -> bool:
    """Whether an observation that contradicts `span`, the latest of its grant, counts; it does not shortly after a delta."""
    if span is None:
        return True
    time, exact = (span.start, span.exact_start) if span.end is None else (span.end, span.exact_end)
    return not (exact and observation - time < INDEX_LAG)


def _stretches(observations: Iterable[datetime], stored: list[_Turn]) -> Iterator[tuple[datetime, datetime]]:
    start = _EVER
    for end in sorted({*observations, *(turn.time for turn in stored if not turn.exact)}):
        yield start, end
        start = end
    yield start, _NEVER


def _apply(turns: list[_Turn], deltas: list[Delta], start: datetime, stored: list[_Turn]) -> None:
    for delta in deltas:
        turn = _Turn(delta.time, delta.granted, exact=True, who=delta.who)
        if delta.granted != _state(turns):
            turns.append(turn)
        elif turns and _is_observed_at(turns[-1], start) and (not turn.on or turns[-1] not in stored):
            # Either the observation at `start` missed the grant, which lasted until now; or it was assumed to have seen
            # the grant because a later one did, but the grant only exists again from this delta on.
            turns[-1] = turn


def _is_observed_at(turn: _Turn, observation: datetime) -> bool:
    """Whether a turn is of this observation, or of one just before it: concurrent snapshots observe the same."""
    return not turn.exact and observation - turn.time < INDEX_LAG


def _state(turns: list[_Turn]) -> bool:
    return bool(turns) and turns[-1].on


def _fresh(turns: list[_Turn], observation: datetime) -> bool:
    return bool(turns) and turns[-1].exact and observation - turns[-1].time < INDEX_LAG


def _was_seen(spans: Sequence[Span], observation: datetime) -> bool | None:
    """Whether an observation saw the grant; None without an observation, or if its absence is not confirmed yet."""
    span_then = next((span for span in spans if span.holds(observation)), None)
    if observation == _NEVER or (span_then and span_then.missing_since and observation >= span_then.missing_since):
        return None
    return span_then is not None


def _turns(spans: Sequence[Span]) -> Iterator[_Turn]:
    for span in spans:
        yield _Turn(span.start, True, span.exact_start, span.granted_by)
        if span.end is not None:
            yield _Turn(span.end, False, span.exact_end, span.revoked_by)


def _spans(turns: list[_Turn], missing: datetime | None) -> Iterator[Span]:
    made: Span | None = None
    for turn in turns:
        if turn.on:
            made = Span(turn.time, None, turn.exact, granted_by=turn.who)
        elif made is not None:
            if turn.time > made.start:
                yield replace(made, end=turn.time, exact_end=turn.exact, revoked_by=turn.who)
            made = None
    if made is not None:
        unconfirmed = missing is not None and made.start <= missing
        yield replace(made, missing_since=missing if unconfirmed else None)
