"""On random platforms, drift equals a naive comparison of all grants with all expectations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from db.schema_db.models import SchemaBase, Snapshot
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from insights.access.drift.compare import drift
from insights.access.drift.map_draft import draft
from insights.access.platform_file import parse
from shared.history import BindingEntry, CoverageRow, GroupRow, PolicyRow, RoleRow, Row
from shared.identity.iam_names import BIGQUERY, MANAGER, STORAGE
from tests.support import databases
from tests.support.access_world import NOW, OLD

FOLDER = f"{MANAGER}folders/7"
# Each resource with its layer ("" for none), its service, and its parent.
PLACES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    f"{STORAGE}raw-one": ("raw", "storage", (f"{MANAGER}projects/one", FOLDER)),
    f"{STORAGE}raw-two": ("raw", "storage", (f"{MANAGER}projects/two",)),
    f"{BIGQUERY}projects/one/datasets/mart": ("mart", "bigquery", (f"{MANAGER}projects/one", FOLDER)),
    f"{STORAGE}else-two": ("", "storage", (f"{MANAGER}projects/two",)),
}
CONTAINERS = (f"{MANAGER}projects/one", f"{MANAGER}projects/two", FOLDER)
PEOPLE = tuple(f"user:{name}@example.com" for name in "abc")
GROUPS = ("group:g@example.com", "group:h@example.com")
LEVELS = ("read", "write", "admin")
PAST = {"expression": "request.time < timestamp('2026-01-01T00:00:00Z')", "title": "past"}
FUTURE = {"expression": "request.time < timestamp('2027-01-01T00:00:00Z')", "title": "future"}
# Each role with its level, and the services to whose data it gives access up to that level.
ROLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "roles/storage.objectViewer": ("read", ("storage",)),
    "roles/storage.objectUser": ("write", ("storage",)),
    "roles/bigquery.dataOwner": ("admin", ("bigquery",)),
    "roles/viewer": ("read", ("storage", "bigquery")),
    "projects/one/roles/reads": ("read", ("bigquery",)),
}


@dataclass(frozen=True)
class Platform:
    """A random platform: grants (resource, role, member, condition), members of groups, and personas (members, {layer: level})."""

    grants: tuple[tuple[str, str, str, Any], ...]
    inside: dict[str, tuple[str, ...]]
    personas: tuple[tuple[tuple[str, ...], dict[str, str]], ...]

    def names(self, member: str) -> set[str]:
        """The member and its groups, including nested ones."""
        found = {member}
        for _ in GROUPS:
            found |= {group for group, members in self.inside.items() if found & set(members)}
        return found

    def map(self) -> str:
        """The platform map."""
        lines = ["layers:", "  raw: {buckets: ['raw-*']}", "  mart: {datasets: ['one.mart']}", "personas:"]
        for number, (members, access) in enumerate(self.personas):
            allowed = ", ".join(f"{{layers: [{layer}], may: {level}}}" for layer, level in access.items())
            quoted = ", ".join(f"'{member}'" for member in members)
            lines.append(f"  p{number}: {{members: [{quoted}], access: [{allowed}]}}")
        return "\n".join(lines)


def within(level: str, other: str) -> bool:
    return LEVELS.index(level) <= LEVELS.index(other)


def reached(resource: str, role: str) -> set[str]:
    """The layers that a grant reaches: that of its resource, or those below it, if the role covers their services."""
    services = ROLES[role][1]
    return {
        layer
        for name, (layer, service, above) in PLACES.items()
        if layer and (resource == name or (resource in above and service in services))
    }


def wrong(world: Platform) -> set[tuple[str, str, str]]:
    """Grants in effect that reach a layer where no persona of the member allows them."""
    found = set()
    for resource, role, member, condition in world.grants:
        personas = [access for members, access in world.personas if set(members) & world.names(member)]
        covered = all(
            any(layer in access and within(ROLES[role][0], access[layer]) for access in personas)
            for layer in reached(resource, role)
        )
        if condition is not PAST and reached(resource, role) and not covered:
            found.add((resource, role, member))
    return found


def lacking(world: Platform) -> set[tuple[str, str, str]]:
    """The missing accesses (persona, member, resource): no grant on the resource or above it gives the persona's access."""
    found = set()
    for number, (members, access) in enumerate(world.personas):
        for member in members:
            for name, (layer, service, above) in PLACES.items():
                if layer in access and not can(world, member, access[layer], service, (name, *above)):
                    found.add((f"p{number}", member, name))
    return found


