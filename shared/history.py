"""The rows that collectors produce and the Schema DB stores.

Every row has a natural key, and writing it again changes nothing: a collector may read the same window twice. Times are
timezone-aware event times.
"""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeAlias

from shared.lazy.dataclass import dataclass
from shared.model import JobState
from shared.quality.result import QualityResultRow


def digest(*parts: Any) -> str:
    """A short digest of a JSON value; equal values have equal digests."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


INTERVAL_LABEL = (
    "schedule_interval_seconds"  # label of a run: how often its job is scheduled, as the scheduler declares
)


@dataclass(frozen=True, slots=True, eq=False)
class SeriesKey:
    """Identifies a time series: create one for each series and share it among its points.

    `aligner` says how samples are computed (ALIGN_MEAN, ALIGN_RATE…); `unit` is that of a sample; `resource` is for
    display. `key` distinguishes series of the same metric and aligner.
    """

    service: str
    metric: str
    aligner: str
    unit: str
    project: str
    resource: str
    resource_type: str
    labels: Mapping[str, str] = field(default_factory=dict)
    key: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", digest(self.project, self.resource_type, dict(self.labels)))


@dataclass(frozen=True, slots=True)
class MetricPoint:
    """One sample. `time` is the start of the interval that the sample covers. Key: series and time."""

    series: SeriesKey
    time: datetime
    value: float


@dataclass(frozen=True, slots=True)
class JobRunRow:
    """One run of a job. Key: service, project, run id. A finished attempt never becomes unfinished again.

    `bytes_billed` is the amount that the query would have billed on demand, even if `reservation_id` says that slots
    paid for it.
    """

    service: str
    project: str
    run_id: str
    job_name: str
    state: JobState
    parent: str = ""
    created_at: datetime | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
    attempt: int = 1
    error: str = ""
    principal: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    slot_ms: int = 0
    bytes_billed: int = 0
    cache_hit: bool | None = None
    statement_type: str = ""
    query_key: str = ""
    destination: str = ""
    sources: Sequence[str] = ()
    reservation_id: str | None = None
    edition: str | None = None


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """The declared schedule of a job as of `seen_at`. Key: service, project, location, job name.

    `interval_seconds` is the longest time between two runs; None if there is no interval, as for a job that events start.
    `state` is enabled or paused.
    """

    service: str
    project: str
    location: str
    job_name: str
    seen_at: datetime
    title: str = ""
    schedule: str = ""
    time_zone: str = "UTC"
    interval_seconds: int | None = None
    next_run_at: datetime | None = None
    state: str = "enabled"


@dataclass(frozen=True, slots=True)
class SchedulesSeenRow:
    """Ends the list of schedules of a location as of `seen_at`. A schedule that the list lacks was deleted."""

    service: str
    project: str
    location: str
    seen_at: datetime


class DeadlineState(enum.StrEnum):
    """Whether the next run of a job will end in time; `learning` while too few runs are known to say."""

    ON_TIME = "on_time"
    LATE = "late"
    LEARNING = "learning"


@dataclass(frozen=True, slots=True)
class JobDeadlineRow:
    """The next run of a job: its deadline and its likely end. Key: service, project and job.

    `order_at` is the deadline, or the likely end while no deadline is known; `deadline_at` is the declared deadline or the
    latest usual end; `chance` is the chance that the run ends after a learned deadline; `runs` is the number of runs from
    which the usual end is learned. The check at `seen_at` knew the runs until `known_until`.
    """

    service: str
    project: str
    job_name: str
    order_at: datetime
    state: DeadlineState
    known_until: datetime
    seen_at: datetime
    is_running: bool = False
    is_declared: bool = False
    due_at: datetime | None = None
    usual_end: datetime | None = None
    deadline_at: datetime | None = None
    expected_end: datetime | None = None
    chance: float | None = None
    runs: int = 0


@dataclass(frozen=True, slots=True)
class TableSizeRow:
    """The size of a table or a bucket on a UTC day; the latest row of a day is kept. Key: day and resource."""

    day: date
    resource: str
    service: str
    project: str
    container: str
    kind: str = ""
    row_count: int | None = None
    size_bytes: int | None = None
    partitions: int | None = None
    schema_key: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UserActionRow:
    """The number of calls of one method on one resource by one principal in one hour.

    Key: hour, project and these three.

    A row covers the whole hour. When the hour is counted again, the larger count is kept.
    """

    hour: datetime
    project: str
    principal: str
    service: str
    method: str
    resource: str
    count: int
    denied: int
    first_at: datetime
    last_at: datetime
    networks: Sequence[str] = ()
    permissions: Sequence[str] = ()
    key: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", digest(self.project, self.principal, self.method, self.resource))


@dataclass(frozen=True, slots=True)
class BindingEntry:
    """One member with one role in a policy."""

    role: str
    member: str
    condition: Mapping[str, str] | None = None

    @property
    def condition_key(self) -> str:
        """The key of the condition, made from its expression; empty without a condition."""
        return condition_key(self.condition)


def condition_key(condition: Mapping[str, Any] | None) -> str:
    """The key of a condition, made from its expression; empty without a condition."""
    return _expression_key(str(condition.get("expression", ""))) if condition else ""


@lru_cache(maxsize=1000)
def _expression_key(expression: str) -> str:
    return digest(expression)


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """The whole policy of one resource at the time of the snapshot. Key: resource.

    Equal policies have the same `key`: the bindings are compared only when the key changed. `number` is the
    project number, empty for other resources.
    """

    resource: str
    asset_type: str
    project: str
    ancestors: Sequence[str]
    bindings: Iterable[BindingEntry]
    seen_at: datetime
    key: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class PoliciesSeenRow:
    """Ends a snapshot of policies: it read all of `scope` as of `seen_at`, so a policy that it did not report no longer exists.

    `resources` are all resources of the scope; those without a reported policy have an empty policy.
    """

    scope: str
    seen_at: datetime
    resources: Sequence[PolicyRow] = ()


@dataclass(frozen=True, slots=True)
class BindingChangeRow:
    """One element of a policyDelta in an audit entry. Key: event_key. `action` is ADD or REMOVE."""

    event_key: str
    time: datetime
    resource: str
    action: str
    role: str
    member: str
    principal: str
    condition: Mapping[str, str] | None = None
    condition_key: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "condition_key", condition_key(self.condition))


@dataclass(frozen=True, slots=True)
class RoleRow:
    """The permissions of a role as of `seen_at`; stored only when they changed."""

    name: str
    title: str
    stage: str
    permissions: Sequence[str]
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class ServiceAccountRow:
    """A service account as of `seen_at`. Key: e-mail address."""

    email: str
    project: str
    seen_at: datetime
    display_name: str = ""
    disabled: bool = False
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A user-managed key of a service account as of `seen_at`. Key: its full name."""

    name: str
    email: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime | None = None
    disabled: bool = False
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class GroupRow:
    """All members of one group as of `seen_at`; a member that is missing here has left the group."""

    group: str
    members: Sequence[str]
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """States that the evidence about `subject` is complete in [since, until). Adjacent intervals are merged."""

    subject: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class AuditSettingsRow:
    """The audit configuration of `level` (projects/P, folders/N, organizations/N) as of `seen_at`.

    `logged` has the exempted members by service (or allServices) and log type; None if the configuration could not be read.
    """

    level: str
    seen_at: datetime
    logged: Mapping[tuple[str, str], Sequence[str]] | None


Row: TypeAlias = (
    MetricPoint
    | JobRunRow
    | ScheduleRow
    | SchedulesSeenRow
    | TableSizeRow
    | UserActionRow
    | PolicyRow
    | PoliciesSeenRow
    | BindingChangeRow
    | RoleRow
    | ServiceAccountRow
    | KeyRow
    | GroupRow
    | CoverageRow
    | AuditSettingsRow
    | QualityResultRow
)


@dataclass(frozen=True, slots=True)
class ExpectedCollector:
    """A collector with its expected interval and the scopes that it should read."""

    every: timedelta
    scopes: Sequence[str]
