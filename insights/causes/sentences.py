"""Describes a change before an incident in sentences."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from insights.causes.model import ChangeKind
from shared.texts import Text, causes, joined

if TYPE_CHECKING:
    from insights.causes.model import Cause

KINDS = {
    ChangeKind.DEPLOYMENT: causes.DEPLOYMENT,
    ChangeKind.GRANT: causes.GRANT,
    ChangeKind.REVOKED: causes.REVOKED_GRANT,
    ChangeKind.SCHEMA: causes.SCHEMA,
    ChangeKind.QUOTA: causes.QUOTA,
    ChangeKind.FAILED_JOB: causes.FAILED_JOB,
    ChangeKind.LATE_JOB: causes.LATE_JOB,
    ChangeKind.SLOW_JOB: causes.SLOW_JOB,
    ChangeKind.VOLUME: causes.VOLUME,
    ChangeKind.LOAD: causes.LOAD,
    ChangeKind.PLATFORM: causes.PLATFORM,
}


def line(cause: Cause) -> Text:
    """The change, its author and the evidence, in one line."""
    return causes.LINE(change=headline(cause), evidence=reasons(cause))


def headline(cause: Cause) -> Text:
    """The change, and its author if known."""
    kind, what = KINDS[cause.kind], cause.what.text
    return causes.CHANGE_BY(kind=kind, what=what, who=cause.who) if cause.who else causes.CHANGE(kind=kind, what=what)


def line_of_days(cause: Cause, days: tuple[date, date]) -> Text:
    """The change, its author if known, and the days of the two snapshots between which it happened."""
    return causes.LINE(change=headline(cause), evidence=causes.BETWEEN_DAYS(before=str(days[0]), day=str(days[1])))


def reasons(cause: Cause) -> Text:
    """The reason why the change may be the cause."""
    return joined((statement.text for statement in cause.evidence), causes.AND)
