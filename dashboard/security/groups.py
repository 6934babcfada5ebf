"""The groups of the users of the dashboard, read from the Schema DB at most once a minute for each person."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from shared import logs
from shared.errors import TransientError

if TYPE_CHECKING:
    from dashboard.config import DashboardConfig

KEPT = timedelta(minutes=1)
MOST = 1_000  # people whose groups are kept


class PeopleGroups:
    """Caches the groups of each person for a minute."""

    def __init__(self, config: DashboardConfig) -> None:
        self._config = config
        self._lock = Lock()
        self._found: dict[str, tuple[datetime, frozenset[str]]] = {}

    def of(self, email: str, now: datetime) -> Collection[str]:
        """The addresses of the groups of a person; None while the Schema DB does not respond, so that no group gives a role."""
        with self._lock:
            at, groups = self._found.get(email, (None, frozenset()))
        if at is not None and at <= now < at + KEPT:
            return groups
        from insights.access.member_groups import groups_of_person  # noqa: PLC0415

        try:
            with self._config.schema_store().reading() as session:
                groups = groups_of_person(session, email, now)
        except TransientError as error:
            logs.log("WARNING", "groups give no role: the Schema DB is unavailable", reason=str(error))
            return ()
        with self._lock:
            if len(self._found) >= MOST:
                self._found.clear()
            self._found[email] = (now, groups)
        return groups
