"""An injected fault: the resources that it concerns, and the time by which it must be found."""

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
    """A fault from `since` on that must be found until `by`; an incident about one of `names` until `until` belongs to it.

    Only an incident of one of `rules` finds the fault; other incidents about it are neither a find nor false.
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
