"""Was a grant used? Joined with what users did; unknown wherever the logs could not have told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from insights.access.model import AccessGrant, Usage, Use
from insights.access.usage.actions import CallReader, LoggedCalls
from insights.access.usage.anonymous_calls import AnonymousCalls
from insights.access.usage.audit_logs import AuditLogs
from insights.access.usage.condition_times import could_hold, is_certain
from insights.access.usage.coverage import EvidenceCoverage
from insights.access.usage.log_levels import LogGaps
from insights.access.usage.members_over_time import MemberExpander, MemberExpansion
from insights.access.usage.periods import Period, common
from insights.access.usage.principal_names import PEOPLE, is_account, logged_as
from insights.access.usage.public_access import PublicGrants
from insights.access.usage.reached_resources import ReachedResources
from insights.access.usage.role_permissions import Fit, PermissionsOverTime, RolePermissions
from insights.access.usage.unknown_reasons import ReasonKind, UnknownReason

# Logs are read by the hour and groups by the day, both some time after it: evidence has to be whole up to here.
SLACK = timedelta(hours=26)
ALL_ELSE = "; all else that it permits was not used"
# An account in the middle of a chain of delegations uses them, and the entry has the name of the first in the chain
# (docs.cloud.google.com/iam/docs/create-short-lived-credentials-delegated).
DELEGATED = frozenset(
    f"iam.serviceAccounts.{verb}"
    for verb in ("getAccessToken", "getOpenIdToken", "implicitDelegation", "signBlob", "signJwt")
)


class UsageEvidence:
    """Judges grants as of `at` by the `days` before. One for each answer: it remembers what it read.

    Used is what was used up to `at`; for unused the evidence has to be whole from `days` before it up to `until`.
    """

    def __init__(self, session: Session, at: datetime, days: int) -> None:
        self.window: Period = (at - timedelta(days=days), at)
        start = self.window[0]
        self.until = max(start, at - SLACK)
        covered = EvidenceCoverage(session, (start, self.until))
        self._places = ReachedResources(session, self.window)
        self._people = MemberExpander(session, self.window, covered, self._places)
        self._roles = PermissionsOverTime(session, self.window, covered)
        self._actions = CallReader(session, self.window)
        logs = AuditLogs(session, covered, self._places)
        self._levels = LogGaps(self.window, self._places, logs, self._people)
        self._public = PublicGrants(session, self.window, self._places, self._roles)
        self._anonymous = AnonymousCalls(self._actions, self._places)

    def prepare(self, members: Iterable[str]) -> None:
        """Reads together what these people and accounts did; groups are read when they are asked for."""
        names = {member: logged_as(member) for member in members if member.startswith(PEOPLE)}
        self._actions.of({name for name in names.values() if name})

    def usage(self, grant: AccessGrant, principal: str) -> Usage:
        """Whether the principal used the grant (or its like: two grants of one permission are used together)."""
        scope = self._roles.scope(grant.role)
        inside = self._people.behind(grant.member, principal)
        held = common(could_hold(grant.condition, self.window), [(grant.valid_from, self.window[1])])
        if not held:
            return Usage(Use.UNUSED, reason=f"its condition did not hold since {self.window[0]:%Y-%m-%d}")
        last, perhaps = self._last_use(grant, scope, inside, held)
        if last is not None:
            return Usage(Use.USED, last, "" if is_certain(grant.condition, last) else "if its condition held")
        doubts = self._doubts(grant, scope, inside, held, perhaps or self._anonymous.perhaps(grant, scope, held))
        doubt = next(doubts, None)
        if doubt is None:
            return Usage(Use.UNUSED)
        only = doubt.kind is ReasonKind.UNLOGGED and next(doubts, None) is None
        return Usage(Use.UNKNOWN, reason=doubt.words + (ALL_ELSE if only else ""), kind=str(doubt.kind))

    def _last_use(
        self, grant: AccessGrant, scope: RolePermissions, inside: MemberExpansion, held: list[Period]
    ) -> tuple[datetime | None, LoggedCalls | None]:
        """The last call that was surely a use, and one that perhaps was."""
        last: datetime | None = None
        perhaps: LoggedCalls | None = None
        below = self._places.below(grant.resource)
        for name, calls in self._actions.of(inside.names).items():
            for call in calls.near(grant.resource, below):
                fit = scope.fits(call)
                if fit is Fit.NO:
                    continue
                where = common(self._places.reached(grant.resource, call), held)
                sure = common(where, inside.certain.get(name, [])) if fit is Fit.YES else []
                times = [time for period in sure if (time := self._actions.last_in(call, period))]
                if times:
                    last = max([*times, *([last] if last else [])])
                elif perhaps is None and self._may_be_use(grant, call, where, inside.all_of(name), held):
                    perhaps = call
        return last, perhaps

    def _may_be_use(
        self, grant: AccessGrant, call: LoggedCalls, where: list[Period], had: list[Period], held: list[Period]
    ) -> bool:
        if self._places.perhaps_reached(grant.resource, call):
            where = held
        return bool(common(common(where, had), [call.period]))

    def _doubts(
        self,
        grant: AccessGrant,
        scope: RolePermissions,
        inside: MemberExpansion,
        held: list[Period],
        perhaps: LoggedCalls | None,
    ) -> Iterator[UnknownReason]:
        """Why "unused" could be wrong: first what is so for ever, then what somebody can change."""
        yield from inside.doubts
        yield from scope.doubts
        if grant.valid_from > self.window[0]:
            yield UnknownReason(ReasonKind.NEW, f"granted only on {grant.valid_from:%Y-%m-%d}")
        elif held[0][0] > self.window[0]:
            yield UnknownReason(ReasonKind.NEW, f"its condition holds only since {held[0][0]:%Y-%m-%d}")
        if scope.permissions & DELEGATED and any(is_account(name) for name in inside.names):
            yield UnknownReason(
                ReasonKind.UNLOGGED, "what is done by delegation is logged under the name of who began the chain"
            )
        if perhaps is not None:
            when, who = f"{perhaps.period[1]:%Y-%m-%d}", perhaps.principal or "somebody whose name was left out"
            yield UnknownReason(
                ReasonKind.PERHAPS, f"{perhaps.service} was called by {who} by {when}: it may have been a use"
            )
        if public := self._public.same_as(grant.resource, scope):
            yield UnknownReason(ReasonKind.PUBLIC, f"everybody may do the same on {public}, which is not logged")
        yield from self._levels.doubts(grant.resource, scope.services, inside)
