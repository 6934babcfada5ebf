"""Existing resources with names of the plan that Hinomi does not manage: left alone unless --adopt is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deploy.parts import database, functions, roles, sinks
from deploy.scripts import jobs
from deploy.site import Site
from deploy.step import Step
from shared.texts import Text
from shared.texts.deploy import differences, resources


@dataclass(frozen=True, slots=True)
class UnmanagedResource:
    """`what` names the resource; `mark` is the command that marks it as managed, or empty if a later step marks it."""

    what: Text
    mark: tuple[str, ...] = ()


def find(site: Site) -> Iterator[UnmanagedResource]:
    """All resources with a name in the plan that have neither the label nor the mark."""
    for kinds in (_functions, _database, _pubsub, _accounts, _roles, _schedules, _sinks, _release, _scripts):
        yield from kinds(site)


def steps(site: Site) -> Iterator[Step]:
    """With --adopt, the steps that mark these resources as managed."""
    for item in find(site) if site.adopt else ():
        if item.mark:
            yield Step(item.what, differences.UNMANAGED, item.mark)


def _functions(site: Site) -> Iterator[UnmanagedResource]:
    for function in site.functions:
        if _unlabelled(site, functions.find(site, function)):
            yield UnmanagedResource(resources.FUNCTION(name=function.name))


def _database(site: Site) -> Iterator[UnmanagedResource]:
    instance = site.cloud.get("sql", f"sql/v1beta4/projects/{site.target.project}/instances/{site.instance}") or {}
    if not site.target.database_instance and _unlabelled(site, instance.get("settings"), "userLabels"):
        yield UnmanagedResource(resources.INSTANCE(name=site.instance))
    name = site.plan["database"]["release_secret"]
    secret = database.secret(site, name)
    if site.target.database_instance and not site.is_managed(
        secret
    ):  # objects in a database cannot be marked; this comes first
        yield from map(UnmanagedResource, database.present(site))
    if _unlabelled(site, secret):
        yield UnmanagedResource(resources.SECRET(name=name), ("secrets", "update", name, site.in_project, _label(site)))


def _pubsub(site: Site) -> Iterator[UnmanagedResource]:
    kinds = ("topics", site.topics, resources.TOPIC), ("subscriptions", site.subscriptions, resources.SUBSCRIPTION)
    for kind, names, text in kinds:
        for name in names:
            current = site.cloud.get("pubsub", f"v1/projects/{site.target.project}/{kind}/{name}")
            if _unlabelled(site, current):
                mark = ("pubsub", kind, "update", name, site.in_project, _label(site))
                yield UnmanagedResource(text(name=name), mark)


def _accounts(site: Site) -> Iterator[UnmanagedResource]:
    path = f"v1/projects/{site.target.project}/serviceAccounts"
    for name, why in site.accounts.items():
        email = site.email(name)
        if _unmarked(site, site.cloud.get("iam", f"{path}/{email}")):
            about = f"--description={why.en} ({site.plan['mark']})"
            yield UnmanagedResource(
                resources.ACCOUNT(name=name), ("iam", "service-accounts", "update", email, site.in_project, about)
            )


def _roles(site: Site) -> Iterator[UnmanagedResource]:
    for role in roles.of(site):
        current = site.cloud.get("iam", f"v1/{role.name}") if "(" not in role.parent else None
        if role.permissions and _unmarked(site, current):
            argv = ("iam", "roles", "update", role.id, _where(role.parent), f"--description={site.plan['mark']}")
            yield UnmanagedResource(resources.ROLE(name=role.name), argv)


def _schedules(site: Site) -> Iterator[UnmanagedResource]:
    where = (site.in_project, f"--location={site.target.region}", f"--description={site.plan['mark']}")
    for name in site.plan["schedules"]:
        current = site.cloud.get("cloudscheduler", f"v1/{_location(site)}/jobs/{name}")
        if _unmarked(site, current):
            kind = "pubsub" if "pubsubTarget" in (current or {}) else "http"
            yield UnmanagedResource(resources.SCHEDULE(name=name), ("scheduler", "jobs", "update", kind, name, *where))


def _sinks(site: Site) -> Iterator[UnmanagedResource]:
    """Sinks with names of the plan that have another destination or no mark."""
    for parent in sinks.parents(site):
        managed = sinks.existing(site, parent)
        for name in site.desired.filters:
            current = site.cloud.get("logging", f"v2/{parent}/sinks/{name}") if name not in managed else None
            if current is not None:
                about = (_where(parent), f"--description={site.plan['mark']}")
                argv = ("logging", "sinks", "update", name, sinks.destination(site), *about)
                yield UnmanagedResource(resources.SINK(name=name, parent=parent), argv)


def _release(site: Site) -> Iterator[UnmanagedResource]:
    spec = site.plan["release"]
    if _unlabelled(site, site.cloud.get("artifactregistry", f"v1/{_location(site)}/repositories/{spec['repository']}")):
        where = (site.in_project, f"--location={site.target.region}", _label(site))
        argv = ("artifacts", "repositories", "update", spec["repository"], *where)
        yield UnmanagedResource(resources.IMAGE_REPOSITORY(name=spec["repository"]), argv)
    if _unlabelled(site, site.cloud.get("run", f"v2/{_location(site)}/jobs/{spec['job']}")):
        yield UnmanagedResource(resources.JOB(name=spec["job"]))


def _scripts(site: Site) -> Iterator[UnmanagedResource]:
    found = jobs.existing(site)
    for each in site.scripts.values():
        if _unlabelled(site, found.get(each.job)):
            yield UnmanagedResource(resources.JOB(name=each.job))


def _unlabelled(site: Site, current: Mapping[str, Any] | None, labels: str = "labels") -> bool:
    return current is not None and not site.is_managed(current, labels)


def _unmarked(site: Site, current: Mapping[str, Any] | None) -> bool:
    return current is not None and not site.is_marked(current)


def _location(site: Site) -> str:
    return f"projects/{site.target.project}/locations/{site.target.region}"


def _where(parent: str) -> str:
    kind, _, name = parent.partition("/")
    return f"--{kind.removesuffix('s')}={name}"


def _label(site: Site) -> str:
    return "--update-labels=" + "=".join(site.label)
