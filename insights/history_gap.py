"""Whether the history exists that an answer needs. Without it, an empty answer means nothing."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from db.schema_db.models import Snapshot
from db.schema_db.snapshots import DONE, FAILED
from shared.config import Settings
from shared.lazy.dataclass import dataclass
from shared.texts import Text
from shared.texts.cli import history as texts

POLICIES = ("iam.bindings",)
BIGQUERY_JOBS = ("bigquery.jobs",)
JOBS = (*BIGQUERY_JOBS, "composer.runs", "compute.operations", "dataflow.jobs", "vertex_ai.jobs")
INTERNAL = "hinomi."  # snapshots of Hinomi's own maintenance collect no history


@dataclass(frozen=True, slots=True)
class HistoryGap:
    """The history lacks a successful snapshot of some collectors.

    `is_first` is True if no collector has run; `error` is the error of the latest failed snapshot, if any.
    """

    collectors: tuple[str, ...]
    is_first: bool
    error: str = ""


def history_gap(session: Session, collectors: Sequence[str]) -> HistoryGap | None:
    """The gap in the history of these collectors; None if at least one of them has succeeded."""
    of_collectors = Snapshot.collector.in_(collectors)
    if session.scalar(select(Snapshot.id).where(of_collectors, Snapshot.state == DONE).limit(1)) is not None:
        return None
    any_run = select(Snapshot.id).where(Snapshot.collector.not_like(f"{INTERNAL}%")).limit(1)
    latest = (
        select(Snapshot.error)
        .where(and_(of_collectors, Snapshot.state == FAILED))
        .order_by(Snapshot.slot.desc())
        .limit(1)
    )
    return HistoryGap(tuple(collectors), session.scalar(any_run) is None, session.scalar(latest) or "")


def gap_text(gap: HistoryGap, settings: Settings) -> Text:
    """One sentence with the command that collects the history."""
    names = ", ".join(gap.collectors)
    if gap.error:
        return texts.NO_SUCCESS(names=names, error=gap.error.rstrip("."))
    if gap.is_first or not has_projects(settings):
        return first_steps(settings)
    return texts.NO_SNAPSHOTS_OF(names=names, collectors=" ".join(gap.collectors))


def first_steps(settings: Settings) -> Text:
    """The commands that collect the first snapshots."""
    return texts.NO_SNAPSHOTS if has_projects(settings) else texts.NO_PROJECTS


def has_projects(settings: Settings) -> bool:
    """Whether any project is monitored."""
    return bool(settings.projects or settings.scope)
