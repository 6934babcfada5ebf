"""What an answer about access does not cover: times and places at which no snapshot looked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.schema_db.models import Resource
from db.schema_db.resource_hierarchy import ancestors_at
from insights.access.model import Observation
from insights.access.observations import looks
from shared.iam_names import MANAGER, short_name

# A scope is looked at every hour: after so long without a look it is worth a word.
STALE = timedelta(days=1)
CHUNK = 500


@dataclass(frozen=True, slots=True)
class PolicyCoverage:
    """The scopes that were looked at for an answer, and what it does not know."""

    looks: list[Observation]
    notes: list[str]


def about(session: Session, names: Sequence[str], at: datetime) -> PolicyCoverage:
    """Of an answer about a resource, the first of `names`; the others are what it hangs below, nearest first."""
    known = {look.scope: look for look in looks(session, at)}
    resource, levels = names[0], [name.removeprefix(MANAGER) for name in names if name.startswith(MANAGER)]
    mine = [known[level] for level in levels if level in known]
    notes = list(_times(levels[0], mine, at)) if levels else []
    unread = _unread(levels, mine)
    notes += [_above(unread)] if unread else []
    return PolicyCoverage(mine, [*_sight(session, resource, levels, at), *notes])


def everywhere(session: Session, at: datetime, start: datetime | None = None) -> PolicyCoverage:
    """Of an answer about all that is known at a time, or between two times."""
    found = looks(session, at)
    if not found:
        return PolicyCoverage([], ["no snapshot has read any policy yet"])
    known = {look.scope: look for look in found}
    hanging = list(_hanging(session, at))
    above = {level: levels[place:] for levels in hanging for place, level in enumerate(levels)}
    notes = []
    for look in found:
        covering = [known[level] for level in above.get(look.scope, [look.scope]) if level in known]
        notes += [*_times(look.scope, covering, at), *_beginning(covering, start or at)]
    unread = dict.fromkeys(level for levels in hanging for level in _unread(levels, found))
    notes += [_above(list(unread))] if unread else []
    return PolicyCoverage(found, list(dict.fromkeys(notes)))


def _sight(session: Session, resource: str, levels: Sequence[str], at: datetime) -> Iterator[str]:
    """Whether the resource itself is known."""
    name, row = short_name(resource), session.get(Resource, resource)
    if row is None:
        yield f"{name} itself was never seen: it may not exist, or has no grants of its own"
    elif row.missing_since is not None and row.missing_since <= at:
        yield f"{name} was not seen any more since {_clock(row.missing_since)}: it may be gone"
    if not levels:
        yield f"it is not known where {name} hangs, so neither what is granted above it"


def _times(what: str, covering: Sequence[Observation], at: datetime) -> Iterator[str]:
    """Whether somebody looked around that time. `covering` are the scopes that `what` is in."""
    read = [look for look in covering if look.first is not None]
    if not read:
        failing = next((look for look in covering if look.failing_since), None)
        why = f": the snapshots of {failing.scope} fail since {_failing(failing)}" if failing else ""
        yield f"no snapshot has read the policies of {what}{why}"
        return
    before = [(look.last, look) for look in read if look.last is not None]
    if not before:
        yield from _beginning(read, at)
        return
    last, look = max(before, key=lambda pair: pair[0])
    after = min((look.next for look in read if look.next is not None), default=None)
    if look.failing_since is not None and after is None:
        yield f"{look.scope} was last read whole on {_clock(last)}: the snapshots fail since {_failing(look)}"
    elif after is None and at - last > STALE:
        yield f"{look.scope} was last read whole on {_clock(last)} and not since: what changed later is not known"
    elif after is not None and after - last > STALE:
        yield f"no snapshot of {look.scope} between {_clock(last)} and {_clock(after)} is on record"


def _beginning(covering: Sequence[Observation], start: datetime) -> Iterator[str]:
    """Whether history begins after a time."""
    firsts = [(look.first, look.scope) for look in covering if look.first is not None]
    if firsts and min(firsts)[0] > start:
        first, scope = min(firsts)
        yield f"history of {scope} begins on {_clock(first)}: what was there before is not known"


def _unread(levels: Sequence[str], read: Sequence[Observation]) -> list[str]:
    """The levels above all that is read; none when nothing is."""
    scopes = {look.scope for look in read}
    highest = max((place for place, level in enumerate(levels) if level in scopes), default=len(levels))
    return list(levels[highest + 1 :])


def _above(levels: Sequence[str]) -> str:
    return f"what is granted on {', '.join(levels)} is not known: it is above HINOMI_SCOPE and never read"


def _hanging(session: Session, at: datetime) -> Iterator[list[str]]:
    """Each project and what it hangs below, nearest first."""
    one = select(func.min(Resource.name)).where(Resource.project != "").group_by(Resource.project)
    names = list(session.scalars(one))
    for start in range(0, len(names), CHUNK):
        yield from ancestors_at(session, names[start : start + CHUNK], at).values()


def _failing(look: Observation) -> str:
    since = _clock(look.failing_since) if look.failing_since else ""
    return f"{since} ({look.error})" if look.error else since


def _clock(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"
