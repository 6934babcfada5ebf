"""Grants outside the plan that expose the installation: to everybody, basic roles of Hinomi's accounts, publishers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from deploy import secrets
from deploy.parts import database, pubsub
from deploy.parts.functions import find
from deploy.parts.grants import SUBSCRIBER, PlannedGrant, of_workers, policy, publishers, taken_back
from deploy.site import Site
from deploy.step import UNKNOWN, Step
from shared.texts.deploy import differences

EVERYBODY = ("allUsers", "allAuthenticatedUsers")
BASIC = ("roles/owner", "roles/editor", "roles/viewer")
PUBLISHING = ("roles/pubsub.publisher", "roles/pubsub.editor", "roles/pubsub.admin", "roles/editor", "roles/owner")
PERMISSION = "pubsub.topics.publish"
AGENT_ROLE = ".serviceAgent"  # of Google's own accounts, which need it
# A person may replay messages if an administrator permits it; a deleted account publishes nothing.
_WORKFORCE = "iam.googleapis.com/locations/global/workforcePools/"  # people of another identity provider
PEOPLE = ("user:", "group:", f"principal://{_WORKFORCE}", f"principalSet://{_WORKFORCE}")
LEFT_ALONE = (*PEOPLE, "deleted:", *EVERYBODY)
OTHER_PROJECTS = re.compile(r"serviceAccount:service-\d+@gcp-sa-monitoring-notification\.iam\.gserviceaccount\.com")


def steps(site: Site) -> Iterator[Step]:
    """Revokes basic roles of Hinomi's accounts, and grants to everybody on its topics, subscriptions and secrets."""
    scope = site.target.scope
    watched = [(scope.kind.removesuffix("s"), name) for name in scope.names]
    for kind, name in dict.fromkeys([("project", site.target.project), *watched]):
        for account in site.accounts:
            for role in BASIC:
                grant = PlannedGrant(kind, name, role, f"serviceAccount:{site.email(account)}")
                yield from taken_back(site, grant, differences.BASIC_ROLE)
    for name in site.topics:
        yield from closed(site, "topic", name)
    for name in site.subscriptions:
        if pubsub.subscription(site, name):
            yield from closed(site, "subscription", name)
    for name in (site.plan["database"]["release_secret"], *secrets.secret_names(site)):
        if database.secret(site, name):
            yield from closed(site, "secret", name)


def calls(site: Site) -> Iterator[Step]:
    """Revokes grants to everybody on the functions."""
    for function in site.functions:
        if find(site, function):
            yield from closed(site, "service", function.name)


def publishing(site: Site) -> Iterator[Step]:
    """Revokes roles with which an account can publish to a topic of another kind or of another reporter.

    A replay publishes dead letters as messages of their kind, so their topic counts too. On the topic of notifications,
    accounts of Cloud Monitoring in other projects stay, because their alert policies may notify Hinomi.
    """
    for topic, purpose in site.topics.items():
        planned = {grant.member for grant in publishers(site, topic)}
        if any(UNKNOWN in member for member in planned):
            continue
        problem = differences.NO_PUBLISHER(topic=purpose)
        for (role, member), condition in _granted(site, topic).items():
            if member not in planned and not _may_publish(site, topic, member) and publishes(site, role):
                yield from taken_back(site, PlannedGrant("topic", topic, role, member, condition=condition), problem)


def reading_orders(site: Site) -> Iterator[Step]:
    """Revokes roles with which an account can read the orders for another worker."""
    planned = {(grant.name, grant.member) for grant in of_workers(site) if grant.on == "subscription"}
    for name in site.workers:
        subscription = site.orders_of(name)
        for binding in policy(site, PlannedGrant("subscription", subscription, "", "")):
            for member in binding["members"] if binding["role"] == SUBSCRIBER else ():
                if (subscription, member) not in planned and not member.startswith(LEFT_ALONE):
                    condition = binding.get("condition", {}).get("expression", "")
                    grant = PlannedGrant("subscription", subscription, SUBSCRIBER, member, condition=condition)
                    yield from taken_back(site, grant, differences.NOT_THE_WORKER(name=name))


def _granted(site: Site, topic: str) -> dict[tuple[str, str], str]:
    """Each role and member on a topic, with one of the conditions if there is any."""
    found: dict[tuple[str, str], str] = {}
    for binding in policy(site, PlannedGrant("topic", topic, "", "")):
        condition = binding.get("condition", {}).get("expression", "")
        for member in binding["members"]:
            found[binding["role"], member] = condition or found.get((binding["role"], member), "")
    return found


def publishes(site: Site, role: str) -> bool:
    """Whether a predefined, basic or custom role contains the permission to publish; roles of Google's agents do not count."""
    if role.endswith(AGENT_ROLE):
        return False
    if role in PUBLISHING:
        return True
    found = site.cloud.get("iam", f"v1/{role}") or {}
    return not found.get("deleted") and PERMISSION in found.get("includedPermissions", ())


def _may_publish(site: Site, topic: str, member: str) -> bool:
    if topic == site.plan["notifications"]["topic"] and OTHER_PROJECTS.fullmatch(member):
        return True
    return member.startswith(LEFT_ALONE)


def closed(site: Site, kind: str, name: str) -> Iterator[Step]:
    """Revokes the grants to everybody on a resource."""
    for role in dict.fromkeys(binding["role"] for binding in policy(site, PlannedGrant(kind, name, "", ""))):
        for member in EVERYBODY:  # never under a condition (iam/docs/conditions-overview)
            grant = PlannedGrant(kind, name, role, member)
            yield from taken_back(site, grant, differences.PUBLIC)
