"""A simulated platform with known calls, of which audit logs and observations show a part.

Times are hours since START. A look at all groups and roles is at the beginning of each day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from hypothesis import strategies as st

from tests.support.access_world import (
    ALICE,
    ANALYSTS,
    BOB,
    BUCKET,
    DAVE,
    FOLDER,
    NOW,
    ORGANIZATION,
    PROJECT_NAME,
    SCOPE,
)

HOUR = timedelta(hours=1)
HOURS, DAYS = 5 * 24, 3
FIRST, LAST = HOURS - DAYS * 24, HOURS  # the examined hours
NEEDED = HOURS - 26  # until then all evidence is needed
EARLY = FIRST - 12  # changes and calls begin shortly before the examined hours
START = NOW - HOURS * HOUR

STAFF, DOMAIN, STRANGER = "group:staff@example.com", "domain:example.com", "user:eve@not-example.com"
MEMBERS = (ALICE, BOB, DAVE, ANALYSTS, STAFF, DOMAIN)
READER, LISTER = f"{SCOPE}/roles/reader", f"{SCOPE}/roles/lister"
GET, LIST, CREATE = "storage.objects.get", "storage.objects.list", "storage.objects.create"
SERVICE = "storage.googleapis.com"
OTHER, SECOND = f"{BUCKET}-other", "projects/example-second"
OBJECT, ELSEWHERE = f"{BUCKET}/objects/day", "//storage.googleapis.com/example-second-raw"
# Each resource with a policy, and the resources that a grant on it covers.
COVERED = {
    BUCKET: {BUCKET, OBJECT},
    OTHER: {OTHER},
    PROJECT_NAME: {BUCKET, OBJECT, OTHER},
    FOLDER: {BUCKET, OBJECT, OTHER},
    ORGANIZATION: {BUCKET, OBJECT, OTHER, ELSEWHERE},
}
Span = tuple[int, int]  # hours, excluding the end


class Key(NamedTuple):
    """A grant."""

    resource: str
    role: str
    member: str


KEYS = [Key(resource, role, member) for resource in COVERED for role in (READER, LISTER) for member in MEMBERS]


@dataclass(frozen=True, slots=True)
class Deed:
    """Calls by a principal in one minute, of which some may be denied. `named` says whether the log entry names the caller.

    The log entry of a call without a `permission` does not say which one was needed.
    """

    minute: int
    who: str
    permission: str
    resource: str
    count: int = 1
    denied: int = 0
    named: bool = True

    @property
    def time(self) -> float:
        """In hours."""
        return self.minute / 60

    @property
    def hour(self) -> int:
        return self.minute // 60

    @property
    def is_permitted(self) -> bool:
        """Whether some of the calls were permitted."""
        return self.count > self.denied


@dataclass(slots=True)
class World:
    """The calls and grants of the platform, and the gaps in its observation.

    A member is in a group, and the reader role includes its second permission, for one span of hours.
    """

    deeds: list[Deed] = field(default_factory=list)
    granted: dict[Key, int] = field(default_factory=dict)  # the hour of each grant
    inside: dict[str, dict[str, Span]] = field(default_factory=dict)  # groups and their direct members
    listing: Span = (0, HOURS + 1)  # the reader role includes the permission to list
    moved: int = 0  # the hour at which the project came into the folder
    organization_logs: bool = False
    off: Span | None = None  # the project's audit logs
    exempted: Span | None = None  # Bob, from the project's audit logs
    unread: Span | None = None  # the project's audit logs, by Hinomi
    blind: Span | None = None  # no observation of the project's audit configuration
    unseen: dict[str, Span] = field(default_factory=dict)  # no look at groups, or at roles ("group", "role")

    def looks(self, kind: str) -> list[int]:
        """The hours of the looks at groups, or at roles."""
        return [hour for hour in range(0, HOURS + 1, 24) if not within(hour, self.unseen.get(kind))]

    def is_use(self, deed: Deed, key: Key, principal: str) -> bool:
        """Whether the deed used a grant by a principal that is, or was, behind its member."""
        covered = deed.resource in COVERED[key.resource] and (key.resource != FOLDER or deed.time >= self.moved)
        had = not deed.permission or deed.permission in self.permissions(key.role, deed.time)
        behind = self.includes(key.member, principal, deed.time) and self.includes(principal, deed.who, deed.time)
        return deed.is_permitted and covered and had and deed.time >= self.granted[key] and behind

    def permissions(self, role: str, time: float) -> set[str]:
        """The permissions of a role at a time."""
        if role == LISTER:
            return {LIST, CREATE}
        return {GET, LIST} if within(time, self.listing) else {GET}

    def includes(self, member: str, principal: str, time: float) -> bool:
        """Whether a member is the principal, or includes it at a time."""
        if member == principal or (member == DOMAIN and principal.endswith("@example.com")):
            return True
        parts = self.inside.get(member, {}).items()
        return any(within(time, span) and self.includes(inner, principal, time) for inner, span in parts)

    def is_recorded(self, deed: Deed) -> bool:
        """Whether the deed was logged and the entry was read."""
        if deed.resource == ELSEWHERE:
            return True
        is_on = self.organization_logs or not within(deed.time, self.off)
        is_exempted = deed.who == BOB and within(deed.time, self.exempted)
        return is_on and not is_exempted and not within(deed.time, self.unread)


def within(time: float, span: Span | None) -> bool:
    return span is not None and span[0] <= time < span[1]


def time_of(hour: float) -> datetime:
    return START + timedelta(minutes=round(hour * 60))


FLAWS = ("off", "exempted", "unread", "blind", "unseen", "nameless")


def random_world(random: Random, flaws: int) -> World:
    """A world with the given number of gaps in the observation. A membership, and a time without it, lasts longer than a day."""
    chosen = random.sample(FLAWS, flaws)
    start, end = gap = _span(random, longest=30)
    grants = random.sample(KEYS, 24)
    world = World(
        granted=dict.fromkeys(grants, 0) | dict.fromkeys(grants[:5], random.randrange(EARLY, HOURS)),
        inside={ANALYSTS: {BOB: _stay(random)}, STAFF: {ANALYSTS: _stay(random), DAVE: _stay(random)}},
        listing=_stay(random),
        moved=random.choice([0, random.randrange(EARLY, HOURS)]),
        organization_logs=random.random() < 0.6,
        off=gap if "off" in chosen else None,
        exempted=gap if "exempted" in chosen else None,
        unread=gap if "unread" in chosen else None,
        blind=random.choice([_span(random, longest=40), (start, HOURS + 1)]) if "blind" in chosen else None,
        unseen={random.choice(["group", "group", "role"]): (start, end + 24)} if "unseen" in chosen else {},
    )
    edges = [FIRST, FIRST, LAST, start, end, *range(FIRST, LAST, 24), *_turns(world)]
    unnamed = 0.5 if "nameless" in chosen else 0
    deeds = [_deed(random, edges, unnamed) for _ in range(5)]
    deeds += [replace(deed, minute=_minute(random, edges)) for deed in deeds[:3]]
    # A row of the Schema DB counts the equal calls of an hour: it does not say which of them were denied.
    world.deeds = list({(deed.hour, deed.permission, deed.resource): deed for deed in deeds}.values())
    return world


def _turns(world: World) -> Iterator[int]:
    for span in (world.listing, *(span for members in world.inside.values() for span in members.values())):
        yield from span


def _span(random: Random, longest: int) -> Span:
    """Often it begins just before or at the end of the hours whose evidence is needed, or ends so at their beginning."""
    hours = random.randint(1, longest)
    near = random.choice([NEEDED - 1, NEEDED, FIRST - hours, FIRST - hours + 1])
    start = near if random.random() < 0.5 else random.randrange(EARLY, HOURS)
    return start, min(HOURS + 1, start + hours)


def _stay(random: Random) -> Span:
    """The hours of a membership: always, until an hour, or since an hour."""
    hour = random.randrange(EARLY, HOURS - 12)
    return random.choice([(0, HOURS + 1), (0, hour), (hour, HOURS + 1), (hour, hour + random.randint(25, 48))])


def _minute(random: Random, edges: list[int]) -> int:
    """The time of a deed: often shortly before or after a change, never at the same moment."""
    hour = random.choice(edges) - random.randint(0, 1) if random.random() < 0.5 else random.randrange(EARLY, HOURS)
    return min(max(hour, 0), HOURS) * 60 + random.choice([1, 30, 59])


def _deed(random: Random, edges: list[int], unnamed: float) -> Deed:
    count = random.randint(1, 2)
    return Deed(
        minute=_minute(random, edges),
        who=random.choice([ALICE, BOB, BOB, DAVE, STRANGER]),
        permission=random.choice([GET, GET, LIST, LIST, CREATE, ""]),
        resource=random.choice([BUCKET, OBJECT, OTHER, ELSEWHERE]),
        count=count,
        denied=random.choice([0, 0, 1, count]),
        named=random.random() >= unnamed,
    )


# Examples are not shrunk, so that a plain Random, which is faster than many draws, will do.
RANDOMS = st.randoms(use_true_random=True)
WHOLE = RANDOMS.map(lambda random: random_world(random, flaws=0))
FLAWED = RANDOMS.map(lambda random: random_world(random, flaws=random.choice([1, 1, 1, 2])))
