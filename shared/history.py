"""The rows that collectors bring and the Schema DB keeps.

Every row has a natural key, and writing it again changes nothing: a collector may read the same window twice.
Times are aware, event time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeAlias


def digest(*parts: Any) -> str:
    """A short name for any JSON value: the same parts have the same name."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class JobState(StrEnum):
    """How a run stands, whichever service runs it."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, eq=False)
class SeriesKey:
    """What is measured: make one for each time series and share it among its points.

    `aligner` says what a sample is (ALIGN_MEAN, ALIGN_RATE…); `unit` is that of the sample; `resource` is for people.
    `key` tells apart series of one metric and aligner.
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
    """One sample. `time` is the start of the interval that it stands for. Key: series and time."""

    series: SeriesKey
    time: datetime
    value: float


@dataclass(frozen=True, slots=True)
class JobRunRow:
    """One run of a job. Key: service, project, run id. A finished attempt never becomes unfinished again.

    `bytes_billed` is what a query would have billed, where `reservation_id` says that it was paid by the slot.
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
class TableSizeRow:
    """A table or a bucket on a UTC day; the latest of a day stays. Key: day and resource."""

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
    """What one principal did with one method on one resource in one whole hour. Key: hour, project and these three.

    It stands for the whole hour, not for a part of it: counted again, the fuller count stays.
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
    """One member with one role, as a policy has it."""

    role: str
    member: str
    condition: Mapping[str, str] | None = None

    @property
    def condition_key(self) -> str:
        """Names the condition by its expression, empty for none."""
        return condition_key(self.condition)


def condition_key(condition: Mapping[str, Any] | None) -> str:
    """Names a condition by its expression; empty for none."""
    return _expression_key(str(condition.get("expression", ""))) if condition else ""


@lru_cache(maxsize=1000)
def _expression_key(expression: str) -> str:
    return digest(expression)


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """The whole policy of one resource at the time of the snapshot. Key: resource.

    `key` is equal for equal policies; with it the bindings are only looked at when it is another one than before.
    """

    resource: str
    asset_type: str
    project: str
    ancestors: Sequence[str]
    bindings: Iterable[BindingEntry]
    seen_at: datetime
    key: str = ""


@dataclass(frozen=True, slots=True)
class PoliciesSeenRow:
    """Ends a snapshot of policies: all of `scope` were seen as of `seen_at`; what was not among them is missing.

    `resources` are in the scope: those that were not seen with a policy have an empty one.
    """

    scope: str
    seen_at: datetime
    resources: Sequence[PolicyRow] = ()


@dataclass(frozen=True, slots=True)
class BindingChangeRow:
    """One element of a policyDelta. Key: event_key. `action` is ADD or REMOVE."""

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
    """What a role permits as of `seen_at`; only a change makes a row."""

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
    """All members of one group as of `seen_at`: who is not among them has left."""

    group: str
    members: Sequence[str]
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """Evidence about `subject` is complete in [since, until); touching intervals become one."""

    subject: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class AuditSettingsRow:
    """What the audit configuration of `level` (projects/P, folders/N, organizations/N) said at `seen_at`.

    `logged` gives the exempted members by service (or allServices) and log type; None: it could not be read.
    """

    level: str
    seen_at: datetime
    logged: Mapping[tuple[str, str], Sequence[str]] | None


Row: TypeAlias = (
    MetricPoint
    | JobRunRow
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
)