def can(world: Platform, member: str, level: str, service: str, places: tuple[str, ...]) -> bool:
    return any(
        resource in places
        and granted in world.names(member)
        and condition is not PAST
        and service in ROLES[role][1]
        and within(level, ROLES[role][0])
        for resource, role, granted, condition in world.grants
    )


MEMBERS = st.sampled_from((*PEOPLE, *GROUPS))
GRANTS = st.tuples(
    st.sampled_from((*PLACES, *CONTAINERS)),
    st.sampled_from(sorted(ROLES)),
    MEMBERS,
    st.sampled_from((None, PAST, FUTURE)),
)
PERSONAS = st.tuples(
    st.lists(MEMBERS, min_size=1, max_size=2, unique=True).map(tuple),
    st.dictionaries(st.sampled_from(("raw", "mart")), st.sampled_from(LEVELS), min_size=1),
)
WORLDS = st.builds(
    Platform,
    st.lists(GRANTS, max_size=8, unique_by=lambda grant: grant[:3]).map(tuple),
    st.fixed_dictionaries(
        {
            GROUPS[0]: st.lists(st.sampled_from(PEOPLE), max_size=2, unique=True).map(tuple),
            GROUPS[1]: st.lists(st.sampled_from((*PEOPLE, GROUPS[0])), max_size=2, unique=True).map(tuple),
        }
    ),
    st.lists(PERSONAS, min_size=1, max_size=3).map(tuple),
)
EXAMPLES = settings(
    max_examples=20,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)


def fill(session: Session, world: Platform) -> None:
    """Writes the platform in one snapshot."""
    databases.clear(session.connection(), SchemaBase.metadata)
    for number, scope in enumerate(("folders/7", "projects/two"), 1):
        session.add(
            Snapshot(
                id=number, collector="iam.bindings", scope=scope, slot=OLD, window_end=OLD, state="done", started_at=OLD
            )
        )
    session.flush()
    rows: list[Row] = [policy(world, name) for name in (*PLACES, *CONTAINERS)]
    rows += [GroupRow(group.partition(":")[2], inside, OLD) for group, inside in world.inside.items()]
    rows += [CoverageRow(f"group/{group.partition(':')[2]}", OLD, NOW) for group in GROUPS]
    rows.append(RoleRow("projects/one/roles/reads", "reads", "GA", ["bigquery.tables.getData"], OLD))
    write(session, 1, rows)


def policy(world: Platform, name: str) -> PolicyRow:
    above = PLACES[name][2] if name in PLACES else (name, FOLDER) if name.endswith("/one") else (name,)
    ancestors = [item.removeprefix(MANAGER) for item in above]
    project = ancestors[0].partition("/")[2] if ancestors[0].startswith("projects/") else ""
    entries = [
        BindingEntry(role, member, condition) for resource, role, member, condition in world.grants if resource == name
    ]
    return PolicyRow(name, "x/Y", project, ancestors, entries, OLD)


@pytest.mark.slow
@EXAMPLES
@given(world=WORLDS)
def test_drift_equals_a_comparison_one_by_one(sqlite_schema_store: SchemaStore, world: Platform) -> None:
    with sqlite_schema_store.transaction() as session:
        fill(session, world)
        found = drift(session, parse(world.map(), "map.yaml"), NOW, days=90)
    grants = [assessed.access.grant for assessed in found.unintended]
    assert {(grant.resource, grant.role, grant.member) for grant in grants} == wrong(world)
    assert {(item.persona, item.member, name) for item in found.missing for name in item.resources} == lacking(world)
    assert found.is_empty == (not wrong(world) and not lacking(world))


@pytest.mark.slow
@EXAMPLES
@given(world=WORLDS)
def test_right_after_a_draft_there_is_no_drift(sqlite_schema_store: SchemaStore, world: Platform) -> None:
    assume(any(reached(resource, role) and condition is not PAST for resource, role, _, condition in world.grants))
    with sqlite_schema_store.transaction() as session:
        fill(session, world)
        found = drift(session, parse(draft(session, NOW), "draft.yaml"), NOW, days=90)
    assert (found.unintended, found.missing) == ([], [])
