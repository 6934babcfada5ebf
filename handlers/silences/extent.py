"""The effect of a new silence on past incidents: how many of the last 30 days it would have hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from db.error_db import queries
from handlers.match import mismatch
from handlers.spec import Match
from shared.records import IncidentView

PERIOD = timedelta(days=30)
LATEST = 5  # incidents of a preview
MOST_OF_PERIOD = 10_000  # incidents of the period, the latest, that a silence is compared with


@dataclass(frozen=True, slots=True)
class SilenceExtent:
    """The number of incidents that a silence would have hidden, the latest of them, and the number of all incidents since a time."""

    hidden: int
    total: int
    since: datetime
    latest: tuple[IncidentView, ...] = ()


def would_have_hidden(session: Session, matches: Sequence[Match], now: datetime) -> list[SilenceExtent]:
    """The effect of each match block, from a single reading of the incidents."""
    since = now - PERIOD
    found = queries.incidents(session, queries.IncidentFilter(since=since), limit=MOST_OF_PERIOD)
    first = found[-1].last_seen_at if len(found) == MOST_OF_PERIOD else since
    hidden = [[view for view in found if mismatch(match, view, every=True) is None] for match in matches]
    return [SilenceExtent(len(views), len(found), first, tuple(views[:LATEST])) for views in hidden]
