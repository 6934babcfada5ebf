"""Decides how many single cards a channel shows in a time window, and which notifications share a digest.

A channel shows SINGLE_CARDS cards in a window, which begins with the first of them. Further notifications wait for the
end of the window and share one digest; in the window after a digest all notifications wait for the next one. A storm
thus results in at most three cards and a digest for each window that it lasts, and a single fault is never delayed.
Notifications that waited for the hours of their rule share a digest too.

Exceptions are critical incidents, so that a storm does not hide them: one of another rule or service than most
notifications of the window is sent at once, at most CRITICAL_CARDS times in a window, and in any case one of a service
that had no card in the window.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

SINGLE_CARDS = 3
CRITICAL_CARDS = 3


class Share(Enum):
    """The way in which a notification is sent: alone, in a digest with resolved incidents, in a digest with all, or waiting."""

    ALONE = auto()
    WITH_RESOLVED = auto()
    WITH_ALL = auto()
    WAIT = auto()


@dataclass(frozen=True, slots=True)
class CardWindow:
    """The window of a channel: its start, the number of its cards, their services, and whether notifications are waiting."""

    began_at: datetime | None = None
    cards: int = 0
    waiting: bool = False
    services: tuple[str, ...] = ()

    def is_over(self, length: timedelta, now: datetime) -> bool:
        """Whether the window has ended."""
        return self.began_at is None or now >= self.began_at + length


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification that is due.

    `is_exceptional` says that most notifications of the window are of another rule or service, `is_resolved_late` that its
    incident resolved while the channel was broken, `others_wait` that notifications of other incidents wait for the
    channel, and `was_held` that it waited for the hours of its rule, so that it shares a digest with others that waited.
    """

    service: str
    is_critical: bool = False
    is_exceptional: bool = False
    is_resolved_late: bool = False
    others_wait: bool = False
    was_held: bool = False


def share(window: CardWindow, notice: Notice, length: timedelta, now: datetime) -> tuple[Share, CardWindow]:
    """The way in which the notification is sent, and the window of the channel afterwards."""
    if window.is_over(length, now):
        if (window.waiting or notice.was_held) and notice.others_wait:
            return Share.WITH_ALL, CardWindow(now, SINGLE_CARDS)
        window = CardWindow(now)
    elif window.cards < SINGLE_CARDS and notice.was_held and notice.others_wait:
        return Share.WITH_ALL, replace(window, cards=SINGLE_CARDS, waiting=False)
    elif window.cards >= SINGLE_CARDS and not (notice.is_critical and _passes(window, notice)):
        return Share.WAIT, replace(window, waiting=True)
    services = tuple(sorted({*window.services, notice.service}))
    waiting = window.waiting and notice.others_wait
    after = replace(window, cards=window.cards + 1, waiting=waiting, services=services)
    return (Share.WITH_RESOLVED if notice.is_resolved_late else Share.ALONE), after


def _passes(window: CardWindow, notice: Notice) -> bool:
    """Whether a full window still accepts this critical incident."""
    has_room = notice.is_exceptional and window.cards < SINGLE_CARDS + CRITICAL_CARDS
    return has_room or notice.service not in window.services
