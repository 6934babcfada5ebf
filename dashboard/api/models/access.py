"""Models of access: who has it, since when and how, and whether it is used and intended."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from dashboard.api.models.base import ApiModel, GivenMoment, Limit, Moment, Name, NeededName, QueryModel
from insights.access.answers.intent import Intent
from insights.access.model import Level, Use
from shared.model import Severity


class AccessQuery(QueryModel):
    """The time of the question. The use of grants covers the 90 days before it."""

    at: GivenMoment | None = Field(None, description="The time. Default: now.")
    limit: Limit = Field(100, description="Maximum number of items.")


class ResourceAccessQuery(AccessQuery):
    """The resource and the level of access."""

    resource: NeededName = Field(
        description="A full resource name, or `gs://BUCKET`, `PROJECT.DATASET`, `projects/PROJECT`."
    )
    may: Level = Field(Level.READ, description="read, write or admin.")


class DifferencesQuery(ResourceAccessQuery):
    """The two times that are compared: `since` and `at`."""

    since: GivenMoment = Field(description="The earlier time.")


class CallsQuery(AccessQuery):
    """The resource or the principal, and the days before `at`."""

    resource: Name = Field("", description="The resource: calls on it and on resources inside it.")
    principal: Name = Field("", description="The principal that made the calls.")
    days: int = Field(7, ge=1, le=90, description="The days before `at`.")


class PrincipalAccessQuery(AccessQuery):
    """The principal."""

    principal: NeededName = Field(description="A member such as `user:alice@example.com`, or an address.")


class MatrixQuery(QueryModel):
    """The part of the matrix; `page` and `resource_page` count from 1."""

    project: Name = Field("", description="Only datasets and buckets of this project.")
    resources: Name = Field("", description="Only datasets and buckets whose names contain this text.")
    principals: Name = Field("", description="Only principals whose names contain this text.")
    may: Level | None = Field(None, description="Only access that includes read, write or admin.")
    at: GivenMoment | None = Field(None, description="The time. Default: now.")
    limit: Limit = Field(25, description="Maximum number of principals.")
    resource_limit: int = Field(8, ge=1, le=50, description="Maximum number of resources.")
    page: int = Field(1, ge=1, le=100_000, description="The page of principals.")
    resource_page: int = Field(1, ge=1, le=100_000, description="The page of resources.")


class UsageItem(ApiModel):
    """Whether a grant was used; `reason` says why this is unknown."""

    state: Use
    last_used: Moment | None
    reason: str


class GrantItem(ApiModel):
    """A grant that gives a principal access, with the command that revokes it."""

    resource: str
    role: str
    member: str
    condition: str
    since: Moment
    is_since_exact: bool = Field(description="Whether the time comes from the audit log.")
    granted_by: str
    inherited: bool
    path: list[str] = Field(description="The path from the principal to the member, such as through groups.")
    usage: UsageItem
    intent: Intent
    intent_text: str = Field(description="The persona, or why the grant is unintended.")
    severity: Severity | None
    revoke_command: str


class HolderItem(ApiModel):
    """A principal with access, and every grant that gives it."""

    principal: str
    levels: list[Level]
    intent: Intent
    usage: UsageItem
    grants: list[GrantItem]


class ResourceAccessAnswer(ApiModel):
    """Everybody who has a level of access to a resource, the unintended first.

    `gap` says why the access is unknown, `limits` what the answer does not cover. With a gap, an empty list means
    nothing.
    """

    resource: str
    at: Moment
    may: Level
    holders: list[HolderItem]
    total: int
    chain: list[str] = Field(description="The resource and everything above it.")
    gap: str
    limits: list[str]


class MatrixCellItem(ApiModel):
    """The strongest level of a principal on a resource, and the grants that give it.

    `ended_at` is set if the principal no longer has access: the level and the grants are the last ones, and their use is
    unknown.
    """

    resource: str
    level: Level
    intent: Intent
    usage: UsageItem
    ended_at: Moment | None
    grants: list[GrantItem]


class MatrixRowItem(ApiModel):
    """A principal with its access to the resources of the page; resources that it never had access to are missing."""

    principal: str
    cells: list[MatrixCellItem]


class MatrixAnswer(ApiModel):
    """Principals by datasets and buckets: the principals with unintended access first.

    The principals are those that have or had access to `resources` in the history, so that they are the same at each time:
    `total_principals` counts them, `holders` have access at the time, and `unintended` have access that is not intended.
    `is_cut` is true if only the first grants were read. `gap` and `limits` mean the same as for a resource.
    """

    at: Moment
    since: Moment = Field(description="The beginning of the history.")
    resources: list[str]
    principals: list[MatrixRowItem]
    total_resources: int
    total_principals: int
    holders: int
    unintended: int
    is_cut: bool
    gap: str
    limits: list[str]


class AccessChange(StrEnum):
    """How the access of a principal differs: `changed` means that other grants give it."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


class DifferenceItem(ApiModel):
    """A principal whose access differs, with its access at both times; null where it had none."""

    principal: str
    change: AccessChange
    before: HolderItem | None
    after: HolderItem | None


class DifferencesAnswer(ApiModel):
    """The differences of the access to a resource between two times. `gap` and `limits` mean the same as for a resource."""

    resource: str
    since: Moment
    at: Moment
    may: Level
    items: list[DifferenceItem]
    total: int
    gap: str
    limits: list[str]


class CallItem(ApiModel):
    """Calls of one method by one principal on one resource within an hour; `denied` of the `count` calls were denied."""

    last_at: Moment
    principal: str
    method: str
    resource: str
    count: int
    denied: int
    networks: list[str]


class CallsAnswer(ApiModel):
    """The latest calls in the audit logs; `total` counts all calls of the period."""

    since: Moment
    at: Moment
    items: list[CallItem]
    total: int


class ReachedItem(ApiModel):
    """Resources on which a principal has the same levels through the same grants."""

    layer: str
    resources: list[str]
    levels: list[Level]
    is_unintended: bool


class PrincipalGrantItem(GrantItem):
    """A grant to the principal, with the number of resources with data that it reaches, and of those that no other grant gives."""

    reached: int
    lost: int


class PrincipalAccessAnswer(ApiModel):
    """The access of a principal, by resource and by grant. `gap` and `limits` mean the same as for a resource."""

    members: list[str]
    at: Moment
    reached: list[ReachedItem]
    grants: list[PrincipalGrantItem]
    total: int
    gap: str
    limits: list[str]


class UnusedQuery(QueryModel):
    """The number of grants."""

    limit: Limit = Field(100, description="Maximum number of items.")


class UnusedAnswer(ApiModel):
    """Grants that nobody used in 90 days, among the assessed grants; `is_cut` is true if there are more grants."""

    items: list[GrantItem]
    assessed: int
    is_cut: bool
    gap: str
    limits: list[str]


class MissingItem(ApiModel):
    """A member of a persona that lacks its level on resources of a layer; `reason` says why it may have the access after all."""

    persona: str
    member: str
    layer: str
    level: str
    resources: list[str]
    of: int
    reason: str


class DriftAnswer(ApiModel):
    """The differences from the platform map: unintended grants, the most severe first, and missing access."""

    unintended: list[GrantItem]
    unintended_total: int
    intended_total: int
    missing: list[MissingItem]
    gap: str
    limits: list[str]
