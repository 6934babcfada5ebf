"""Why a use of a grant may be missing from the audit logs.

The logs of a level may not have been read, Data Access logs may have been off, members may have been exempted from
them, and calls to public resources are never logged (docs.cloud.google.com/logging/docs/audit).
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import AuditSetting, Binding
from db.schema_db.selection import Period, cover, joined, overlap, valid_in
from insights.access.hierarchy import Hierarchy
from insights.access.observations import EvidenceCoverage
from insights.access.usage.principals import Expansion, MemberExpander
from insights.access.usage.role_permissions import ANY, RolePermissions, RolePermissionsReader
from insights.access.usage.unknown_reasons import ReasonKind, UnknownReason
from shared.identity.iam_names import EVERYBODY, MANAGER, containers
from shared.texts.access import usage as texts

ALL_SERVICES = "allServices"
LOG_TYPES = ("ADMIN_READ", "DATA_READ", "DATA_WRITE")
# Its Data Access logs cannot be switched off (docs.cloud.google.com/logging/docs/audit/configure-data-access).
ALWAYS_LOGGED = frozenset({"bigquery.googleapis.com"})
READ = ("", "")  # service and log type of the rows that record a successful read of a configuration
MOST = 20_000  # cached answers
FirstGap = tuple[list[UnknownReason], dict[str, str]]  # at most one reason; exempted members, each with a level
Granted = tuple[str, str]  # resource and role


class LogGaps:
    """The reasons why a use on a resource may not have been logged, for all grants on it that concern the same services."""

    def __init__(
        self, session: Session, covered: EvidenceCoverage, hierarchy: Hierarchy, members: MemberExpander
    ) -> None:
        self._logs = AuditLogs(session, covered, hierarchy)
        self._hierarchy = hierarchy
        self._members = members
        self._gaps: dict[tuple[str, frozenset[str]], FirstGap] = {}

    def reasons(self, resource: str, services: frozenset[str], principals: Expansion) -> Iterator[UnknownReason]:
        """Reasons why a use of one of the services by one of the principals may not have been logged."""
        key = (resource, services)
        if key not in self._gaps:
            if len(self._gaps) >= MOST:
                self._gaps.clear()
            self._gaps[key] = self._read(resource, services)
        first, exempted = self._gaps[key]
        yield from first
        for member, level in exempted.items():
            other = self._members.expansion(member)
            if other.reasons or not other.names.isdisjoint(principals.names):
                yield UnknownReason(ReasonKind.EXEMPTED, texts.EXEMPTED(member=member, level=level))

    def _read(self, resource: str, services: frozenset[str]) -> FirstGap:
        first = next(self._reasons(resource, services), None)
        exempted: dict[str, str] = {}
        for level in sorted(self._hierarchy.below(resource)) if first is None else ():
            for member in sorted(self._logs.exempted(level, services)):
                exempted.setdefault(member, level)
        return ([first] if first else []), exempted

    def _reasons(self, resource: str, services: frozenset[str]) -> Iterator[UnknownReason]:
        below = self._hierarchy.below(resource)
        if not below:
            yield UnknownReason(ReasonKind.PLACE, texts.NO_PROJECT)
        for level, periods in sorted(below.items()):
            if periods != [self._hierarchy.window]:
                yield UnknownReason(ReasonKind.PLACE, texts.PARTLY_BELOW(level=level))
            yield from self._logs.gaps(level, services)


class AuditLogs:
    """The audit logs of all levels: when they were read, which services write them, and which members are exempted."""

    def __init__(self, session: Session, covered: EvidenceCoverage, hierarchy: Hierarchy) -> None:
        self._covered = covered
        self._hierarchy = hierarchy
        self._settings: dict[str, list[AuditSetting]] = {}
        for row in session.scalars(select(AuditSetting).order_by(AuditSetting.since)):
            self._settings.setdefault(row.level, []).append(row)
        self._gaps: dict[tuple[str, frozenset[str]], list[UnknownReason]] = {}
        self._exempted: dict[tuple[str, frozenset[str]], frozenset[str]] = {}

    def gaps(self, level: str, services: frozenset[str]) -> list[UnknownReason]:
        """Reasons why a use of one of the services in a level may not have been logged, for any caller."""
        key = (level, services)
        if key not in self._gaps:
            self._gaps[key] = list(self._read_gaps(level, services))
        return self._gaps[key]

    def exempted(self, level: str, services: frozenset[str]) -> frozenset[str]:
        """Members whose use of one of the services in a level may not have been logged."""
        key = (level, services)
        if key not in self._exempted:
            self._exempted[key] = frozenset(self._read_exempted(level, services))
        return self._exempted[key]

    def _read_gaps(self, level: str, services: frozenset[str]) -> Iterator[UnknownReason]:
        for log, text in (("admin_activity", texts.AUDIT_LOGS_UNREAD), ("data_access", texts.DATA_ACCESS_LOGS_UNREAD)):
            if not self._covered.is_complete(f"{log}/{level}"):
                yield UnknownReason(ReasonKind.UNREAD, text(level=level))
        rest = services - ALWAYS_LOGGED
        if not rest:
            return
        for item in sorted({level, *self._hierarchy.above(level)}):
            if not cover(self._observed(item, {READ[0]}, READ[1]), self._covered.needed):
                yield UnknownReason(ReasonKind.SETTINGS, texts.CONFIGURATION_UNKNOWN(level=item))
        for service in sorted(rest):
            yield from self._off(level, service)

    def _off(self, level: str, service: str) -> Iterator[UnknownReason]:
        levels = [level, *self._hierarchy.above_always(level)]
        names = {ALL_SERVICES} if service == ANY else {ALL_SERVICES, service}
        for log_type in LOG_TYPES:
            on = (period for item in levels for period in self._observed(item, names, log_type))
            if not cover(on, self._covered.needed):
                whose = texts.EVERY_SERVICE if service == ANY else service
                text = texts.LOGS_OFF(type=log_type, service=whose, level=level)
                yield UnknownReason(ReasonKind.OFF, text)
        for item in levels:
            if any(self._covered.happened(f"audit_switch/{item}/{name}") for name in sorted(names)):
                yield UnknownReason(ReasonKind.OFF, texts.LOGS_SWITCHED(level=item))

    def _read_exempted(self, level: str, services: frozenset[str]) -> Iterator[str]:
        """Members exempted at any level: whether the other levels still log the call is not documented."""
        rest = services - ALWAYS_LOGGED
        for item in (level, *self._hierarchy.above(level)) if rest else ():
            yield from self._covered.exempted(item)
            for row in self._in_needed_time(item):
                if ANY in rest or row.service == ALL_SERVICES or row.service in rest:
                    yield from row.exempted

    def _in_needed_time(self, level: str) -> Iterator[AuditSetting]:
        """The settings at any moment of the required period: from the observation before it until the one after it."""
        by_kind: dict[tuple[str, str], list[AuditSetting]] = {}
        for row in self._settings.get(level, []):
            by_kind.setdefault((row.service, row.log_type), []).append(row)
        for rows in by_kind.values():
            for before, row, after in zip([rows[0], *rows], rows, [*rows[1:], rows[-1]], strict=False):
                if overlap((min(before.until, row.since), max(row.until, after.since)), self._covered.needed):
                    yield row

    def _observed(self, level: str, services: set[str], log_type: str) -> list[Period]:
        """The periods in which a level's own configuration enabled a log of one of the services.

        A change between two distant observations is in the log of the level, if that was read.
        """
        rows = [row for row in self._settings.get(level, []) if row.service in services and row.log_type == log_type]
        periods: list[Period] = []
        for start, end in joined((row.since, row.until) for row in rows):
            if periods and self._is_unchanged(level, (periods[-1][1], start)):
                periods[-1] = (periods[-1][0], end)
            else:
                periods.append((start, end))
        return periods

    def _is_unchanged(self, level: str, gap: Period) -> bool:
        """Whether the configuration did not change between two observations, because the log would show a change."""
        observations = (row for row in self._settings.get(level, []) if not row.service)
        observed = any(row.since < gap[1] and row.until > gap[0] for row in observations)
        return not observed and self._covered.is_complete(f"admin_activity/{level}", [gap])


class PublicGrants:
    """Grants to everybody in a window, read once. A use of another grant with the same permissions is not logged."""

    def __init__(self, session: Session, hierarchy: Hierarchy, roles: RolePermissionsReader) -> None:
        self._hierarchy = hierarchy
        self._roles = roles
        self._on: dict[str, list[Granted]] = {}
        self._in: dict[str, list[Granted]] = {}
        self._answers: dict[tuple[str, frozenset[str], frozenset[str]], str] = {}
        public = (Binding.member.in_(EVERYBODY), valid_in(Binding, hierarchy.window))
        query = select(Binding.resource, Binding.role).where(*public).distinct()
        for resource, role in session.execute(query.order_by(*query.selected_columns)):
            self._on.setdefault(resource, []).append((resource, role))
            for name in self._above(resource):
                self._in.setdefault(name, []).append((resource, role))

    def same_as(self, resource: str, permissions: RolePermissions) -> str:
        """A public resource on which everybody has the permissions of a grant, or empty."""
        if not self._on:
            return ""
        key = (resource, permissions.names, permissions.services)
        if key not in self._answers:
            if len(self._answers) >= MOST:
                self._answers.clear()
            near = self._near(resource)
            public = (name for name, role in near if permissions.overlaps(self._roles.permissions(role)))
            self._answers[key] = next(public, "")
        return self._answers[key]

    def _near(self, resource: str) -> Iterator[Granted]:
        """Grants to everybody on a resource, on its ancestors or on resources inside it."""
        for name in (resource, *sorted(self._above(resource))):
            yield from self._on.get(name, [])
        yield from self._in.get(resource, [])

    def _above(self, resource: str) -> set[str]:
        """All ancestors of a resource at any moment of the window."""
        is_level = resource.startswith(MANAGER)
        near = [resource.removeprefix(MANAGER)] if is_level else self._hierarchy.below(resource)
        levels = {level for item in near for level in (item, *self._hierarchy.above(item))}
        return {*containers(resource), *(MANAGER + level for level in levels)} - {resource}
