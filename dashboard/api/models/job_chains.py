"""Timelines of jobs, and what is upstream and downstream of them."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from dashboard.api.models.base import ApiModel, Day, GivenDay, Moment, Name, QueryModel
from dashboard.api.models.jobs import OneJobQuery
from shared.model import JobHealth


class TimelineQuery(OneJobQuery):
    """The name of a job, the day of its chain, and the run whose tasks are shown."""

    day: GivenDay | None = Field(None, description="The day of the chain. Default, and for days in the future: today.")
    run: Name = Field("", description="The id of a run of an Airflow DAG or task. Default: the latest run.")


class TimelineRunItem(ApiModel):
    """A run on a timeline."""

    state: str = Field(description="The state of the run, or `expected` if the run has not started.")
    start: Moment
    end: Moment | None = Field(description="Null while the run is running or expected.")
    until: Moment = Field(description="The end of the run, or its expected end.")
    attempt: int
    failed_at: list[Moment] = Field(
        description="Times at which earlier attempts failed, as far as incidents recorded them."
    )
    is_critical: bool = Field(description="Whether the run is on the critical path.")


class TimelineRowItem(ApiModel):
    """A task or a job on a timeline. `hop` is negative upstream and positive downstream."""

    service: str
    project: str
    name: str
    state: str
    hop: int
    usual_start: Moment | None
    usual_end: Moment | None
    runs: list[TimelineRunItem]


class CriticalStepItem(ApiModel):
    """A run of the critical path."""

    service: str
    project: str
    name: str
    state: str
    start: Moment
    until: Moment = Field(description="The end of the run, or its expected end.")
    waited_seconds: float | None = Field(
        description="Time from the end of the previous run to the start; null for the first run."
    )


class TimelineItem(ApiModel):
    """Rows of runs, and the critical path, earliest first: each step is the upstream run that ended last before the next."""

    rows: list[TimelineRowItem]
    critical_path: list[CriticalStepItem]
    left_out: int = Field(description="The number of omitted rows.")


class JobTimelines(ApiModel):
    """The chain of a day, and the tasks of a run of an Airflow DAG; null without runs, or without tasks."""

    day: Day
    chain: TimelineItem | None
    run: str | None = Field(description="The id of the run whose tasks are shown.")
    tasks: TimelineItem | None


class LineageQuery(QueryModel):
    """A job, or a table."""

    service: Name = Field("", description="The service of the job.")
    project: Name = Field("", description="The project, or the Airflow connection.")
    name: Name = Field("", description="The name of the job.")
    table: Name = Field("", description="A table such as project.dataset.table, in place of a job.")

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if bool(self.table) == bool(self.name):
            raise ValueError("either name or table is needed")
        return self


class LineageHopItem(ApiModel):
    """A job some hops away. An effect arrives with its next start."""

    hop: int
    service: str
    project: str
    name: str
    tables: list[str] = Field(description="The tables that connect the job with the previous hop.")
    writes: list[str]
    health: JobHealth
    owner: str
    next_start: Moment | None = Field(description="The next start of the job; for a running job, its start.")
    next_end: Moment | None
    incident: int | None = Field(description="The number of its unresolved incident.")


class LineageHopList(ApiModel):
    """The jobs in one direction, nearest first."""

    items: list[LineageHopItem]
    left_out: int


class LineageItem(ApiModel):
    """What is downstream and upstream, by hop."""

    downstream: LineageHopList
    upstream: LineageHopList
