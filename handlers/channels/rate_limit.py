"""Rate limits of notification channels.

A bucket of `burst` messages that gains one every `interval` seconds, and `spacing` seconds between two messages. In any
hour, at most burst + 3600 / interval messages are sent: n messages within an hour need (n - 1) · interval - (burst - 1)
· interval <= 3600. All instances share one stored time for each rule: the time at which the bucket is full again (the
"generic cell rate algorithm" of ITU-T I.371, virtual scheduling).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.lazy.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class RateLimit:
    """`spacing` and `interval` are seconds, `burst` is a number of messages."""

    spacing: float
    burst: int
    interval: float

    @property
    def per_hour(self) -> int:
        """The maximum number of messages in any hour."""
        return self.burst + int(3600 / self.interval)


@dataclass(frozen=True, slots=True)
class RateLimitState:
    """The state of a channel: no message before `next_at`; without any message its bucket is full at `full_at`."""

    next_at: datetime
    full_at: datetime


def claim(rate_limit: RateLimit, slots: RateLimitState | None, now: datetime) -> tuple[float, RateLimitState]:
    """Claims a message: (0.0, the new state) if it may be sent at `now`, otherwise (seconds to wait, the unchanged state).

    `slots` is None for a channel that was never used.
    """
    slots = slots or RateLimitState(now, now)
    interval = timedelta(seconds=rate_limit.interval)
    earliest = max(slots.next_at, slots.full_at - (rate_limit.burst - 1) * interval)
    if now < earliest:
        return (earliest - now).total_seconds(), slots
    return 0.0, RateLimitState(now + timedelta(seconds=rate_limit.spacing), max(slots.full_at, now) + interval)
