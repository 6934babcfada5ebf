"""Log lines that explain why a run failed.

They open no incident; they are shown on the incident of their run, whenever they arrive.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from db.error_db.models import Occurrence, ReasonRow
from db.error_db.periods import FailureEvent
from db.error_db.timeline import LINK_WINDOW
from db.insert import insert
from db.sanitize import scrubbed_key
from shared.identity.fingerprint import fingerprint
from shared.lazy.dataclass import dataclass
from shared.model import Finding, Severity

_OFTEN = timedelta(minutes=1)  # a failing worker writes thousands of lines


@dataclass(frozen=True, slots=True)
class RunReason:
    """One line. `own` are the names of its run, including its name as the caller of the jobs that the line names.

    A line that was read from the log for one occurrence has its number instead.
    """

    time: datetime
    rank: int
    text: str
    own: frozenset[str]
    separate_by: frozenset[tuple[str, str]]
    error: str | None = None
    occurrence_id: int | None = None

    def is_about(self, failure: FailureEvent) -> bool:
        """Whether the line explains the failure of this run."""
        if self.occurrence_id is not None:
            return self.occurrence_id == failure.occurrence_id
        values = dict(self.separate_by)
        is_separate = any(values.get(name, value) != value for name, value in failure.separate_by)
        return bool(self.own & failure.own) and not is_separate and abs(self.time - failure.time) <= LINK_WINDOW


def keep(session: Session, finding: Finding, text: str, group: str) -> None:
    """Stores the line of a finding, replacing an earlier line of its run that names the same jobs."""
    links = finding.links
    named = {"own": list(links.own), "apart": dict(links.separate_by), "error": finding.error}
    key = {"name": _key(finding), "rule": scrubbed_key(finding.rule, 200)}
    _keep(session, {**key, "fault_group": group, "time": finding.time, "severity": str(finding.severity)}, named, text)


def keep_of_occurrence(session: Session, occurrence: Occurrence, text: str, error: str, group: str) -> None:
    """Stores a line that was read from the log for an occurrence. Lines that rules found say more."""
    named = {"own": [], "apart": {}, "error": error, "occurrence": occurrence.id}
    key = {"name": fingerprint("occurrence", str(occurrence.id)), "rule": occurrence.rule}
    severity = str(Severity.INFORMATIONAL)
    _keep(session, {**key, "fault_group": group, "time": occurrence.time, "severity": severity}, named, text)


def _keep(session: Session, columns: dict[str, Any], named: dict[str, Any], text: str) -> None:
    values = {**columns, "links": named, "text": text}
    added = insert(session, ReasonRow).values(values)
    session.execute(
        added.on_conflict_do_update(
            index_elements=[ReasonRow.name, ReasonRow.rule], set_=values, where=ReasonRow.time <= columns["time"]
        )
    )


def is_repeated(session: Session, finding: Finding, text: str) -> bool:
    """Whether the run has a later line that names the same jobs, or the same line at about the same time."""
    known = session.get(ReasonRow, (_key(finding), scrubbed_key(finding.rule, 200)))
    if known is None:
        return False
    return known.time >= finding.time or (known.text == text and finding.time - known.time < _OFTEN)


def _key(finding: Finding) -> str:
    links = finding.links
    return fingerprint(*links.own, *(value for _, value in links.separate_by))


_GROUP: BindParameter[str] = bindparam("reasons_group")
_SINCE: BindParameter[datetime] = bindparam("reasons_since")
_OF_GROUP = select(ReasonRow).where(ReasonRow.fault_group == _GROUP, ReasonRow.time >= _SINCE)


def load(session: Session, group: str, since: datetime) -> list[RunReason]:
    """The reasons of a group of jobs, from LINK_WINDOW before `since`."""
    return [
        RunReason(
            one.time,
            Severity(one.severity).rank,
            one.text,
            frozenset(one.links["own"]),
            frozenset(one.links["apart"].items()),
            one.links.get("error"),
            one.links.get("occurrence"),
        )
        for one in session.scalars(_OF_GROUP, {_GROUP.key: group, _SINCE.key: since - LINK_WINDOW})
    ]


def with_names(failure: FailureEvent, reasons: Iterable[RunReason]) -> FailureEvent:
    """The failure with all its names; a reason may add the names of jobs that failed inside its run."""
    own = [reason.own for reason in reasons if reason.is_about(failure)]
    return replace(failure, own=failure.own.union(*own)) if own else failure


def best(failure: FailureEvent, reasons: Sequence[RunReason]) -> RunReason | None:
    """The best reason for the failure of a run: lines that name a job first, then by rank, then the latest."""
    about = [reason for reason in reasons if reason.is_about(failure)]
    return max(about, key=lambda one: (len(one.own) > 1, one.rank, one.time)) if about else None
