"""Audit logs: who did what on which resource, and who changed which grant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from collectors.history_analysis.collector import Batch, Collector, SnapshotContext, projects

HOUR = timedelta(hours=1)


def _actions(context: SnapshotContext) -> Iterator[Batch]:
    from collectors.history_analysis.iam import audit  # noqa: PLC0415

    return audit.collect(context)


COLLECTORS = (
    Collector(
        name="audit.actions",
        doc="Who did what on which resource, by the hour; and who granted and revoked which role, to the second.",
        every=HOUR,
        permissions=(
            "logging.logEntries.list",
            "logging.privateLogEntries.list",
            "resourcemanager.projects.getIamPolicy",
        ),
        scopes=projects,
        collect=_actions,
        lag=timedelta(0),
        overlap=HOUR,  # entries come late; the hour is counted again
    ),
)
