"""The steps that remove an installation, and those that remove the resources of earlier options.

The functions store the options of earlier deployments (deploy/record.py), so they are deleted after all resources that
only these options identify, and an interrupted removal can continue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from deploy.cloud import CloudError
from deploy.parts import (
    accounts,
    alerts,
    channel_topics,
    database,
    functions,
    grants,
    iap,
    pubsub,
    quality_grants,
    release,
    roles,
    schedules,
    sinks,
)
from deploy.scripts import grants as script_grants
from deploy.scripts import jobs as script_jobs
from deploy.site import Site
from deploy.step import Step
from deploy.target import DeployTarget, MonitoredScope
from shared.texts import EMPTY, Text
from shared.texts.deploy import differences, resources

Part = Callable[[Site], Iterator[Step]]

# Stops the delivery of messages before anything is removed.
FIRST: tuple[Part, ...] = (
    alerts.removal,
    alerts.remove_channel,
    schedules.removal,
    sinks.removal,
    pubsub.remove_subscriptions,
    script_jobs.removal,
    grants.removal,
    quality_grants.removal,
    iap.removal,
    script_grants.removal,
    channel_topics.removal,
    roles.removal,
    release.remove_job,
    release.remove_repository,
)
DATABASES: tuple[Part, ...] = (database.removal, database.remove_secret)
LAST: tuple[Part, ...] = (functions.removal, pubsub.remove_topics, accounts.removal)
IN_SCOPE: tuple[Part, ...] = (sinks.removal, grants.removal, quality_grants.removal, roles.removal)


def removal(site: Site, *, databases: bool) -> list[Step]:
    """Removes the installation in all its locations and scopes. Resources that cannot be read are left."""
    parts = FIRST + (DATABASES if databases else ()) + LAST
    return list(_of_all(_readable(site, site.target), parts))


def leftovers(site: Site) -> Iterator[Step]:
    """Removes resources of earlier options that the current options do not need. Databases stay."""
    parts = FIRST + LAST
    now = {step.argv for part in parts for step in part(site)}
    for step in _of_all(_readable(site), parts):
        if step.argv not in now:
            yield replace(step, difference=differences.LEFTOVER)


def unreadable(site: Site, *more: DeployTarget) -> list[Text]:
    """The locations of earlier deployments (and of `more` options) that cannot be read, with the reason."""
    return [
        resources.TITLE_OF_CHANGE(resource=str(candidate.target.scope), difference=why)
        for candidate in _candidates(site, *more)
        if (why := _denial(candidate))
    ]


def _readable(site: Site, *more: DeployTarget) -> list[Site]:
    return [candidate for candidate in _candidates(site, *more) if not _denial(candidate)]


def _candidates(site: Site, *more: DeployTarget) -> list[Site]:
    """The site with each of the different options; projects one by one, because one of them may be deleted."""
    found: list[DeployTarget] = []
    for target in (*more, *site.earlier):
        alone = [replace(target, scope=MonitoredScope(target.scope.kind, (name,))) for name in target.scope.names]
        found += [each for each in alone if each not in found]
    return [replace(site, target=target) for target in found]


def _of_all(candidates: Sequence[Site], parts: Iterable[Part]) -> Iterator[Step]:
    """The different steps of each part with each of the options."""
    return _different(step for part in parts for candidate in candidates for step in part(candidate))


def _denial(candidate: Site) -> Text:
    try:
        for part in IN_SCOPE:
            list(part(candidate))
    except CloudError as error:
        return error.text
    return EMPTY


def _different(steps: Iterable[Step]) -> Iterator[Step]:
    seen = set()
    for step in steps:
        if step.argv not in seen:
            yield step
        seen.add(step.argv)
