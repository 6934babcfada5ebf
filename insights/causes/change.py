"""A change that may be a cause, with its connection to the incident, before it is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from db.schema_db.models import JobRun
from insights.causes.affected import Affected
from insights.causes.model import ChangeKind, Statement
from insights.causes.names import Name, Place
from shared.texts import causes as texts


@dataclass(frozen=True, slots=True)
class Shared:
    """The connection between a change and an incident: its closeness from 0 to 1, and a sentence."""

    closeness: float
    why: Statement


@dataclass(frozen=True, slots=True)
class CandidateChange:
    """A change with a connection to an incident.

    `others` is whether the change would also have made the run of another job fail, or None if unknown. `lasts` is
    False for an event that is over, such as a host failure. `ended` says why the change no longer had an effect.
    `delay` is the time until the change takes effect.
    """

    kind: ChangeKind
    time: datetime
    what: Statement
    who: str
    shared: Shared
    evidence: Sequence[Statement] = ()
    others: Callable[[JobRun], bool] | None = None
    ended: Statement | None = None
    delay: timedelta = timedelta(0)
    is_success_evidence: bool = True


def shared_with(affected: Affected, place: Place) -> Shared | None:
    """The connection between a resource and an incident; None if they share only the project or the location."""
    if place.name is None:
        return None
    shared = next((shared for holds, shared in _ways(affected, place.name) if holds), None)
    if shared is None:
        around = affected.own | affected.around
        shared = next((_inside(each, affected) for each in place.inside if each in around), None)
    return shared


def _ways(affected: Affected, name: Name) -> Iterator[tuple[bool, Shared]]:
    """The ways in which a resource may belong to an incident, the closest first, and whether it does."""
    value = {"resource": name[1]}
    is_account = name[0] == "serviceAccounts" and name[1] in affected.accounts
    yield name in affected.own, Shared(1.0, Statement(texts.SAME_RESOURCE))
    yield name[1] in affected.words, Shared(0.95, Statement(texts.SAME_NAME, value))
    yield name in affected.reads, Shared(0.95, Statement(texts.READS, value))
    yield name in affected.writes, Shared(0.9, Statement(texts.WRITES, value))
    yield name[1] in affected.named, Shared(0.9, Statement(texts.NAMED, value))
    yield is_account, Shared(0.9, Statement(texts.SAME_ACCOUNT, {"member": name[1]}))
    yield name in affected.datasets, Shared(0.75, Statement(texts.IN_DATASET, value))
    yield name in affected.around, Shared(0.7, Statement(texts.INSIDE, value))


def _inside(name: tuple[str, str], affected: Affected) -> Shared:
    closeness = 0.9 if name in affected.own else 0.65
    return Shared(closeness, Statement(texts.INSIDE, {"resource": name[1]}))
