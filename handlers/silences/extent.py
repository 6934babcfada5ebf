"""The extent of a new silence: how many incidents of the last 30 days it would have hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from db.error_db import queries
from handlers.match import mismatch
from handlers.spec import Match

PERIOD = timedelta(days=30)
MOST_OF_PERIOD = 10_000  # incidents of the period, the latest, that a silence is compared with


@dataclass(frozen=True, slots=True)
class SilenceExtent:
    """How many incidents a silence would have hidden, of how many that were seen since a time."""

    hidden: int
    total: int
    since: datetime


def would_have_hidden(session: Session, matches: Sequence[Match], now: datetime) -> list[SilenceExtent]:
    """The extent of each of the match blocks, from one reading of the incidents."""
    since = now - PERIOD
    found = queries.incidents(session, queries.IncidentFilter(since=since), limit=MOST_OF_PERIOD)
    first = found[-1].last_seen_at if len(found) == MOST_OF_PERIOD else since
    return [
        SilenceExtent(sum(mismatch(match, view, every=True) is None for view in found), len(found), first)
        for match in matches
    ]
