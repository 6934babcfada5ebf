"""Grants outside the plan that open the installation: to everybody, and basic roles of Hinomi's accounts."""

from __future__ import annotations

from collections.abc import Iterator

from deploy import secrets
from deploy.parts import database, pubsub
from deploy.parts.functions import find
from deploy.parts.grants import PlannedGrant, policy, taken_back
from deploy.site import Site
from deploy.step import Step
from shared.texts.deploy import differences

EVERYBODY = ("allUsers", "allAuthenticatedUsers")
BASIC = ("roles/owner", "roles/editor", "roles/viewer")


def steps(site: Site) -> Iterator[Step]:
    """Revokes basic roles of Hinomi's accounts, and grants to everybody on its topics, subscriptions and secrets."""
    scope = site.target.scope
    watched = [(scope.kind.removesuffix("s"), name) for name in scope.names]
    for kind, name in dict.fromkeys([("project", site.target.project), *watched]):
        for account in site.accounts:
            for role in BASIC:
                grant = PlannedGrant(kind, name, role, f"serviceAccount:{site.email(account)}")
                yield from taken_back(site, grant, differences.BASIC_ROLE)
    for name in site.plan["topics"]:
        yield from _closed(site, "topic", name)
    for name in site.plan["subscriptions"]:
        if pubsub.subscription(site, name):
            yield from _closed(site, "subscription", name)
    for name in (site.plan["database"]["release_secret"], *secrets.secret_names(site)):
        if database.secret(site, name):
            yield from _closed(site, "secret", name)


def calls(site: Site) -> Iterator[Step]:
    """Revokes grants to everybody on the functions."""
    for function in site.functions:
        if find(site, function):
            yield from _closed(site, "service", function.name)


def _closed(site: Site, kind: str, name: str) -> Iterator[Step]:
    for role in dict.fromkeys(binding["role"] for binding in policy(site, PlannedGrant(kind, name, "", ""))):
        for member in EVERYBODY:  # never under a condition (iam/docs/conditions-overview)
            grant = PlannedGrant(kind, name, role, member)
            yield from taken_back(site, grant, differences.PUBLIC)
