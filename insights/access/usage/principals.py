"""Expands a member, for a window of time, to the names that audit entries use for it.

Names: docs.cloud.google.com/iam/docs/principal-identifiers; workload identity of GKE has two names for one account:
docs.cloud.google.com/kubernetes-engine/docs/concepts/workload-identity.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import field
from datetime import timedelta
from functools import lru_cache

from db.sanitize import clean_key
from db.schema_db.selection import Period, common, cover, joined, overlap
from insights.access.hierarchy import Hierarchy
from insights.access.membership import BASIC_ROLES, Inside, Memberships
from insights.access.observations import EvidenceCoverage
from insights.access.usage.unknown_reasons import ReasonKind, UnknownReason
from shared.identity.iam_names import EVERYBODY, address_name, is_service_account
from shared.lazy.dataclass import dataclass
from shared.lazy.pattern import lazy_pattern
from shared.texts.access import usage as texts

ESCAPE = "\\"
LONGEST = 300  # maximum length of the principal column of user actions
DOMAIN = "@"  # prefix of the name for everybody in a domain
PEOPLE = ("user:", "serviceAccount:")
MOST = 10_000  # cached expansions
# A new group member joined after the snapshot before the one that saw it; snapshots that cover the time in between are
# at most this far apart (collectors/history_analysis/iam/groups.py).
BETWEEN_OBSERVATIONS = timedelta(hours=36)
_PRINCIPAL = "principal://"
_GKE = lazy_pattern(r"principal://.*/workloadIdentityPools/([^/]+\.svc\.id\.goog)/subject/ns/([^/]+)/sa/([^/]+)")
# Domains of accounts that people create, or that Google creates for their workloads; others are Google's own agents
# (iam/docs/service-account-types).
_OF_PEOPLE = lazy_pattern(
    r"(?!service-\d+@)[a-z][a-z0-9-]*@(?!gcp-sa-)[a-z0-9.-]+\.iam\.gserviceaccount\.com"
    r"|\d+-\w+@developer\.gserviceaccount\.com|[a-z0-9.:-]+@appspot\.gserviceaccount\.com"
)
# Domains of agents, similar to those of customer projects (iam/docs/service-agents).
_AGENTS = lazy_pattern(
    r".*@(compute-system|container-engine-robot|container-analysis|dataflow-service-producer-prod|dataproc-accounts|"
    r"cloudcomposer-accounts|cloud-ml\.google\.com|gae-api-prod\.google\.com|gcf-admin-robot|serverless-robot-prod|"
    r"containerregistry|cloud-filer|cloud-redis|cloud-tpu|endpoints-portal|firebase-rules|gs-project-accounts|"
    r"monitoring-notification|security-center-api|service-networking|sourcerepo-service-accounts|"
    r"storage-transfer-service|bigquery-encryption|bigquery-data-connectors|bigquery-consp|"
    r"cloud-api-metrics|cloudkms-system|speckle-umbrella[a-z0-9-]*|[a-z0-9-]+\.google\.com)\.iam\.gserviceaccount\.com"
)


@dataclass(slots=True)
class Expansion:
    """The names in audit entries for everybody whom a member includes, with certain and possible periods.

    `members` are all members on the way, including groups, each with True for its certain and False for its possible
    periods.
    """

    certain: dict[str, list[Period]] = field(default_factory=dict)
    possible: dict[str, list[Period]] = field(default_factory=dict)
    reasons: list[UnknownReason] = field(default_factory=list)
    members: dict[tuple[str, bool], list[Period]] = field(default_factory=dict)

    @property
    def names(self) -> set[str]:
        """All names, certain and possible."""
        return set(self.certain) | set(self.possible)

    def periods_of(self, name: str) -> list[Period]:
        """The periods in which a name was, or may have been, part of the member."""
        return [*self.certain.get(name, []), *self.possible.get(name, [])]

    def within(self, certain: list[Period], possible: list[Period]) -> Expansion:
        """The expansion limited to periods, of which some are only possible."""
        part = Expansion(reasons=list(self.reasons), members=self.members)
        limited = (
            (part.certain, self.certain, certain),
            (part.possible, self.certain, possible),
            (part.possible, self.possible, [*certain, *possible]),
        )
        for names, own, periods in limited:
            for name, had in own.items():
                if shared := common(had, periods):
                    names[name] = [*names.get(name, []), *shared]
        return part


class MemberExpander:
    """Expands members over the window of a hierarchy."""

    def __init__(self, memberships: Memberships, covered: EvidenceCoverage, hierarchy: Hierarchy) -> None:
        self._memberships = memberships
        self._covered = covered
        self._hierarchy = hierarchy
        self._expansions: dict[str, Expansion] = {}

    def prepare(self, members: Iterable[str]) -> None:
        """Reads the groups among these members, and those inside them, at once."""
        self._memberships.prepare(members)

    def behind(self, member: str, principal: str) -> Expansion:
        """The expansion for uses of a grant to `member` by `principal`: the member itself, or a member inside it."""
        own = self.expansion(principal)
        if principal == member:
            return own
        members = self.expansion(member).members
        certain, possible = members.get((principal, True), []), members.get((principal, False), [])
        if not certain and not possible:  # the member is a domain, or everybody
            return own
        part = own.within(certain, possible)
        if not cover([*certain, *possible], self._covered.needed):
            text = texts.PARTLY_MEMBER(principal=principal, member=member)
            part.reasons.append(UnknownReason(ReasonKind.NEW, text))
        return part

    def expansion(self, member: str) -> Expansion:
        """The expansion of a member to everybody whom it includes."""
        if member not in self._expansions:
            expansion = Expansion()
            self._expand(member, [self._hierarchy.window], expansion, certain=True)
            if len(self._expansions) > MOST:
                self._expansions.clear()
            self._expansions[member] = expansion
        return self._expansions[member]

    def _expand(self, member: str, periods: list[Period], to: Expansion, *, certain: bool) -> None:
        expanded = to.members.setdefault((member, certain), [])
        if all(cover(expanded, period) for period in periods):
            return
        to.members[member, certain] = list(joined([*expanded, *periods]))
        kind, _, name = member.partition(":")
        if kind == "group":
            self._group(member, periods, to, certain=certain)
        elif kind in BASIC_ROLES:
            self._basic_role(BASIC_ROLES[kind], name, periods, to, certain=certain)
        else:
            _add_name(member, periods, to, certain=certain)

    def _group(self, group: str, periods: list[Period], to: Expansion, *, certain: bool) -> None:
        name = group.removeprefix("group:")
        if not self._covered.is_complete(f"group/{name}", periods):
            to.reasons.append(UnknownReason(ReasonKind.GROUP, texts.MEMBERS_UNKNOWN(group=name)))
        for member, is_certain, times in self._parts(self._memberships.members(group), periods):
            if member != group:
                self._expand(member, times, to, certain=certain and is_certain)

    def _basic_role(self, role: str, project: str, periods: list[Period], to: Expansion, *, certain: bool) -> None:
        """Adds everybody with the basic role on the project; whether inherited roles count is not documented."""
        own = f"projects/{project}"
        if not self._hierarchy.is_observed(own):
            to.reasons.append(UnknownReason(ReasonKind.GROUP, texts.HOLDERS_UNKNOWN(role=role, project=project)))
        for level in sorted({own, *self._hierarchy.above(own)}):
            members = self._memberships.basic_role_members(level, role)
            for member, is_certain, times in self._parts(members, periods):
                self._expand(member, times, to, certain=certain and is_certain and level == own)

    def _parts(self, members: Iterable[Inside], periods: list[Period]) -> Iterator[tuple[str, bool, list[Period]]]:
        """The periods in which each member was certainly inside, and before that possibly."""
        window = self._hierarchy.window
        for inside in members:
            since, until = inside.since, inside.until or window[1]
            for is_certain, part in ((True, (since, until)), (False, (since - BETWEEN_OBSERVATIONS, since))):
                if (times := overlap(part, window)) and (shared := common([times], periods)):
                    yield inside.member, is_certain, shared


def _add_name(member: str, periods: list[Period], to: Expansion, *, certain: bool) -> None:
    name = logged_as(member)
    if name is None:
        text = texts.CALLS_OF_EVERYBODY if member in EVERYBODY else texts.CALLS_OF(member=member)
        to.reasons.append(UnknownReason(ReasonKind.NAMELESS, text))
        return
    if name.startswith(DOMAIN):
        text = texts.OTHER_DOMAINS(domain=name.removeprefix(DOMAIN))
        to.reasons.append(UnknownReason(ReasonKind.NAMELESS, text))
    if is_agent(name):
        to.reasons.append(UnknownReason(ReasonKind.AGENT, texts.AGENT(name=name)))
    names = to.certain if certain else to.possible
    names[name] = list(joined([*names.get(name, []), *periods]))


def logged_as(member: str) -> str | None:
    """The name of a user or account in audit entries; @DOMAIN for a domain; None if audit entries never name the member."""
    kind, _, name = member.partition(":")
    if kind in ("user", "serviceAccount") and name:
        return canonical(name)
    if member.startswith(_PRINCIPAL):
        return canonical(member)
    return DOMAIN + name if kind == "domain" and name else None


@lru_cache(maxsize=20_000)
def canonical(principal: str) -> str:
    """The canonical name of a principal that may have several names in audit entries."""
    match = _GKE.fullmatch(principal)
    if match:
        return f"{match[1]}[{match[2]}/{match[3]}]".casefold()
    name = principal.removeprefix("serviceAccount:")
    return clean_key(name if name.startswith("principal") else address_name(name), LONGEST)


def patterns(name: str) -> tuple[list[str], list[str]]:
    """The search terms for a canonical name in logs: exact names, and LIKE patterns that use ESCAPE."""
    if name.startswith(DOMAIN):
        return [], ["%" + _escaped(name)]
    pool, bracket, account = name.partition("[")
    if not bracket or not pool.endswith(".svc.id.goog"):
        return [name], []
    namespace, _, account = account.removesuffix("]").partition("/")
    end = f"/workloadIdentityPools/{pool}/subject/ns/{namespace}/sa/{account}"
    return [name, f"serviceAccount:{name}"], [f"principal://%{_escaped(end)}"]


def is_account(name: str) -> bool:
    """Whether a name belongs to a service account."""
    return is_service_account(name)


def is_agent(name: str) -> bool:
    """Whether a name belongs to one of Google's service agents."""
    if not is_account(name):
        return False
    return not _OF_PEOPLE.fullmatch(name) or bool(_AGENTS.fullmatch(name))


def _escaped(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)
