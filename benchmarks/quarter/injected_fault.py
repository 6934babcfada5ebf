"""A fault that is put into the platform: whom it concerns, and by when it has to be found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from benchmarks.quarter.messages import Message
from benchmarks.quarter.platform import HOUR, Platform

LEARNED = 36  # days before the first fault
METRIC_DAYS = 15  # of them with samples
TICK = HOUR
TABLES_TICK = 6 * HOUR


@dataclass(slots=True)
class InjectedFault:
    """A fault from `since` on, which has to be found until `by`; an incident about one of `names` until `until` is about it.

    It is found by an incident of one of `rules`: others about it are neither that nor false.
    """

    kind: str
    since: datetime
    by: datetime
    until: datetime
    names: set[str]
    found_at: datetime | None = None
    messages: list[tuple[datetime, Message]] = field(default_factory=list)
    rules: tuple[str, ...] = ()


Maker = Callable[[Platform, Random, int], InjectedFault | None]
