"""Assesses whether a grant was used: whether the audit logs contain a call that needed its permissions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from db.schema_db.selection import Period, common
from insights.access.hierarchy import Hierarchy
from insights.access.iam_conditions import evaluate, possible_periods
from insights.access.membership import Memberships
from insights.access.model import AccessGrant, Observation, Ternary, Usage, Use
from insights.access.observations import EvidenceCoverage, observations
from insights.access.roles import Roles
from insights.access.usage.audit_logs import LogGaps, PublicGrants
from insights.access.usage.calls import AnonymousCalls, CallReader, LoggedCalls, may_be_renamed, reached
from insights.access.usage.principals import PEOPLE, Expansion, MemberExpander, is_account, logged_as
from insights.access.usage.role_permissions import RolePermissions, RolePermissionsReader
from insights.access.usage.unknown_reasons import ReasonKind, UnknownReason
from shared.local_time import day
from shared.texts import EMPTY
from shared.texts.access import usage as texts

# Logs are read by the hour and groups by the day, both with a delay: evidence must be complete up to this long ago.
SLACK = timedelta(hours=26)
# An account in the middle of a chain of delegations uses them, and the entry names the first account of the chain
# (docs.cloud.google.com/iam/docs/create-short-lived-credentials-delegated).
DELEGATED = frozenset(
    f"iam.serviceAccounts.{verb}"
    for verb in ("getAccessToken", "getOpenIdToken", "implicitDelegation", "signBlob", "signJwt")
)


class UsageEvidence:
    """Assesses whether grants were used in the `days` before `at`. Create one object for each answer: it caches its reads.

    A grant is used if a use is recorded until `at`. A grant is unused only if the evidence is complete for the `days`
    before `until`. With `on_demand` resources are read when they are first needed: for the grants of one answer.
    """

    def __init__(
        self,
        session: Session,
        at: datetime,
        days: int,
        *,
        on_demand: bool = False,
        memberships: Memberships | None = None,
        observed: Sequence[Observation] | None = None,
    ) -> None:
        """`memberships` of a longer time and the observations until `at` are reused if the caller has them."""
        self._session = session
        self._observed = observed
        self.window: Period = (at - timedelta(days=days), at)
        self.until = max(self.window[0], at - SLACK)
        self.hierarchy = Hierarchy(session, self.window, on_demand=on_demand)
        self.roles = Roles(session, self.window)
        covered = EvidenceCoverage(session, (self.window[0], self.until))
        self.memberships = memberships.part(self.window) if memberships else Memberships(session, self.window)
        self._members = MemberExpander(self.memberships, covered, self.hierarchy)
        self._permissions = RolePermissionsReader(session, self.window, self.roles, covered)
        self._calls = CallReader(session, self.window)
        self._anonymous = AnonymousCalls(self._calls, self.hierarchy)
        self._gaps = LogGaps(session, covered, self.hierarchy, self._members)
        self._public = PublicGrants(session, self.hierarchy, self._permissions)

    @property
    def observed(self) -> Sequence[Observation]:
        """The observations of policies until the time of the answer."""
        if self._observed is None:
            self._observed = observations(self._session, self.window[1])
        return self._observed

    def prepare(self, members: Iterable[str], resources: Iterable[str] = (), roles: Iterable[str] = ()) -> None:
        """Reads the data for these grants at once: calls of their members, members of groups, resources and roles."""
        members = list(members)
        self.hierarchy.prepare(resources)
        self.roles.prepare(roles)
        self._members.prepare(members)
        names = {name for member in members if member.startswith(PEOPLE) and (name := logged_as(member))}
        groups = (member for member in members if member.startswith("group:"))
        self._calls.of(names.union(*(self._members.expansion(group).names for group in groups)))

    def usage(self, grant: AccessGrant, principal: str) -> Usage:
        """Whether the principal used the grant. If two grants give the same permission, both are used."""
        permissions = self._permissions.permissions(grant.role)
        principals = self._members.behind(grant.member, principal)
        periods = possible_periods(grant.condition, self.window)
        in_force = common(periods, [(grant.valid_from, self.window[1])])
        if not in_force:
            return Usage(Use.UNUSED, text=texts.CONDITION_NEVER_MET(day=day(self.window[0])))
        last, possible = self._last_use(grant, permissions, principals, in_force)
        if last is not None:
            is_met = evaluate(grant.condition, last) is Ternary.YES
            return Usage(Use.USED, last, EMPTY if is_met else texts.IF_CONDITION_MET)
        possible = possible or self._anonymous.possible_use(grant, permissions, in_force)
        reasons = self._reasons(grant, permissions, principals, in_force, possible)
        reason = next(reasons, None)
        if reason is None:
            return Usage(Use.UNUSED)
        is_only = reason.kind is ReasonKind.UNLOGGED and next(reasons, None) is None
        text = texts.REST_UNUSED(reason=reason.text) if is_only else reason.text
        return Usage(Use.UNKNOWN, text=text, kind=str(reason.kind))

    def _last_use(
        self, grant: AccessGrant, permissions: RolePermissions, principals: Expansion, in_force: list[Period]
    ) -> tuple[datetime | None, LoggedCalls | None]:
        """The time of the last certain use, and a call that may have been a use."""
        last: datetime | None = None
        possible: LoggedCalls | None = None
        below = self.hierarchy.below(grant.resource)
        by_name = self._calls.of(principals.names)
        for name, calls in ((each, near) for each in by_name for near in by_name[each].near(grant.resource, below)):
            for call in calls:
                if last is not None and call.period[1] <= last:
                    break  # neither this call nor the following ones are a later use
                allowed = permissions.allow(call.service, call.permissions)
                if allowed is Ternary.NO:
                    continue
                periods = common(reached(self.hierarchy, grant.resource, call), in_force)
                certain = common(periods, principals.certain.get(name, [])) if allowed is Ternary.YES else []
                times = [time for period in certain if (time := self._calls.last_in(call, period))]
                if times:
                    last = max([*times, *([last] if last else [])])
                elif possible is None:
                    renamed = may_be_renamed(self.hierarchy, grant.resource, call)
                    had = common(in_force if renamed else periods, principals.periods_of(name))
                    possible = call if any(self._calls.may_be_in(call, period) for period in had) else None
        return last, possible

    def _reasons(
        self,
        grant: AccessGrant,
        permissions: RolePermissions,
        principals: Expansion,
        in_force: list[Period],
        possible: LoggedCalls | None,
    ) -> Iterator[UnknownReason]:
        """Reasons why "unused" could be wrong: permanent ones first, then those that a person can remove."""
        yield from principals.reasons
        yield from permissions.reasons
        if grant.valid_from > self.window[0]:
            yield UnknownReason(ReasonKind.NEW, texts.GRANTED_ONLY(day=day(grant.valid_from)))
        elif in_force[0][0] > self.window[0]:
            yield UnknownReason(ReasonKind.NEW, texts.CONDITION_MET_SINCE(day=day(in_force[0][0])))
        if permissions.names & DELEGATED and any(is_account(name) for name in principals.names):
            yield UnknownReason(ReasonKind.UNLOGGED, texts.DELEGATED)
        if possible is not None:
            caller = possible.principal or texts.NAMELESS_CALLER
            text = texts.POSSIBLE_CALL(service=possible.service, caller=caller, day=day(possible.period[1]))
            yield UnknownReason(ReasonKind.PERHAPS, text)
        if public := self._public.same_as(grant.resource, permissions):
            yield UnknownReason(ReasonKind.PUBLIC, texts.SAME_AS_PUBLIC(resource=public))
        yield from self._gaps.reasons(grant.resource, permissions.services, principals)
