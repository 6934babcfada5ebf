"""A change that may be a cause, with its connection to the incident, before it is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta

from db.schema_db.models import JobRun
from insights.causes.affected import CONTAINERS, Affected
from insights.causes.model import ChangeKind, Statement
from insights.causes.names import Name, Place, is_regional
from shared.lazy.dataclass import dataclass
from shared.texts import causes as texts

# Connections that a resource of the same name elsewhere would have, too.
_BY_NAME = (texts.SAME_RESOURCE, texts.SAME_NAME)


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
    `delay` is the time until the change takes effect. `days` are those of the two snapshots between which the change happened;
    its time of day is then unknown, and `time` an estimate.
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
    days: tuple[date, date] | None = None


def shared_with(affected: Affected, place: Place) -> Shared | None:
    """The connection between a resource and an incident; None if they share only the project or the location."""
    if place.name is None:
        return None
    shared = next((shared for holds, shared in _ways(affected, place.name) if holds), None)
    if shared is None:
        shared = next(_around(affected, place), None)
    return None if shared is not None and shared.why.sentence in _BY_NAME and _is_elsewhere(affected, place) else shared


def _around(affected: Affected, place: Place) -> Iterator[Shared]:
    """The connections by a container of the resource, the nearest first."""
    known = affected.own | affected.around
    for each in place.inside:
        if each[1] in affected.named and each[0] not in CONTAINERS:
            yield Shared(0.9, Statement(texts.NAMED, {"resource": each[1]}))
        elif each in known and not place.is_of_kubernetes:
            yield _inside(each, affected)


def _is_elsewhere(affected: Affected, place: Place) -> bool:
    """Whether a resource with the same name is another one: in another region, cluster or namespace."""
    location = affected.incident.labels.get("location", "")
    if place.location and is_regional(location) and not _same_region(location, place.location):
        return True
    known = affected.own | affected.around
    return any(
        collection in ("clusters", "namespaces")
        and (collection, value) not in known
        and any(other == collection for other, _ in known)
        for collection, value in place.inside
    )


def _same_region(one: str, other: str) -> bool:
    """Whether these are the same region, or a zone and its region."""
    return one == other or one.rpartition("-")[0] == other or other.rpartition("-")[0] == one


def _ways(affected: Affected, name: Name) -> Iterator[tuple[bool, Shared]]:
    """The ways in which a resource may be connected with an incident, closest first, and whether each applies."""
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
