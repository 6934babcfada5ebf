"""Grants that stand for themselves: what Google makes, what is there by default, and what does nothing now.

They are counted, not listed, as long as they let do no more than such grants do.
"""

from __future__ import annotations

import re
from enum import StrEnum
from fnmatch import fnmatchcase

from insights.access.model import AccessGrant
from insights.access.role_levels import Ability, Level
from insights.access.usage.principal_names import is_agent
from shared.iam_names import BIGQUERY, STORAGE


class Baseline(StrEnum):
    """Why a grant is counted and not listed."""

    AGENT = "of Google's own service agents"
    DEFAULT = "defaults of buckets and datasets for those who have a basic role on the project"
    OURS = "of Hinomi's own accounts"
    OVER = "whose condition does not hold at that time"
    ASIDE = "on projects, folders and the organization that let do nothing with data of the layers"


# Roles that Google's documentation asks to give to agents, although they let do much with what they are for.
FOR_AGENTS = (
    "roles/*erviceAgent*", "roles/cloudbuild.builds.builder", "roles/iam.serviceAccountTokenCreator",
    "roles/iam.serviceAccountUser", "roles/cloudkms.cryptoKeyEncrypterDecrypter", "roles/eventarc.eventReceiver",
    "roles/run.invoker", "roles/cloudfunctions.invoker", "roles/compute.networkUser", "roles/container.hostServiceAgentUser",
    "roles/pubsub.publisher", "roles/pubsub.subscriber",
)  # fmt: skip
# The agent of Google's APIs is editor of every project (iam/docs/service-account-types).
APIS = re.compile(r"serviceAccount:\d+@cloudservices\.gserviceaccount\.com")
# What buckets and datasets are made with (storage/docs/access-control/lists, bigquery/docs/access-control-basic-roles).
DEFAULTS = {
    (STORAGE, "projectOwner"): ("roles/storage.legacyBucketOwner", "roles/storage.legacyObjectOwner"),
    (STORAGE, "projectEditor"): ("roles/storage.legacyBucketOwner", "roles/storage.legacyObjectOwner"),
    (STORAGE, "projectViewer"): ("roles/storage.legacyBucketReader", "roles/storage.legacyObjectReader"),
    (BIGQUERY, "projectOwner"): ("roles/bigquery.dataOwner",),
    (BIGQUERY, "projectEditor"): ("roles/bigquery.dataEditor",),
    (BIGQUERY, "projectViewer"): ("roles/bigquery.dataViewer",),
}
OUR_ACCOUNT = re.compile(
    r"serviceAccount:hinomi-(?:metrics|history|dashboard|push|release|build)@(?P<project>[a-z0-9.:-]+)\.iam\.gserviceaccount\.com"
)
OUR_ROLE = re.compile(r"(?:projects/(?P<project>[^/]+)|organizations/\d+)/roles/hinomi_\w+")
DEFAULT_ACCOUNT = re.compile(r"serviceAccount:(?:\d+-compute@developer|[a-z0-9.:-]+@appspot)\.gserviceaccount\.com")


def standing(grant: AccessGrant, ability: Ability, project: str) -> Baseline | None:
    """Why a grant need not be listed; None if it does. `project` is that of its resource, empty for unknown."""
    if _is_default(grant, project):
        return Baseline.DEFAULT
    if _is_agents(grant.member, ability):
        return Baseline.AGENT
    return Baseline.OURS if _is_ours(grant, ability) else None


def is_agents_member(member: str) -> bool:
    """Whether a member is one of Google's own service agents."""
    kind, _, name = member.partition(":")
    return kind == "serviceAccount" and is_agent(name)


def _is_agents(member: str, ability: Ability) -> bool:
    if not is_agents_member(member):
        return False
    if any(fnmatchcase(ability.role, pattern) for pattern in FOR_AGENTS):
        return True
    if ability.role == "roles/editor":
        return bool(APIS.fullmatch(member))
    return ability.level in (Level.READ, Level.WRITE)


def _is_default(grant: AccessGrant, project: str) -> bool:
    kind, _, of = grant.member.partition(":")
    service = next((prefix for prefix in (STORAGE, BIGQUERY) if grant.resource.startswith(prefix)), "")
    mine = project or of  # a bucket's name does not tell
    return of == mine and grant.role in DEFAULTS.get((service, kind), ())


def _is_ours(grant: AccessGrant, ability: Ability) -> bool:
    """A role that deploy.sh makes, given to an account that it makes; one of another project must not administer."""
    account, role = OUR_ACCOUNT.fullmatch(grant.member), OUR_ROLE.fullmatch(grant.role)
    if account is None or role is None:
        return False
    return role["project"] in (None, account["project"]) or ability.level in (Level.READ, Level.WRITE)
