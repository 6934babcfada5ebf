"""Calls whose caller's name was left out of the entry: they may have been anybody's."""

from __future__ import annotations

from insights.access.model import AccessGrant
from insights.access.usage.actions import CallReader, LoggedCalls
from insights.access.usage.periods import Period, common
from insights.access.usage.reached_resources import ReachedResources
from insights.access.usage.role_permissions import Fit, RolePermissions


class AnonymousCalls:
    """Anonymous calls in a window, by the level whose log has them; read once."""

    def __init__(self, actions: CallReader, places: ReachedResources) -> None:
        self._places = places
        self._calls: dict[str, list[LoggedCalls]] = {}
        for call in actions.anonymous():
            self._calls.setdefault(call.level, []).append(call)
        self._permissions = {
            level: frozenset(item for call in calls for item in call.permissions)
            for level, calls in self._calls.items()
        }

    def perhaps(self, grant: AccessGrant, scope: RolePermissions, held: list[Period]) -> LoggedCalls | None:
        """One that may have been a use of a grant."""
        if not self._calls:
            return None
        for level in self._places.below(grant.resource):
            if scope.permissions and not scope.permissions & self._permissions.get(level, frozenset()):
                continue
            for call in self._calls.get(level, ()):
                if scope.fits(call) is not Fit.NO and self._reached(grant, call, held):
                    return call
        return None

    def _reached(self, grant: AccessGrant, call: LoggedCalls, held: list[Period]) -> bool:
        if self._places.perhaps_reached(grant.resource, call):
            return True
        return bool(common(common(self._places.reached(grant.resource, call), held), [call.period]))
