"""Assesses each grant against the platform map: intended, baseline, or unintended with a severity.

The use of the grants is not considered here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import Binding
from db.schema_db.selection import valid_at
from insights.access.drift.layer_scope import LayerScope
from insights.access.grants import grant_of
from insights.access.iam_conditions import evaluate
from insights.access.membership import Memberships
from insights.access.model import LEVELS, Ability, Access, AccessGrant, Level, Ternary, Use
from insights.access.platform_map import Layer, Persona, explained_by
from insights.access.roles import BASIC, Roles
from insights.access.usage.principals import is_agent
from shared.identity.iam_names import BIGQUERY, EVERYBODY, MANAGER, STORAGE
from shared.identity.service_agents import project_number
from shared.lazy.dataclass import dataclass
from shared.model import Severity
from shared.texts import EMPTY, Text, joined
from shared.texts.access import drift as texts

ROWS = 2_000  # number of grants in each batch


class Baseline(StrEnum):
    """Why a grant that no persona explains is only counted and not listed."""

    AGENT = "agent"  # of Google's own service agents
    DEFAULT = "default"  # that buckets and datasets have by default, to members with a basic role on the project
    HINOMI = "hinomi"  # of Hinomi's own accounts
    NOT_IN_EFFECT = "not_in_effect"  # the condition is not met at that time
    NO_DATA = "no_data"  # on projects, folders and the organization, without access to data of the layers


# Roles that Google's documentation recommends for service agents, although they allow much.
FOR_AGENTS = (
    "roles/*erviceAgent*", "roles/cloudbuild.builds.builder", "roles/iam.serviceAccountTokenCreator",
    "roles/iam.serviceAccountUser", "roles/cloudkms.cryptoKeyEncrypterDecrypter", "roles/eventarc.eventReceiver",
    "roles/run.invoker", "roles/cloudfunctions.invoker", "roles/compute.networkUser", "roles/container.hostServiceAgentUser",
    "roles/pubsub.publisher", "roles/pubsub.subscriber",
)  # fmt: skip
# The service agent of Google's APIs is editor of every project (iam/docs/service-account-types).
APIS = re.compile(r"serviceAccount:\d+@cloudservices\.gserviceaccount\.com")
# New buckets and datasets have these grants (storage/docs/access-control/lists,
# bigquery/docs/access-control-basic-roles).
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
PUBLIC = {"allUsers": texts.ANYBODY, "allAuthenticatedUsers": texts.ANYBODY_SIGNED_IN}
MAY = {Level.READ: texts.READ, Level.WRITE: texts.WRITE, Level.ADMIN: texts.ADMIN}


@dataclass(frozen=True, slots=True)
class AssessedGrant:
    """A grant and its assessment.

    `persona` is the persona that explains the grant, or empty. Without a persona, `baseline` is the reason why the
    grant is only counted, or None if it is unintended. The grant reaches `layers` with `resource_count` datasets,
    buckets and topics. `other_personas` are personas of the member that do not explain the grant. `in_effect` is True
    while the condition is met; `is_foreign_agent` is True for a service agent of a project that is not monitored.
    """

    access: Access
    ability: Ability
    persona: str
    layers: tuple[str, ...]
    resource_count: int
    baseline: Baseline | None
    in_effect: Ternary
    other_personas: tuple[str, ...] = ()
    is_foreign_agent: bool = False

    @property
    def is_unintended(self) -> bool:
        """Whether neither a persona nor the baseline explains the grant."""
        return not self.persona and self.baseline is None

    @property
    def state(self) -> str:
        """Intended, unintended or baseline, joined with used, unused or unknown, such as unintended+unused."""
        intent = "unintended" if self.is_unintended else "intended" if self.baseline is None else "baseline"
        return f"{intent}+{self.access.usage.state}"


def assess(
    session: Session, scope: LayerScope, roles: Roles, memberships: Memberships, at: datetime
) -> Iterator[AssessedGrant]:
    """Assesses all grants that the map covers, as of `at`, ordered by resource."""
    assessment = Assessment(scope, roles, memberships, at)
    query = select(Binding).where(valid_at(Binding, at)).order_by(Binding.resource, Binding.role, Binding.member)
    for row in session.scalars(query.execution_options(yield_per=ROWS)):
        grant = grant_of(row)
        session.expunge(row)
        assessed = assessment.of(grant)
        if assessed is not None:
            yield assessed


class Assessment:
    """Assesses grants in the order of their resources."""

    def __init__(self, scope: LayerScope, roles: Roles, memberships: Memberships, at: datetime) -> None:
        self._scope = scope
        self._map = scope.platform_map
        self._roles = roles
        self._memberships = memberships
        self._at = at
        self._personas: dict[str, list[Persona]] = {}
        self._covered = ("", False)  # the last resource, and whether the map covers it

    def of(self, grant: AccessGrant) -> AssessedGrant | None:
        """The assessed grant; None if the map does not cover it."""
        if not self._is_covered(grant.resource) or self._map.is_ignored(grant.member, grant.role):
            return None
        ability, in_effect = self._roles.ability(grant.role), evaluate(grant.condition, self._at)
        layers = self._scope.layers(grant.resource, ability.services)
        personas = self._personas_of(grant.member)
        persona = explained_by(personas, ability, grant.resource, layers)
        is_foreign = self._is_foreign_agent(grant.member)
        baseline = None if persona else self._baseline(grant, ability, layers)
        baseline = None if is_foreign and baseline is Baseline.AGENT else baseline
        return AssessedGrant(
            Access(grant.member, grant, inherited=False),
            ability,
            persona,
            tuple(layer.name for layer in layers),
            self._scope.count(grant.resource),
            Baseline.NOT_IN_EFFECT if in_effect is Ternary.NO else baseline,
            in_effect,
            () if persona or baseline else tuple(item.name for item in personas if not item.is_everybody),
            is_foreign,
        )

    def _baseline(self, grant: AccessGrant, ability: Ability, layers: Sequence[Layer]) -> Baseline | None:
        reaches_no_layer = grant.resource.startswith(MANAGER) and not layers
        if reaches_no_layer and (self._scope.layers(grant.resource) or not ability.services):
            return Baseline.NO_DATA
        return baseline(grant, ability, self._scope.hierarchy.project(grant.resource))

    def _is_foreign_agent(self, member: str) -> bool:
        """Whether a member is a service agent of a project that no snapshot sees: anybody can create a project."""
        if not is_agent_member(member):
            return False
        numbers, number = self._scope.hierarchy.project_numbers, project_number(member)
        return bool(numbers) and bool(number) and number not in numbers

    def _is_covered(self, resource: str) -> bool:
        if self._covered[0] != resource:
            self._covered = (resource, bool(self._scope.layers(resource)) or self._map.names(resource))
        return self._covered[1]

    def _personas_of(self, member: str) -> list[Persona]:
        if member not in self._personas:
            self._personas[member] = self._map.personas_of(self._memberships.names(member))
        return self._personas[member]


def baseline(grant: AccessGrant, ability: Ability, project: str) -> Baseline | None:
    """Why a grant need not be listed; None if it must be listed. `project` is the project of its resource, or empty."""
    if _is_default(grant, project):
        return Baseline.DEFAULT
    if _is_of_agent(grant.member, ability):
        return Baseline.AGENT
    return Baseline.HINOMI if _is_of_hinomi(grant, ability) else None


def is_agent_member(member: str) -> bool:
    """Whether a member is a service agent of Google."""
    kind, _, name = member.partition(":")
    return kind == "serviceAccount" and is_agent(name)


def severity(grant: AccessGrant, ability: Ability) -> Severity:
    """The severity of an unintended grant: highest for public access and administration, lowest for a grant without data access."""
    level = ability.level
    if grant.member in EVERYBODY:
        return Severity.HIGH if level is Level.READ else Severity.CRITICAL
    if level is Level.ADMIN or (ability.role in BASIC and level is Level.WRITE):
        return Severity.HIGH
    return Severity.LOW if level is Level.READ and not ability.data_permissions else Severity.MEDIUM


def why(assessed: AssessedGrant) -> Text:
    """Compares the access that the grant gives with the personas of the member, in one sentence."""
    who, do = _who(assessed), _may(assessed)
    parts = [texts.MAY(who=who, do=do) if who else texts.MAY_ALONE(do=do)]
    if assessed.other_personas:
        parts.append(texts.MORE_THAN(personas=joined(map(Text.verbatim, assessed.other_personas), texts.AND)))
    if assessed.in_effect is Ternary.UNKNOWN:
        parts.append(texts.UNDER_CONDITION)
    return joined(parts, texts.COMMA)


def rank(assessed: AssessedGrant) -> tuple[object, ...]:
    """Sort key: severity first, then the number of resources reached, then unused grants before used ones."""
    grant, ability = assessed.access.grant, assessed.ability
    level = len(LEVELS) if ability.level is None else LEVELS.index(ability.level)
    is_used = assessed.access.usage.state is Use.USED
    return (
        -severity(grant, ability).rank, grant.member not in EVERYBODY, -level, -assessed.resource_count, is_used,
        grant.member, grant.role, grant.resource,
    )  # fmt: skip


def _is_of_agent(member: str, ability: Ability) -> bool:
    if not is_agent_member(member):
        return False
    if any(fnmatchcase(ability.role, pattern) for pattern in FOR_AGENTS):
        return True
    if ability.role == "roles/editor":
        return bool(APIS.fullmatch(member))
    return ability.level in (Level.READ, Level.WRITE)


def _is_default(grant: AccessGrant, project: str) -> bool:
    kind, _, of = grant.member.partition(":")
    service = next((prefix for prefix in (STORAGE, BIGQUERY) if grant.resource.startswith(prefix)), "")
    return of == (project or of) and grant.role in DEFAULTS.get((service, kind), ())


def _is_of_hinomi(grant: AccessGrant, ability: Ability) -> bool:
    """Whether deploy.sh created the role and the account. A role of another project must not administer."""
    account, role = OUR_ACCOUNT.fullmatch(grant.member), OUR_ROLE.fullmatch(grant.role)
    if account is None or role is None:
        return False
    return role["project"] in (None, account["project"]) or ability.level in (Level.READ, Level.WRITE)


def _who(assessed: AssessedGrant) -> Text:
    """The member in words, where the sentence needs it: everybody, many workloads, or an agent of Google."""
    member = assessed.access.grant.member
    if assessed.is_foreign_agent:
        return texts.FOREIGN_AGENT
    if member in PUBLIC:
        return PUBLIC[member]
    if DEFAULT_ACCOUNT.fullmatch(member):
        return texts.DEFAULT_ACCOUNT
    return texts.AGENT if is_agent_member(member) else EMPTY


def _may(assessed: AssessedGrant) -> Text:
    level = assessed.ability.level
    if level is None:
        return texts.ANYTHING
    if level is Level.READ and not assessed.ability.data_permissions:
        return texts.LIST_ONLY
    if level is Level.ADMIN and not assessed.access.grant.resource.startswith(MANAGER):
        return texts.ADMIN_OF_RESOURCE
    layers = joined(map(Text.verbatim, assessed.layers)) if assessed.layers else texts.RESOURCE
    return MAY[level](layers=layers)
