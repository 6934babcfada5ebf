"""The usage of grants equals what a naive evaluation of the real calls and their observation says, in random worlds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import inf

import pytest
from hypothesis import event, given

from db.schema_db.models import SchemaBase
from db.schema_db.store import SchemaStore
from insights.access import queries
from insights.access.model import Access, Ternary, Usage, Use
from insights.access.usage import UsageEvidence, UsageSummary
from insights.access.usage.unknown_reasons import ReasonKind
from tests.support import databases
from tests.support.access_world import BOB, BUCKET, FOLDER, NOW, ORGANIZATION
from tests.support.evidence_rows import BETWEEN_LOOKS, play
from tests.support.evidence_world import (
    COVERED,
    DAYS,
    DOMAIN,
    FIRST,
    FLAWED,
    HOURS,
    LAST,
    NEEDED,
    OTHER,
    READER,
    WHOLE,
    Deed,
    Key,
    World,
    time_of,
    within,
)
from tests.support.examples import fixed, generated

Asked = tuple[Key, str]  # a grant, and its member or a principal that the member includes
EXAMINED = range(FIRST, LAST)  # everything changes at full hours


def answers(store: SchemaStore, world: World) -> dict[Asked, Usage]:
    """The usage of each grant, by its member and by everybody whom the member includes now."""
    with store.transaction() as session:
        databases.clear(session.connection(), SchemaBase.metadata)
        play(session, world)
    with store.reading() as session:
        evidence = UsageEvidence(session, NOW, DAYS)
        grants = (queries.who(session, name, NOW, days=DAYS, evidence=evidence).rows for name in (BUCKET, OTHER))
        found = by_grant(row for rows in grants for row in rows)
        summary = UsageSummary()
        report = queries.unused(session, NOW, days=DAYS, with_unknown=True, summary=summary, evidence=evidence)
        verify_report(by_grant(report), summary, found)
    assert {asked for asked in found if asked[0].member == asked[1]} == {(key, key.member) for key in world.granted}
    return found


def by_grant(rows: Iterable[Access]) -> dict[Asked, Usage]:
    return {(Key(row.grant.resource, row.grant.role, row.grant.member), row.principal): row.usage for row in rows}


def verify_report(reported: dict[Asked, Usage], summary: UsageSummary, found: dict[Asked, Usage]) -> None:
    """Asserts that the report has the grants that were not used, and counts all."""
    of_grants = {asked: usage for asked, usage in found.items() if asked[0].member == asked[1]}
    assert reported == {asked: usage for asked, usage in of_grants.items() if usage.state is not Use.USED}
    assert summary.counts == Counter(usage.state for usage in of_grants.values())


def shown_inside(world: World, group: str, member: str, time: float) -> Ternary:
    """Whether looks at a group show a direct member at a time: perhaps, if the first of them is soon afterwards."""
    looks, span = world.looks("group"), world.inside[group][member]
    seen = [hour for hour in looks if within(hour, span)]
    if not seen:
        return Ternary.NO
    gone = min((hour for hour in looks if hour > seen[-1]), default=inf)
    if seen[0] <= time < gone:
        return Ternary.YES
    return Ternary.UNKNOWN if seen[0] - BETWEEN_LOOKS <= time < seen[0] else Ternary.NO


def shown(world: World, member: str, principal: str, time: float) -> Ternary:
    """Whether looks show that a member includes a principal at a time."""
    if member == principal or (member == DOMAIN and principal.endswith("@example.com")):
        return Ternary.YES
    inside = (
        min(shown_inside(world, member, inner, time), shown(world, inner, principal, time))
        for inner in world.inside.get(member, ())
    )
    return max(inside, default=Ternary.NO)


def shown_permissions(world: World, role: str) -> set[str]:
    """The permissions that looks saw at some time of the examined hours, which may be those of the look before."""
    return set().union(
        *(
            world.permissions(role, hour)
            for hour, following in pairwise([*world.looks("role"), inf])
            if hour <= LAST and following > FIRST
        )
    )


def is_use(world: World, deed: Deed, asked: Asked) -> Ternary:
    """Whether the logs show the deed as a use, or perhaps as one."""
    key, principal = asked
    since = max(FIRST, world.granted[key], world.moved if key.resource == FOLDER else 0)
    permitted = deed.is_permitted and (not deed.permission or deed.permission in shown_permissions(world, key.role))
    if not (
        permitted and world.is_recorded(deed) and deed.resource in COVERED[key.resource] and since <= deed.time <= LAST
    ):
        return Ternary.NO
    if not deed.named:
        return Ternary.UNKNOWN
    return min(shown(world, key.member, principal, deed.time), shown(world, principal, deed.who, deed.time))


def touches(span: tuple[float, float] | None, margin: int = 0) -> bool:
    """Whether a gap, with a margin before and after it, is in the hours whose evidence is needed."""
    return span is not None and span[0] - margin < NEEDED and span[1] + margin > FIRST


def reasons(world: World, asked: Asked) -> Iterator[tuple[ReasonKind, Ternary]]:
    """Each reason why a use may not be recorded; it is unknown whether the observations show some of them."""
    key, principal = asked
    joined = any(shown(world, key.member, principal, hour) is Ternary.NO for hour in EXAMINED if hour < NEEDED)
    for kind, is_given in {
        ReasonKind.NAMELESS: principal == DOMAIN,
        ReasonKind.GROUP: principal.startswith("group:") and is_unseen(world, "group"),
        ReasonKind.ROLE: is_unseen(world, "role") or (key.role == READER and changed_twice(world)),
        ReasonKind.NEW: joined or world.granted[key] > FIRST,
        ReasonKind.PERHAPS: any(is_use(world, deed, asked) is Ternary.UNKNOWN for deed in world.deeds),
        ReasonKind.PLACE: key.resource == FOLDER and world.moved > FIRST,
        ReasonKind.UNREAD: touches(world.unread),
    }.items():
        yield kind, Ternary.YES if is_given else Ternary.NO
    yield from unlogged(world, asked)


def is_unseen(world: World, kind: str) -> bool:
    """Whether groups, or roles, were not looked at for too long."""
    return any(touches(gap) for gap in pairwise([*world.looks(kind), inf]) if gap[1] - gap[0] > BETWEEN_LOOKS)


def changed_twice(world: World) -> bool:
    """Whether the log shows two changes of the role between which there may have been no look."""
    first, end = world.listing
    are_recorded = all(0 < hour <= HOURS and not within(hour, world.unread) for hour in world.listing)
    return are_recorded and end - first <= BETWEEN_LOOKS


def unlogged(world: World, asked: Asked) -> Iterator[tuple[ReasonKind, Ternary]]:
    """The reasons in the configuration of audit logs. Its observations show the hour of a change, but not where it is blind."""
    key, principal = asked
    margin = 3 if world.blind is None else HOURS
    if key.resource in (FOLDER, ORGANIZATION) and not world.organization_logs:
        yield ReasonKind.OFF, Ternary.YES
    if touches(world.off, margin):
        is_off = touches(world.off) and not world.organization_logs
        yield ReasonKind.OFF, Ternary.YES if is_off else Ternary.UNKNOWN
    times = [hour for hour in EXAMINED if shown(world, principal, BOB, hour) is not Ternary.NO]
    if touches(world.exempted, margin) and times:
        is_exempted = any(within(hour, world.exempted) for hour in times if hour < NEEDED)
        yield ReasonKind.EXEMPTED, Ternary.YES if is_exempted else Ternary.UNKNOWN
    if world.blind is not None and (world.blind[1] > HOURS or world.unread):
        ends_early = world.blind[1] > HOURS and (world.blind[0] - 1) // 3 * 3 < NEEDED
        yield ReasonKind.SETTINGS, Ternary.YES if ends_early else Ternary.UNKNOWN


def verify(world: World, asked: Asked, usage: Usage) -> None:
    """Asserts the usage that the world determines. Where all evidence is whole, this is a single answer."""
    event(f"{usage.state} {usage.kind}")
    used = [deed.time for deed in world.deeds if is_use(world, deed, asked) is Ternary.YES]
    if used:
        assert usage == Usage(Use.USED, time_of(max(used))), asked
        return
    given = {kind: known for kind, known in reasons(world, asked) if known is not Ternary.NO}
    if usage.state is Use.UNUSED:
        assert Ternary.YES not in given.values(), (asked, given)
        assert not [deed for deed in world.deeds if FIRST <= deed.time <= NEEDED and world.is_use(deed, *asked)], asked
    else:
        assert (usage.state, usage.kind in given) == (Use.UNKNOWN, True), (asked, usage, given)


@pytest.mark.slow
@generated(6)
@given(world=WHOLE)
def test_where_all_is_seen_a_grant_is_used_exactly_if_a_permitted_call_needed_it(
    sqlite_schema_store: SchemaStore, world: World
) -> None:
    for asked, usage in answers(sqlite_schema_store, world).items():
        verify(world, asked, usage)


@pytest.mark.slow
@generated(22)
@given(world=FLAWED)
def test_gaps_in_the_observation_make_unknown_exactly_the_grants_whose_use_they_may_hide(
    sqlite_schema_store: SchemaStore, world: World
) -> None:
    for asked, usage in answers(sqlite_schema_store, world).items():
        verify(world, asked, usage)


@pytest.mark.postgresql
@fixed(2)
@given(world=FLAWED)
def test_postgresql_gives_the_answers_of_sqlite(
    sqlite_schema_store: SchemaStore, postgres_schema_store: SchemaStore, world: World
) -> None:
    assert answers(postgres_schema_store, world) == answers(sqlite_schema_store, world)
