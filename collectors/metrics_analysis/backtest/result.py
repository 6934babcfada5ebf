"""The result of a backtest: when a rule would have fired, on what, and what is not known."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.texts import Text

WEEK = timedelta(days=7)
UNENDED = timedelta(
    days=1
)  # after so long without an event the next one is another incident, where only an entry ends it


@dataclass(frozen=True, slots=True)
class ExistingIncident:
    """An incident that the event belongs to already."""

    rule: str
    number: int


@dataclass(frozen=True, slots=True)
class FiredEvent:
    """An event, or `count` calls of an hour, on which the rule would have fired. Events with one `incident_key` are of one incident.

    `key` is the key of the event in the Error DB, if it comes from a log entry.
    """

    time: datetime
    incident_key: str
    resource: str
    principal: str
    summary: Text
    count: int = 1
    incidents: tuple[ExistingIncident, ...] = ()
    key: str = ""


@dataclass(slots=True)
class Unjudged:
    """What could not be judged: how many events and calls, and the fields that decide and are not kept."""

    count: int = 0
    fields: Counter[str] = field(default_factory=Counter)

    def add(self, paths: Sequence[str], count: int = 1) -> None:
        """Adds events that lack these fields."""
        self.count += count
        self.fields.update(dict.fromkeys(paths, count))


@dataclass(frozen=True, slots=True)
class RuleBacktest:
    """What a rule would have done from `since` to `until`. `events` and `calls` were read; more than that, if `is_cut`.

    On log entries nothing is unknown, and `calls` is 0.
    """

    rule: str
    since: datetime
    until: datetime
    fired: tuple[FiredEvent, ...]
    events: int
    calls: int = 0
    is_cut: bool = False
    unjudged: Unjudged = field(default_factory=Unjudged)
    quiet: timedelta = UNENDED
    recoveries: Mapping[str, Sequence[datetime]] = field(default_factory=dict)

    @property
    def times(self) -> int:
        """How often it would have fired."""
        return sum(each.count for each in self.fired)

    @property
    def incidents(self) -> int:
        """How many incidents that would have been: events of one fault until it recovers, or is quiet for long enough."""
        times = defaultdict[str, list[datetime]](list)
        for each in self.fired:
            times[each.incident_key].append(each.time)
        return sum(
            _periods(sorted(moments), self.recoveries.get(key, ()), self.quiet) for key, moments in times.items()
        )

    @property
    def weeks(self) -> list[tuple[datetime, int]]:
        """The begin of each seven days up to `until`, oldest first, and how often it would have fired in them."""
        number = max(1, -((self.since - self.until) // WEEK))
        counts = Counter[int]()
        for each in self.fired:
            counts[max(0, (self.until - each.time) // WEEK)] += each.count
        return [(max(self.since, self.until - (at + 1) * WEEK), counts[at]) for at in reversed(range(number))]

    @property
    def resources(self) -> list[tuple[str, int]]:
        """On what it would have fired, most often first."""
        counts = Counter[str]()
        for each in self.fired:
            counts[each.resource] += each.count
        return counts.most_common()

    @property
    def other_rules(self) -> list[tuple[str, int]]:
        """The other rules that have incidents of the same events, with the number of events."""
        counts = Counter[str]()
        for each in self.fired:
            counts.update({one.rule for one in each.incidents if one.rule != self.rule})
        return counts.most_common()

    @property
    def already_incidents(self) -> int:
        """How many of its events belong to incidents of other rules already."""
        return sum(any(one.rule != self.rule for one in each.incidents) for each in self.fired)


def _periods(times: Sequence[datetime], recoveries: Sequence[datetime], quiet: timedelta) -> int:
    """How many incidents the events of one fault are."""
    count, last = 0, None
    for time in times:
        if last is None or time - last > quiet or any(last < each <= time for each in recoveries):
            count += 1
        last = time
    return count
