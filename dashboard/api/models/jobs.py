"""Jobs and their runs."""

from __future__ import annotations

from pydantic import Field

from dashboard.api.models.base import ApiModel, GivenMoment, Limit, Moment, Name, NeededName, PageQuery, QueryModel
from shared.history import DeadlineState
from shared.model import JobHealth


class JobQuery(PageQuery):
    """The filters of jobs."""

    q: Name = Field("", description="Part of the name, ignoring case.")
    service: Name = Field("", description="The service, such as bigquery or airflow.")
    health: list[JobHealth] = Field([], max_length=7, description="Any of these states.")
    ad_hoc: bool = Field(
        False, description="Queries of accounts and operations on machines in place of scheduled jobs."
    )


class OneJobQuery(QueryModel):
    """The name of a job; `project` is the Airflow connection for Airflow."""

    service: NeededName = Field(description="The service.")
    project: Name = Field("", description="The project, or the Airflow connection.")
    name: NeededName = Field(description="The name.")


class RunQuery(OneJobQuery):
    """The name of a job, and the filters of its runs."""

    limit: Limit = Field(50, description="Maximum number of runs on a page.")
    before: GivenMoment | None = Field(None, description="Only runs that started before this time.")


class GapQuery(QueryModel):
    """The filters of missing runs."""

    days: int = Field(30, ge=1, le=90, description="The number of days.")
    service: Name = Field("", description="The service.")
    limit: Limit = Field(50, description="Maximum number of runs.")


class DeadlineQuery(QueryModel):
    """The filters of deadlines."""

    service: Name = Field("", description="The service.")
    limit: Limit = Field(50, description="Maximum number of deadlines.")


class ShortRun(ApiModel):
    """A run in a list."""

    run_id: str
    state: str
    start_at: Moment
    end_at: Moment | None
    seconds: float | None


class JobMove(ApiModel):
    """A move of a job to another time of day: local times such as 02:00, and the first start at the new one."""

    before: str
    now: str
    since: Moment


class JobItem(ApiModel):
    """A job with its latest runs, oldest first. Figures cover the last five weeks, prices a week."""

    service: str
    project: str
    name: str
    health: JobHealth
    runs: int
    failed: int
    last_start: Moment
    last_end: Moment | None
    running_since: Moment | None
    due_at: Moment | None = Field(description="The time at which a missing run was due.")
    usual_seconds: float | None
    interval_seconds: float | None
    failed_in_a_row: int
    price: float
    previous_price: float
    owner: str
    incident: int | None = Field(description="The number of its unresolved incident.")
    moved: list[JobMove] = Field(description="The moves of the job to another time of day among its latest runs.")
    latest_runs: list[ShortRun]


class JobPage(ApiModel):
    """Jobs, those with problems first."""

    items: list[JobItem]
    total: int
    next_cursor: str | None


class JobRunItem(ApiModel):
    """One run of a job."""

    run_id: str
    parent: str
    state: str
    created_at: Moment | None
    start_at: Moment
    end_at: Moment | None
    seconds: float | None
    waited: float | None
    attempt: int
    error: str
    principal: str
    bytes_billed: int
    slot_hours: float
    destination: str
    sources: list[str]
    reservation_id: str | None


class JobRunPage(ApiModel):
    """Runs, latest first."""

    items: list[JobRunItem]
    next_before: Moment | None = Field(description="The value of `before` for the next page; null on the last one.")


class GapItem(ApiModel):
    """A run that failed and was never repaired (`failed`), or that was due and never started (`never_started`)."""

    state: str
    service: str
    project: str
    job: str
    run: str
    since: Moment
    later_success_at: Moment | None
    incident: int | None
    command: str = Field(description="The command that runs the job again.")
    advice: str


class GapList(ApiModel):
    """Missing runs. `has_history` is false while no run of a job is known; the list then has failed runs only."""

    items: list[GapItem]
    has_history: bool


class DeadlineItem(ApiModel):
    """The next run of a job, with its deadline and its likely end."""

    service: str
    project: str
    job_name: str
    state: DeadlineState
    is_running: bool
    is_declared: bool = Field(
        description="Whether the deadline was declared; otherwise the deadline is the latest usual end."
    )
    due_at: Moment | None = Field(description="The time at which the run is due to start.")
    usual_end: Moment | None
    deadline_at: Moment | None = Field(description="Null while the deadline is being learned.")
    expected_end: Moment | None
    chance: float | None = Field(
        description="The probability, from 0 to 1, that the run ends after a learned deadline."
    )
    runs: int = Field(description="The earlier runs from which the usual end is learned.")
    known_until: Moment = Field(description="The time until which the runs of the job were known.")


class DeadlineList(ApiModel):
    """The next deadlines, the next one first; late jobs also after their deadline."""

    items: list[DeadlineItem]
