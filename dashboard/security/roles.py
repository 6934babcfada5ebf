"""Roles of the people who use the dashboard."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from enum import StrEnum
from fnmatch import fnmatchcase

from shared.config import Settings
from shared.lazy.dataclass import dataclass
from shared.texts import Text
from shared.texts.dashboard import common

GROUP = "group:"  # begins a pattern that names a group


class UserRole(StrEnum):
    """The operations that a person may perform. Each role includes the permissions of the previous roles."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """The position of the role; 0 has the fewest permissions."""
        return list(UserRole).index(self)

    @property
    def text(self) -> Text:
        """The name of the role, for people."""
        return _NAMES[self]


_NAMES: Mapping[UserRole, Text] = {
    UserRole.VIEWER: common.VIEWER,
    UserRole.OPERATOR: common.OPERATOR,
    UserRole.ADMIN: common.ADMIN,
}


@dataclass(frozen=True, slots=True)
class User:
    """The person who sent a request: `name` is recorded with every change."""

    name: str
    role: UserRole

    def may(self, role: UserRole) -> bool:
        """Whether the person has the permissions of `role`."""
        return self.role.rank >= role.rank


def role_of(email: str, settings: Settings, groups: Callable[[], Collection[str]] = tuple) -> UserRole | None:
    """The role of a verified e-mail address from HINOMI_DASHBOARD_ADMINS, _OPERATORS and _VIEWERS; None without access.

    `groups` reads the groups of the person; it is called only if a list names a group that could decide.
    """
    return next((role for role, patterns in _lists(settings) if _matches(email, patterns, groups)), None)


def _lists(settings: Settings) -> Iterator[tuple[UserRole, tuple[str, ...]]]:
    """Each role with the patterns of its people, the most powerful first."""
    yield UserRole.ADMIN, settings.dashboard_admins
    yield UserRole.OPERATOR, settings.dashboard_operators
    yield UserRole.VIEWER, settings.dashboard_viewers


def _matches(email: str, patterns: tuple[str, ...], groups: Callable[[], Collection[str]]) -> bool:
    lower = [pattern.casefold() for pattern in patterns]
    named = {pattern.removeprefix(GROUP) for pattern in lower if pattern.startswith(GROUP)}
    if any(fnmatchcase(email.casefold(), pattern) for pattern in lower if not pattern.startswith(GROUP)):
        return True
    return bool(named) and not named.isdisjoint(group.casefold() for group in groups())
