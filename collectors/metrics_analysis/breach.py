"""Whether a series exceeds its limit, since when, and when it recovered. Times are epoch seconds.

A breach starts with a run of values over the limit that lasts at least `for_seconds`. It continues until the values
have stayed at the clear level or better for `clear_seconds`; a value between limit and clear level neither starts nor
ends it (hysteresis). A slot without a value ends every run, because its value is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

# A sample may arrive a little after its documented delay; a shorter time without a sample is not a gap.
GRACE_SECONDS = 300


class SlotState(Enum):
    """The state of a slot: its value compared with the limits."""

    OVER = auto()
    BAND = auto()
    CLEAR = auto()
    GAP = auto()


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a breach and of its end.

    With `above`, values over `threshold` are in breach, otherwise values below it.
    """

    above: bool
    threshold: float
    clear: float
    for_seconds: int
    clear_seconds: int

    def state(self, value: float) -> SlotState:
        """The state of a value compared with the limits."""
        sign = 1 if self.above else -1
        if sign * (value - self.threshold) > 0:
            return SlotState.OVER
        return SlotState.CLEAR if sign * (value - self.clear) <= 0 else SlotState.BAND


@dataclass(frozen=True, slots=True)
class Slot:
    """One alignment period that ends at `end`; `value` is None without a measurement."""

    end: int
    state: SlotState
    value: float | None


@dataclass(frozen=True, slots=True)
class Breach:
    """The series has exceeded its limit since `since`; `slot` is the latest slot.

    `truncated` is True if the breach begins where the window begins, so that it may be older.
    """

    since: int
    slot: Slot
    truncated: bool


@dataclass(frozen=True, slots=True)
class BreachEvaluation:
    """A breach, a recovery, or neither if nothing has changed."""

    breach: Breach | None = None
    recovered_at: int | None = None


def slots(points: Mapping[int, float], *, start: int, end: int, period: int, limits: Limits, absent: str) -> list[Slot]:
    """The slots from `start` to `end`; `absent` determines the value of missing slots.

    `points` are values by the end of their slot. `absent` is zero, unknown or alert. A series that alerts on absence is
    missed only after it was seen. The last slots are left out while their points may still arrive.
    """
    first = min(points, default=end)
    made = [
        _slot(at, points.get(at), limits, absent, seen=at >= first) for at in range(start + period, end + 1, period)
    ]
    latest = max((slot.end for slot in made if slot.state is not SlotState.GAP), default=start)
    if end - latest <= max(GRACE_SECONDS, period):
        return [slot for slot in made if slot.end <= latest]
    return made


def _slot(end: int, value: float | None, limits: Limits, absent: str, *, seen: bool) -> Slot:
    if value is None and absent == "zero":
        value = 0.0
    if value is not None:
        return Slot(end, limits.state(value), value)
    return Slot(end, SlotState.OVER if absent == "alert" and seen else SlotState.GAP, None)


def evaluate(series: Sequence[Slot], *, period: int, limits: Limits, after_breach: bool = False) -> BreachEvaluation:
    """The state at the end of the slots, which are consecutive and oldest first.

    `after_breach` is True if there may have been a breach before the slots; the first clear run is then a recovery.
    """
    watch = _Watch(period, limits, after_breach=after_breach)
    for slot in series:
        watch.step(slot)
    if not watch.firing:
        return BreachEvaluation(recovered_at=watch.recovered_at)
    last = series[-1]
    if watch.since is None or last.state is not SlotState.OVER:
        return BreachEvaluation()
    return BreachEvaluation(breach=Breach(watch.since, last, truncated=watch.since == series[0].end - period))


@dataclass(slots=True)
class _Watch:
    """The slots evaluated so far: whether the limit is exceeded and since when, and the time of the last recovery."""

    period: int
    limits: Limits
    after_breach: bool
    firing: bool = False
    since: int | None = None
    clear_since: int | None = None
    recovered_at: int | None = None

    def step(self, slot: Slot) -> None:
        if slot.state is SlotState.GAP:
            self.firing, self.since, self.clear_since = False, None, None
        elif slot.state is SlotState.CLEAR:
            self._clear(slot.end)
        else:
            self._breached(slot)

    def _breached(self, slot: Slot) -> None:
        self.after_breach, self.clear_since = True, None
        if slot.state is SlotState.OVER:
            self.since = slot.end - self.period if self.since is None else self.since
            self.firing = self.firing or slot.end - self.since >= self.limits.for_seconds
        elif not self.firing:
            self.since = None

    def _clear(self, end: int) -> None:
        self.clear_since = end - self.period if self.clear_since is None else self.clear_since
        if not self.firing:
            self.since = None
        if self.after_breach and end - self.clear_since >= self.limits.clear_seconds:
            self.firing, self.after_breach, self.since, self.recovered_at = False, False, None, end
