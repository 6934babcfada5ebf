"""The longest waits for slots."""

from __future__ import annotations

from datetime import timedelta

import pytest

from db.schema_db.store import SchemaStore
from insights.cost.longest_waits import label_names, longest_waits
from tests.support.runs import DAY, MINUTE, NOW, keep, run

pytestmark = pytest.mark.sqlite


@pytest.mark.both_databases
def test_a_wait_names_those_who_used_the_slots_with_their_shares(schema_store: SchemaStore) -> None:
    start = NOW - DAY
    keep(
        schema_store,
        [
            run("late", created_at=start - 10 * MINUTE, labels={"team": "a"}),
            run("soon", created_at=start - timedelta(seconds=20), labels={"team": "a", "tool": "b"}),
            run("busy", ago=DAY + 20 * MINUTE, seconds=3600, slot_ms=3_000_000, principal="etl"),
            run("other", ago=DAY + 20 * MINUTE, seconds=3600, slot_ms=1_000_000, principal="bob"),
        ],
    )
    with schema_store.reading() as session:
        (found,) = longest_waits(session, NOW - 2 * DAY, NOW)
        assert longest_waits(session, NOW, NOW + DAY) == []
        assert label_names(session, NOW) == ["team", "tool"]
    assert (found.wait.job_name, found.seconds, found.state) == ("late", 600, "succeeded")
    assert [(name, round(share, 6)) for name, share in found.shares] == [("etl", 0.75), ("bob", 0.25)]
