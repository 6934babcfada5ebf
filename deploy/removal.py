"""The steps that remove an installation, and those that remove the resources of earlier options.

The options of earlier deployments are known from what the functions say (deploy/record.py): so the functions go after
everything that only these options lead to, and an interrupted removal finds its way again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from deploy.cloud import CloudError
from deploy.parts import accounts, alerts, database, functions, grants, pubsub, release, roles, schedules, sinks
from deploy.site import Site
from deploy.step import Step
from deploy.target import DeployTarget, MonitoredScope
from shared.texts import EMPTY, Text
from shared.texts.deploy import differences, resources

Part = Callable[[Site], Iterator[Step]]

# Nothing arrives any more before anything else goes.
FIRST: tuple[Part, ...] = (
    alerts.removal,
    alerts.remove_channel,
    schedules.removal,
    sinks.removal,
    pubsub.remove_subscriptions,
    grants.removal,
    roles.removal,
    release.remove_job,
    release.remove_repository,
)
DATABASES: tuple[Part, ...] = (database.removal, database.remove_secret)
LAST: tuple[Part, ...] = (functions.removal, pubsub.remove_topics, accounts.removal)
IN_SCOPE: tuple[Part, ...] = (sinks.removal, grants.removal, roles.removal)


def removal(site: Site, *, databases: bool) -> list[Step]:
    """What takes the installation away, wherever it was put and whatever it watched. What cannot be seen is left."""
    parts = FIRST + (DATABASES if databases else ()) + LAST
    return list(_different(step for part in parts for there in _seen(site, site.target) for step in part(there)))


def leftovers(site: Site) -> Iterator[Step]:
    """What earlier options made and those of now do not want. Databases stay."""
    parts = FIRST + LAST
    now = {step.argv for part in parts for step in part(site)}
    for step in _different(step for part in parts for there in _seen(site) for step in part(there)):
        if step.argv not in now:
            yield replace(step, difference=differences.LEFTOVER)


def unseen(site: Site, *more: DeployTarget) -> list[Text]:
    """The places of earlier deployments (and of `more` options) that cannot be looked at, with the reason."""
    return [
        resources.TITLE_OF_CHANGE(resource=str(there.target.scope), difference=why)
        for there in _places(site, *more)
        if (why := _trouble(there))
    ]


def _seen(site: Site, *more: DeployTarget) -> list[Site]:
    return [there for there in _places(site, *more) if not _trouble(there)]


def _places(site: Site, *more: DeployTarget) -> list[Site]:
    """The site with each of the options; projects one by one, as one of them may be gone."""
    return [
        replace(site, target=replace(target, scope=MonitoredScope(target.scope.kind, (name,))))
        for target in (*more, *site.earlier)
        for name in target.scope.names
    ]


def _trouble(there: Site) -> Text:
    try:
        for part in IN_SCOPE:
            list(part(there))
    except CloudError as error:
        return error.text
    return EMPTY


def _different(steps: Iterable[Step]) -> Iterator[Step]:
    seen = set()
    for step in steps:
        if step.argv not in seen:
            yield step
        seen.add(step.argv)
