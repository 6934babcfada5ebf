"""The levels of access that a role gives on a resource: to read its data, to change its data, to administer it."""

from __future__ import annotations

from insights.access.model import LEVELS, Level
from insights.access.platform_map import SERVICES, kind_of
from insights.access.roles import NEEDS, Roles, permission_level

Levels = frozenset[Level]
NONE: Levels = frozenset()


class LevelReader:
    """Determines the levels that a role gives: on datasets, buckets and topics by its permissions, elsewhere by its own level."""

    def __init__(self, roles: Roles) -> None:
        self._roles = roles
        self._levels: dict[tuple[str, str], Levels] = {}

    def levels(self, role: str, resource: str) -> Levels:
        """The levels that a role gives on a resource. They are independent: a role that can write cannot always read.

        A role whose permissions are unknown may give every level, and is reported with every level.
        """
        kind = kind_of(resource)[0]
        service = SERVICES[kind] if kind else ""
        key = (role, service)
        if key not in self._levels:
            self._levels[key] = self._on(role, service) if service else self._anywhere(role)
        return self._levels[key]

    def _on(self, role: str, service: str) -> Levels:
        ability, permissions = self._roles.ability(role), self._roles.permissions(role)
        if ability.level is None:
            return frozenset(LEVELS)
        found = {level for level, needs in zip(LEVELS, NEEDS[service], strict=True) if needs & ability.data_permissions}
        own = {permission for permission in permissions or () if permission.startswith(f"{service}.")}
        found |= {level for level in map(permission_level, own) if level is not Level.READ}
        if permissions is None and role.startswith(f"roles/{service}.") and ability.level is not Level.READ:
            found.add(ability.level)
        return frozenset(found)

    def _anywhere(self, role: str) -> Levels:
        level = self._roles.ability(role).level
        return frozenset(LEVELS if level is None else LEVELS[: LEVELS.index(level) + 1])
