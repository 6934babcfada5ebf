"""The content of a report, without words: numbers, names and times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Any

from insights.access.model import Access
from insights.cost.spending import CostLine
from insights.jobs.gaps import JobGap
from insights.jobs.trends import FailingJob, SlowJob
from insights.quality.period import PeriodQuality
from insights.reports.period import ReportPeriod
from shared.lazy.dataclass import dataclass
from shared.model import Severity
from shared.records import IncidentView, RunView
from shared.texts import EMPTY, Text


@dataclass(frozen=True, slots=True)
class MedianTime:
    """The median of `count` durations in seconds; None if there are none."""

    seconds: float | None
    count: int


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """The figures that are compared with the previous period.

    `by_resolution` counts incidents that ended in the period by what resolved them: recovery, person, repair, quiet.
    `without_person` counts incidents that ended without an acknowledgement, a resolution or an approval by a person.
    `remediated` counts incidents that a remediation fixed with a verified recovery, `attempted` incidents for which a
    remediation made changes. `detect` is the time from the fault to its record, `acknowledge` from the record to a
    person, `resolve` from the fault to its recovery; incidents that were closed after a quiet period have no recovery
    and do not count there.
    """

    opened: int
    by_resolution: Mapping[str, int]
    without_person: int
    attempted: int
    remediated: int
    detect: MedianTime
    acknowledge: MedianTime
    resolve: MedianTime
    rejected: int

    @property
    def ended(self) -> int:
        """Incidents that were resolved or closed in the period."""
        return sum(self.by_resolution.values())


@dataclass(frozen=True, slots=True)
class RuleNoise:
    """A detection rule with its incidents of the period: `alone` of `ended` ended without a person or a remediation.

    A person marked `false_alarms` of the incidents.
    """

    rule: str
    opened: int
    ended: int
    alone: int
    false_alarms: int = 0

    @property
    def share(self) -> float | None:
        """The share of ended incidents that needed no person; None if none has ended."""
        return self.alone / self.ended if self.ended else None


@dataclass(frozen=True, slots=True)
class HandlerResult:
    """A handler rule with a remediation: for how many incidents it made changes, and how many of them it fixed."""

    handler_rule: str
    action: str
    attempted: int
    remediated: int


@dataclass(frozen=True, slots=True)
class Day:
    """The incidents of a calendar day: the number of new incidents, and how many of them have needed a person."""

    day: date
    opened: int
    needed_person: int


@dataclass(frozen=True, slots=True)
class UnusedGrants:
    """Grants unused for `days`: their number, the number of assessed grants, and the first unused grants.

    `is_cut` is True if more grants exist that were not assessed.
    """

    days: int
    unused: int
    unknown: int
    total: int
    grants: tuple[Access, ...]
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class HistoryFacts:
    """The facts from the Schema DB. Missing values are None; `missing` has the reason, by field.

    `cost` and `cost_before` are totals of BigQuery, `costs` the most expensive jobs. `jobs` is the number of jobs that
    ran.
    """

    cost: float | None = None
    cost_before: float | None = None
    costs: tuple[CostLine, ...] | None = None
    jobs: int | None = None
    slow: tuple[SlowJob, ...] | None = None
    failing: tuple[FailingJob, ...] | None = None
    never_started: tuple[JobGap, ...] | None = None
    unused: UnusedGrants | None = None
    quality: PeriodQuality | None = None
    missing: Mapping[str, Text] = field(default_factory=dict)
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class PeriodReport:
    """A report on a period, as of `now`.

    `known_since` is the first record of the Error DB, or None if it is empty. `figures_before` is None if the previous
    period is not fully recorded. `open_incidents` are the incidents open at the end of the period, oldest first;
    `open_count` is their number. `unrepaired` are failed runs that were not repaired. `rejected` counts messages by
    reason. `defaults` is the block of defaults of the handler rules, with the table of owners.
    """

    project: str
    period: ReportPeriod
    now: datetime
    known_since: datetime | None
    figures: PeriodFigures
    figures_before: PeriodFigures | None
    minutes_per_remediation: int
    days: tuple[Day, ...]
    severities: Mapping[Severity, int]
    open_count: int
    open_incidents: tuple[IncidentView, ...]
    waiting: tuple[RunView, ...]
    handlers: tuple[HandlerResult, ...]
    noisy: tuple[RuleNoise, ...]
    unrepaired: tuple[JobGap, ...]
    broken_channels: tuple[IncidentView, ...]
    rejected: Mapping[str, int]
    history: HistoryFacts = field(default_factory=HistoryFacts)
    incomplete: Text = EMPTY
    defaults: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether no incident was opened or resolved, and none is open."""
        return not (self.figures.opened or self.figures.ended or self.open_count)

    @property
    def is_over(self) -> bool:
        """Whether the period has ended."""
        return self.period.end <= self.now

    def hours_saved(self, figures: PeriodFigures) -> float:
        """The hours saved: for each verified remediation, the minutes that a person would take, from the settings."""
        return figures.remediated * self.minutes_per_remediation / 60
