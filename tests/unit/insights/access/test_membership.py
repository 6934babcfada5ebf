"""Reading all memberships at once gives the same result as reading them one by one."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from db.schema_db.store import SchemaStore
from insights.access.membership import Memberships
from shared.history import BindingEntry
from tests.support.access_world import NOW, OLD, PROJECT_NAME, grant, members

GROUPS = [f"group:g{number}@example.com" for number in range(4)]
PEOPLE = ["user:a@example.com", "serviceAccount:b@p.iam.gserviceaccount.com", "domain:example.com", "allUsers"]


@pytest.mark.sqlite
@pytest.mark.parametrize("seed", range(4))
def test_all_at_once_and_one_by_one_give_the_same_names(schema_store: SchemaStore, seed: int) -> None:
    chance = random.Random(seed)
    with schema_store.transaction() as session:
        for group in GROUPS:
            others = [item for item in (*GROUPS, *PEOPLE[:2]) if item != group]
            since = OLD + timedelta(days=chance.choice((0, 150, 300)))
            members(session, group, *chance.sample(others, 2), since=since)
        roles = ("roles/owner", "roles/editor", "roles/viewer", "roles/browser")
        grant(session, PROJECT_NAME, *(BindingEntry(role, chance.choice([*GROUPS, *PEOPLE])) for role in roles))
        always = Memberships(session, (OLD, NOW))
        always.prepare(GROUPS)
        for time in (OLD - timedelta(days=1), OLD + timedelta(days=100), OLD + timedelta(days=160), NOW):
            whole = Memberships(session, (time, time), read_all=True)
            for member in (*GROUPS, *PEOPLE):
                one = Memberships(session, (time, time))
                assert whole.names(member) == set(one.identities(member))
                if time >= OLD:
                    assert always.part((time, time)).holders(member) == one.holders(member)
