"""The phases of a deployment, each a list of parts."""

from __future__ import annotations

from collections.abc import Iterator

from deploy import unmanaged
from deploy.parts import (
    accounts,
    alerts,
    apis,
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
    unexpected_grants,
)
from deploy.removal import Part, leftovers
from deploy.scripts import grants as script_grants
from deploy.scripts import jobs as script_jobs
from deploy.site import Site
from deploy.step import Step


def channels(site: Site) -> Iterator[Step]:
    """On an upgrade from a single topic: each kind of message moves to its own topic before the function is deployed.

    Until then the old function accepts every kind on every path, so no message waits for the new function and none is
    rejected.
    """
    if pubsub.is_before_channels(site):
        for part in (grants.calls, pubsub.channels, schedules.steps, alerts.redirections):
            yield from part(site)


PHASES: dict[str, tuple[Part, ...]] = {
    "apis": (apis.steps,),
    "adopt": (unmanaged.steps,),
    "base": (
        accounts.steps,
        pubsub.topics,
        pubsub.pull,
        roles.steps,
        database.make_secret,
        release.repository,
        alerts.channel,
        alerts.notifications,
        sinks.steps,
        database.steps,
    ),
    "inside": (
        release.forget,
        grants.steps,
        quality_grants.steps,
        channel_topics.steps,
        script_grants.of_secrets,
        unexpected_grants.steps,
        roles.unneeded,
        database.inside,
    ),
    "channels": (channels,),
    "image": (release.image, script_jobs.images),
    "release": (release.job,),
    "scripts": (script_jobs.steps, script_grants.calls),
    "code": (functions.steps,),
    "flow": (
        grants.calls,
        iap.steps,
        unexpected_grants.calls,
        pubsub.push,
        schedules.steps,
        alerts.redirections,
        alerts.steps,
    ),
    "last": (
        grants.subscribers,
        grants.former,
        unexpected_grants.publishing,
        unexpected_grants.reading_orders,
        pubsub.undeclared,
        script_jobs.undeclared,
        iap.undeclared,
        functions.undeclared,
        accounts.undeclared,
    ),
    "leftover": (leftovers,),
}


def steps(site: Site, phase: str) -> list[Step]:
    """The steps of one phase."""
    return [step for part in PHASES[phase] for step in part(site)]


def next_steps(site: Site, after: str) -> tuple[str, list[Step]]:
    """The first phase after `after` (empty: from the start) that has steps, with its steps; empty at the end."""
    names = list(PHASES)
    for name in names[names.index(after) + 1 :] if after else names:
        todo = steps(site, name)
        if todo:
            return name, todo
    return "", []


def all_steps(site: Site) -> list[Step]:
    """The steps of all phases, as far as they are known now."""
    return list(dict.fromkeys(step for phase in PHASES for step in steps(site, phase)))
