"""Audit logs: calls of principals on resources, changes of grants, and the audit configuration."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from collectors.history_analysis.collector import Batch, Collector, SnapshotContext
from collectors.history_analysis.iam.levels import scopes
from shared.config import Settings

HOUR = timedelta(hours=1)


def single_scope(settings: Settings) -> list[str]:
    """A single scope, because the configurations of all levels apply together."""
    return ["audit"] if scopes(settings) else []


def _actions(context: SnapshotContext) -> Iterator[Batch]:
    from collectors.history_analysis.iam import audit  # noqa: PLC0415

    return audit.collect(context)


def _settings(context: SnapshotContext) -> Iterator[Batch]:
    from collectors.history_analysis.iam import audit_config  # noqa: PLC0415

    return audit_config.collect(context)


COLLECTORS = (
    Collector(
        name="audit.actions",
        doc="Calls by principal, method and resource, counted by the hour; grants and revocations of roles, to the second.",
        every=HOUR,
        # Without the second one Cloud Logging omits Data Access entries: it is tested before each batch.
        permissions=("logging.logEntries.list", "logging.privateLogEntries.list"),
        scopes=scopes,
        collect=_actions,
        lag=timedelta(0),
        overlap=HOUR,  # entries arrive late, so an hour is counted again
        after=("iam.bindings",),
    ),
    Collector(
        name="audit.settings",
        doc="The services and members with Data Access logs, with the times at which the logs were on.",
        every=HOUR,
        permissions=(
            "resourcemanager.projects.getIamPolicy",
            "resourcemanager.folders.getIamPolicy",
            "resourcemanager.organizations.getIamPolicy",
        ),
        scopes=single_scope,
        collect=_settings,
        lag=timedelta(0),
        after=("iam.bindings",),
    ),
)
