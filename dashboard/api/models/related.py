"""Models of the jobs and bindings that an incident concerns."""

from __future__ import annotations

from pydantic import Field

from dashboard.api.models.access import GrantItem
from dashboard.api.models.base import ApiModel, Moment
from dashboard.api.models.jobs import ShortRun
from insights.jobs.related import Relation
from shared.model import JobHealth


class RelatedJobItem(ApiModel):
    """A related job; `via` is the table, DAG or account that connects it, and `text` is the relation as a sentence."""

    service: str
    project: str
    name: str
    relation: Relation
    via: str
    text: str
    health: JobHealth
    last_end: Moment | None
    incidents: list[int] = Field(description="The numbers of its unresolved incidents, at most ten.")
    latest_runs: list[ShortRun] = Field(description="Its last 14 runs, oldest first.")


class RelatedJobs(ApiModel):
    """The jobs related to an incident, its own job first, at most eight. `gap` says which history is missing."""

    items: list[RelatedJobItem]
    gap: str


class RelatedBindingItem(GrantItem):
    """A binding at the incident and now. `was_granted` and `was_removed`: in the 7 days before the incident or since."""

    principal: str
    valid_then: bool = Field(description="Whether the binding was valid when the incident opened.")
    valid_now: bool
    was_granted: bool
    was_removed: bool
    until: Moment | None = Field(description="The time at which the binding was removed.")
    removed_by: str


class RelatedBindings(ApiModel):
    """The bindings of the accounts on the resource and its ancestors, changed ones first, at most eight.

    `gap` says which history is missing; with a gap, an empty list means nothing.
    """

    resource: str
    accounts: list[str]
    items: list[RelatedBindingItem]
    gap: str
