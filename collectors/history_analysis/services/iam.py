"""IAM: grants, the permissions of roles, and service accounts with their keys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from collectors.history_analysis.collector import Batch, Collector, SnapshotContext, projects
from shared.config import Settings

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NO_LAG = timedelta(0)


def scopes(settings: Settings) -> list[str]:
    """HINOMI_SCOPE, or each project."""
    return [settings.scope] if settings.scope else projects(settings)


def single_scope(settings: Settings) -> list[str]:
    """A single scope for objects that are read by name; no scope if neither HINOMI_SCOPE nor a project is set."""
    return ["iam"] if scopes(settings) else []


def _bindings(context: SnapshotContext) -> Iterator[Batch]:
    from collectors.history_analysis.iam import policies  # noqa: PLC0415

    return policies.collect(context)


def _roles(context: SnapshotContext) -> Iterator[Batch]:
    from collectors.history_analysis.iam import roles  # noqa: PLC0415

    return roles.collect(context)


def _accounts(context: SnapshotContext) -> Iterator[Batch]:
    from collectors.history_analysis.iam import accounts  # noqa: PLC0415

    return accounts.collect(context)


def _groups(context: SnapshotContext) -> Iterator[Batch]:
    from collectors.history_analysis.iam import groups  # noqa: PLC0415

    return groups.collect(context)


COLLECTORS = (
    Collector(
        name="iam.bindings",
        doc="Every binding: resource, role, member and condition, with its start and end.",
        every=HOUR,
        permissions=("cloudasset.assets.searchAllIamPolicies", "cloudasset.assets.searchAllResources"),
        scopes=scopes,
        collect=_bindings,
        lag=NO_LAG,
    ),
    Collector(
        name="iam.roles",
        doc="The permissions of each role in use, with the times at which they applied.",
        every=DAY,
        permissions=("iam.roles.get",),
        scopes=single_scope,
        collect=_roles,
        lag=NO_LAG,
        after=("iam.bindings",),
    ),
    Collector(
        name="iam.service_accounts",
        doc="Service accounts and their keys, with age and last use.",
        every=DAY,
        permissions=(
            "iam.serviceAccounts.list",
            "iam.serviceAccountKeys.list",
            "policyanalyzer.serviceAccountLastAuthenticationActivities.query",
            "policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query",
        ),
        scopes=projects,
        collect=_accounts,
        lag=NO_LAG,
    ),
    Collector(
        name="iam.groups",
        doc="The members of each group that has a role, if Hinomi may read groups.",
        every=DAY,
        permissions=(),  # a role of Cloud Identity (Groups Reader), not of Google Cloud
        scopes=single_scope,
        collect=_groups,
        lag=NO_LAG,
        after=("iam.bindings",),
    ),
)
