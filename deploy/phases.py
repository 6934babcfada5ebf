"""The phases of a deployment and of a removal, each a list of parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from deploy.parts import accounts, alerts, apis, code, database, grants, pubsub, release, roles, schedules, sinks
from deploy.site import Site
from deploy.step import Step

Part = Callable[[Site], Iterator[Step]]

PHASES: dict[str, tuple[Part, ...]] = {
    "apis": (apis.steps,),
    "base": (
        accounts.steps,
        pubsub.topics,
        pubsub.pull,
        roles.steps,
        database.make_secret,
        release.repository,
        alerts.channel,
        sinks.steps,
        database.steps,
    ),
    "inside": (release.forget, grants.steps, roles.unneeded, database.inside),
    "image": (release.image,),
    "release": (release.job,),
    "code": (code.steps,),
    "attach": (code.attach,),
    "flow": (grants.calls, pubsub.push, schedules.steps, alerts.steps),
    "last": (grants.subscribers,),
}

# What was made last goes first; nothing arrives any more before the functions go.
REMOVAL: tuple[Part, ...] = (
    alerts.removal,
    alerts.remove_channel,
    schedules.removal,
    sinks.removal,
    pubsub.remove_subscriptions,
    code.removal,
    release.remove_job,
    release.remove_repository,
    grants.removal,
    roles.removal,
    pubsub.remove_topics,
    accounts.removal,
)
REMOVAL_OF_DATABASES: tuple[Part, ...] = (database.removal, database.remove_secret)


def steps(site: Site, phase: str) -> list[Step]:
    """What one phase has to do."""
    return [step for part in PHASES[phase] for step in part(site)]


def next_steps(site: Site, after: str) -> tuple[str, list[Step]]:
    """The first phase behind `after` (empty: from the start) that has something to do, and what. Empty at the end."""
    names = list(PHASES)
    for name in names[names.index(after) + 1 :] if after else names:
        found = steps(site, name)
        if found:
            return name, found
    return "", []


def all_steps(site: Site) -> list[Step]:
    """What is to do, over all phases, as far as it can be known now."""
    return [step for phase in PHASES for step in steps(site, phase)]


def removal(site: Site, *, databases: bool) -> list[Step]:
    """What takes the installation away."""
    parts = REMOVAL + (REMOVAL_OF_DATABASES if databases else ())
    return [step for part in parts for step in part(site)]
