"""Grants reading the tables of data quality queries: a predefined role, limited to these tables by a condition.

gcloud cannot add to the access list of a table or a dataset, so a condition on the resource's name limits the grant on
its project (bigquery/docs/conditions). A condition has at most twelve logical operators (iam/docs/conditions-overview),
so for a dataset with more tables the whole dataset is granted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from deploy.parts.grants import CONDITION, PlannedGrant, missing, policy, taken_back
from deploy.site import Site
from deploy.step import Step
from shared.texts import listed
from shared.texts.deploy import differences, purposes

VIEWER = "roles/bigquery.dataViewer"
MOST_TABLES = 10


def steps(site: Site) -> Iterator[Step]:
    """Grants missing roles, and revokes roles on monitored projects that no query needs any more."""
    grants = list(planned(site))
    for grant in grants:
        yield from missing(site, grant)
    keys = {grant.key for grant in grants}
    for grant in _existing(site, {grant.name for grant in grants}):
        if grant.key not in keys:
            yield from taken_back(site, grant, differences.NOT_NEEDED)


def removal(site: Site) -> Iterator[Step]:
    """Revokes the grants."""
    for grant in _existing(site, {grant.name for grant in planned(site)}):
        yield from taken_back(site, grant, differences.OWNED)


def _existing(site: Site, projects: set[str]) -> Iterator[PlannedGrant]:
    """The conditional grants of the role on these and the monitored projects that a deployment made."""
    function, scope = site.function("history_analysis"), site.target.scope
    monitored = set(scope.names) if scope.kind == "projects" else set()
    for project in sorted(projects | monitored) if function else ():
        member = f"serviceAccount:{site.email(function.account)}" if function else ""
        grant = PlannedGrant("project", project, VIEWER, member)
        for binding in policy(site, grant):
            condition = binding.get("condition", {})
            is_own = binding.get("role") == VIEWER and member in binding.get("members", [])
            if is_own and condition.get("title") == CONDITION:
                yield replace(grant, condition=condition.get("expression", ""))


def planned(site: Site) -> Iterator[PlannedGrant]:
    """A grant for each dataset with declared tables, for the account of the history function."""
    function = site.function("history_analysis")
    if function is None:
        return
    member = f"serviceAccount:{site.email(function.account)}"
    for dataset, names in groupby(sorted(site.desired.quality_tables), key=_dataset):
        tables = list(names)
        why = purposes.READS_QUALITY(tables=listed(each.rpartition("/")[2] for each in tables))
        project = dataset.split("/")[1]
        yield PlannedGrant("project", project, VIEWER, member, why, condition=_condition(dataset, tables))


def _dataset(name: str) -> str:
    return "/".join(name.split("/")[:4])


def _condition(dataset: str, tables: list[str]) -> str:
    if dataset in tables or len(tables) > MOST_TABLES:
        return f'resource.name == "{dataset}" || resource.name.startsWith("{dataset}/")'
    return " || ".join(map(_is_table, tables))


def _is_table(name: str) -> str:
    return f'resource.name.startsWith("{name[:-1]}")' if name.endswith("*") else f'resource.name == "{name}"'
