"""The result of a backtest: when a rule would have fired, on which resources, and what is unknown."""

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
    """An incident that the event already belongs to."""

    rule: str
    number: int


@dataclass(frozen=True, slots=True)
class FiredEvent:
    """An event, or `count` calls in an hour, on which the rule would have fired. Equal `incident_key` means one incident.

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
    """The number of events and calls that could not be judged, and the deciding fields that are not stored."""

    count: int = 0
    fields: Counter[str] = field(default_factory=Counter)

    def add(self, paths: Sequence[str], count: int = 1) -> None:
        """Counts events that lack these fields."""
        self.count += count
        self.fields.update(dict.fromkeys(paths, count))


@dataclass(frozen=True, slots=True)
class RuleBacktest:
    """The result of a rule from `since` to `until`. `events` and `calls` were read; `is_cut` is True if there were more.

    For log entries nothing is unknown, and `calls` is 0.
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
        """How often the rule would have fired."""
        return sum(each.count for each in self.fired)

    @property
    def incidents(self) -> int:
        """The number of incidents: events of one fault count once, until it recovers or a quiet period passes."""
        times = defaultdict[str, list[datetime]](list)
        for each in self.fired:
            times[each.incident_key].append(each.time)
        return sum(
            _periods(sorted(moments), self.recoveries.get(key, ()), self.quiet) for key, moments in times.items()
        )

    @property
    def weeks(self) -> list[tuple[datetime, int]]:
        """The start of each seven days up to `until`, oldest first, with the number of firings."""
        number = max(1, -((self.since - self.until) // WEEK))
        counts = Counter[int]()
        for each in self.fired:
            counts[max(0, (self.until - each.time) // WEEK)] += each.count
        return [(max(self.since, self.until - (at + 1) * WEEK), counts[at]) for at in reversed(range(number))]

    @property
    def resources(self) -> list[tuple[str, int]]:
        """The resources on which the rule would have fired, most frequent first."""
        counts = Counter[str]()
        for each in self.fired:
            counts[each.resource] += each.count
        return counts.most_common()

    @property
    def other_rules(self) -> list[tuple[str, int]]:
        """The other rules with incidents of the same events, with the number of events."""
        counts = Counter[str]()
        for each in self.fired:
            counts.update({one.rule for one in each.incidents if one.rule != self.rule})
        return counts.most_common()

    @property
    def already_incidents(self) -> int:
        """The number of its events that already belong to incidents of other rules."""
        return sum(any(one.rule != self.rule for one in each.incidents) for each in self.fired)


def _periods(times: Sequence[datetime], recoveries: Sequence[datetime], quiet: timedelta) -> int:
    """The number of incidents that the events of one fault would be."""
    count, last = 0, None
    for time in times:
        if last is None or time - last > quiet or any(last < each <= time for each in recoveries):
            count += 1
        last = time
    return count
