"""Whether the audit logs of a level would have shown a use, by everybody, all the time."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import AuditSetting
from insights.access.usage.audited_services import ANY
from insights.access.usage.coverage import EvidenceCoverage
from insights.access.usage.periods import Period, cover, joined, overlap
from insights.access.usage.reached_resources import ReachedResources
from insights.access.usage.unknown_reasons import ReasonKind, UnknownReason

ALL_SERVICES = "allServices"
KINDS = ("ADMIN_READ", "DATA_READ", "DATA_WRITE")
# Its Data Access logs cannot be switched off (docs.cloud.google.com/logging/docs/audit/configure-data-access).
ALWAYS_LOGGED = frozenset({"bigquery.googleapis.com"})
READ = ("", "")


class AuditLogs:
    """Answers for all levels; each answer is found once."""

    def __init__(self, session: Session, covered: EvidenceCoverage, places: ReachedResources) -> None:
        self._covered = covered
        self._places = places
        self._settings: dict[str, list[AuditSetting]] = {}
        for row in session.scalars(select(AuditSetting).order_by(AuditSetting.since)):
            self._settings.setdefault(row.level, []).append(row)
        self._gaps: dict[tuple[str, frozenset[str]], list[UnknownReason]] = {}
        self._exempted: dict[tuple[str, frozenset[str]], frozenset[str]] = {}

    def gaps(self, level: str, services: frozenset[str]) -> list[UnknownReason]:
        """Why a use of one of the services in the level may not have been seen, whoever it was."""
        key = (level, services)
        if key not in self._gaps:
            self._gaps[key] = list(self._find_gaps(level, services))
        return self._gaps[key]

    def exempted(self, level: str, services: frozenset[str]) -> frozenset[str]:
        """Members whose use of one of the services in the level may not have been seen."""
        key = (level, services)
        if key not in self._exempted:
            self._exempted[key] = frozenset(self._find_exempted(level, services))
        return self._exempted[key]

    def _find_gaps(self, level: str, services: frozenset[str]) -> Iterator[UnknownReason]:
        for kind, what in (("admin_activity", "audit logs"), ("data_access", "Data Access logs")):
            if not self._covered.is_whole(f"{kind}/{level}"):
                yield UnknownReason(ReasonKind.UNREAD, f"the {what} of {level} were not read for all of the time")
        rest = services - ALWAYS_LOGGED
        if not rest:
            return
        for place in sorted({level, *self._places.above(level)}):
            if not cover(self._seen(place, {READ[0]}, READ[1]), self._covered.needed):
                yield UnknownReason(
                    ReasonKind.SETTINGS, f"the audit configuration of {place} is not known for all of the time"
                )
        for service in sorted(rest):
            yield from self._off(level, service)

    def _off(self, level: str, service: str) -> Iterator[UnknownReason]:
        always = [level, *self._places.above_always(level)]
        named = {ALL_SERVICES} if service == ANY else {ALL_SERVICES, service}
        for kind in KINDS:
            if not cover((time for place in always for time in self._seen(place, named, kind)), self._covered.needed):
                what = "every service" if service == ANY else service
                yield UnknownReason(
                    ReasonKind.OFF, f"{kind} logs of {what} in {level} are not known to be on for all of the time"
                )
        for place in always:
            if any(self._covered.happened(f"audit_switch/{place}/{name}") for name in sorted(named)):
                yield UnknownReason(ReasonKind.OFF, f"Data Access logs of {place} were switched on or off")

    def _find_exempted(self, level: str, services: frozenset[str]) -> Iterator[str]:
        """Wherever somebody is exempted: whether the other levels log the call all the same is not written anywhere."""
        rest = services - ALWAYS_LOGGED
        for place in (level, *self._places.above(level)) if rest else ():
            yield from self._covered.exempted(place)
            for row in self._around(place):
                if ANY in rest or row.service == ALL_SERVICES or row.service in rest:
                    yield from row.exempted

    def _around(self, place: str) -> Iterator[AuditSetting]:
        """What held at a moment of the needed time, until the look after it or since the look before it."""
        kinds: dict[tuple[str, str], list[AuditSetting]] = {}
        for row in self._settings.get(place, []):
            kinds.setdefault((row.service, row.log_type), []).append(row)
        for rows in kinds.values():
            for before, row, after in zip([rows[0], *rows], rows, [*rows[1:], rows[-1]], strict=False):
                if overlap((min(before.until, row.since), max(row.until, after.since)), self._covered.needed):
                    yield row

    def _seen(self, place: str, services: set[str], kind: str) -> list[Period]:
        """When the looks at a level's configuration agreed.

        What changes between two that are far apart is in the log of the level, if that was read.
        """
        rows = [row for row in self._settings.get(place, []) if row.service in services and row.log_type == kind]
        found: list[Period] = []
        for start, end in joined((row.since, row.until) for row in rows):
            if found and self._is_unseen(place, (found[-1][1], start)):
                found[-1] = (found[-1][0], end)
            else:
                found.append((start, end))
        return found

    def _is_unseen(self, place: str, gap: Period) -> bool:
        """Whether nobody looked in between, and the log would have told."""
        looks = (row for row in self._settings.get(place, []) if not row.service)
        looked = any(row.since < gap[1] and row.until > gap[0] for row in looks)
        return not looked and self._covered.is_whole(f"admin_activity/{place}", [gap])
