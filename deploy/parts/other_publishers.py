"""Accounts that may publish to Hinomi's topics, or push as its accounts, besides the planned publishers.

A role on the project, on a folder or on the organization reaches every topic, and Pub/Sub does not tell a subscriber
who published a message, so only fewer grants help. deploy.sh does not revoke them, because other services in the
project may need them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from deploy.cloud import CloudError
from deploy.parts.grants import PlannedGrant, binding_command, holders, invokers, policy, publishers
from deploy.parts.unexpected_grants import AGENT_ROLE, PEOPLE, publishes
from deploy.site import Site
from shared.texts import Text
from shared.texts.deploy import errors

# Each lets its holder make or get tokens of an account, or attach the account to something that gets them.
IMPERSONATING = frozenset(
    f"iam.{name}"
    for name in (
        *("serviceAccounts.actAs", "serviceAccounts.getAccessToken", "serviceAccounts.getOpenIdToken"),
        *("serviceAccounts.implicitDelegation", "serviceAccounts.signBlob", "serviceAccounts.signJwt"),
        *("serviceAccounts.setIamPolicy", "serviceAccountKeys.create"),
    )
)
IMPERSONATING_ROLES = (
    *("roles/owner", "roles/editor", "roles/iam.serviceAccountAdmin", "roles/iam.serviceAccountKeyAdmin"),
    *("roles/iam.serviceAccountUser", "roles/iam.serviceAccountTokenCreator", "roles/iam.workloadIdentityUser"),
    "roles/iam.serviceAccountOpenIdTokenCreator",
)
MOST_LEVELS = 20  # folders nest at most ten deep


@dataclass(frozen=True, slots=True)
class OtherPublisher:
    """A member with a role on `resource`, such as folders/2; `narrowing` is the command that revokes the role."""

    member: str
    role: str
    resource: str
    narrowing: tuple[str, ...]

    @property
    def name(self) -> str:
        """The last part of `resource`, such as a topic or an account."""
        return self.resource.partition("/")[2]


@dataclass(frozen=True, slots=True)
class UnreadableLevel:
    """A level whose policy cannot be read or, with `is_parent`, a folder whose parent cannot be read."""

    resource: str
    reason: Text
    is_parent: bool = False


def inherited(site: Site) -> Iterator[OtherPublisher | UnreadableLevel]:
    """The members, from the project upwards, without Hinomi's own accounts and Google's service agents."""
    for found in _bindings_above(site):
        if isinstance(found, UnreadableLevel):
            yield found
            continue
        level, binding = found
        members = _others(site, binding)
        if members and publishes(site, binding["role"]):
            yield from (_publisher(site, level, binding, member) for member in members)


def people(site: Site) -> Iterator[OtherPublisher]:
    """The people and groups with a role on a topic itself, which deploy.sh leaves alone, because `hinomi dlq replay` needs it."""
    for topic in site.topics:
        resource = PlannedGrant("topic", topic, "", "")
        planned = {grant.member for grant in publishers(site, topic)}
        for binding in policy(site, resource):
            members = [one for one in binding["members"] if one.startswith(PEOPLE) and one not in planned]
            if members and publishes(site, binding["role"]):
                yield from (_publisher(site, resource, binding, member) for member in members)


def impersonators(site: Site) -> Iterator[OtherPublisher]:
    """The members that may act as a push account, by a role on it or above; a person who deploys may need this.

    Roles above that can also publish to topics are left out, because `inherited` contains them.
    """
    for account in dict.fromkeys(account for _, account in invokers(site.plan)):
        resource, planned = PlannedGrant("account", account, "", ""), holders(site, account)
        for binding in policy(site, resource):
            members = [one for one in _others(site, binding) if one not in planned]
            if members and _impersonates(site, binding["role"]):
                yield from (_publisher(site, resource, binding, member) for member in members)
    for found in _bindings_above(site):
        if isinstance(found, UnreadableLevel):
            continue
        level, binding = found
        members, role = _others(site, binding), binding["role"]
        if members and not role.endswith(AGENT_ROLE) and not publishes(site, role) and _impersonates(site, role):
            yield from (_publisher(site, level, binding, member) for member in members)


def _others(site: Site, binding: Mapping[str, Any]) -> list[str]:
    """The members of a binding, without Hinomi's own accounts and deleted ones."""
    own = {f"serviceAccount:{site.email(name)}" for name in site.accounts}
    return [one for one in binding["members"] if one not in own and not one.startswith("deleted:")]


def _bindings_above(site: Site) -> Iterator[tuple[PlannedGrant, dict[str, Any]] | UnreadableLevel]:
    """The bindings of the project and of each level above it."""
    for level in _levels(site):
        if isinstance(level, UnreadableLevel):
            yield level
            continue
        try:
            bindings = policy(site, level)
        except CloudError as error:
            yield UnreadableLevel(f"{level.on}s/{level.name}", error.text)
            continue
        yield from ((level, binding) for binding in bindings)


def _impersonates(site: Site, role: str) -> bool:
    found = site.cloud.get("iam", f"v1/{role}") or {}
    has = set() if found.get("deleted") else IMPERSONATING & set(found.get("includedPermissions", ()))
    return role in IMPERSONATING_ROLES or bool(has)


def _levels(site: Site) -> Iterator[PlannedGrant | UnreadableLevel]:
    """The project and each level above it, nearest first."""
    yield PlannedGrant("project", site.target.project, "", "")
    project = site.cloud.get("cloudresourcemanager", f"v1/projects/{site.target.project}") or {}
    parent = project.get("parent") or {}
    at = f"{parent['type']}s/{parent['id']}" if parent.get("id") else ""
    for _ in range(MOST_LEVELS):
        if not at:
            return
        kind, _, name = at.partition("/")
        yield PlannedGrant(kind.removesuffix("s"), name, "", "")
        if kind != "folders":
            return
        try:
            at = _above(site, at)
        except CloudError as error:
            yield UnreadableLevel(at, error.text, is_parent=True)
            return


def _above(site: Site, folder: str) -> str:
    """The parent of a folder. The ancestors of the project show it also without a role on the folder.

    Raises CloudError when neither is readable.
    """
    higher = _ancestors_above(site, folder)
    if higher:
        return higher[0]
    found = site.cloud.get("cloudresourcemanager", f"v3/{folder}")
    if found is None:
        raise CloudError(errors.NOT_FOUND(resource=folder))
    return str(found.get("parent", ""))


def _ancestors_above(site: Site, folder: str) -> list[str]:
    try:
        ancestors = site.cloud.ancestors(site.target.project)
    except CloudError:
        return []
    return ancestors[ancestors.index(folder) + 1 :] if folder in ancestors else []


def _publisher(site: Site, resource: PlannedGrant, binding: Mapping[str, Any], member: str) -> OtherPublisher:
    condition = binding.get("condition", {}).get("expression", "")
    grant = PlannedGrant(resource.on, resource.name, binding["role"], member)
    if resource.on == "topic":
        has_conditions = any(one.get("condition") for one in policy(site, resource))
        argv = binding_command(site, replace(grant, condition=condition), "remove", has_conditions=has_conditions)
        return OtherPublisher(member, binding["role"], f"{resource.on}s/{resource.name}", argv)
    argv = binding_command(site, grant, "remove")
    if condition:
        argv = tuple("--all" if word == "--condition=None" else word for word in argv)
    return OtherPublisher(member, binding["role"], f"{resource.on}s/{resource.name}", argv)
