"""The demo detects runs that did not happen, at any time of the day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from demo.situations import absent

pytestmark = [pytest.mark.sqlite, pytest.mark.slow]


@pytest.mark.parametrize("hour", [0, 23.8])
def test_a_missing_run_a_late_run_a_stale_table_and_an_unusual_metric_are_found(
    schema_sqlite_url: str, sqlite_url: str, hour: float
) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(hours=hour)
    events = absent.find(schema_sqlite_url, sqlite_url, now)
    assert events.problems == []
    assert [each.resource for each in events.incidents] == [absent.BACKUP, absent.EXPORT, absent.TABLE, absent.TOPIC]
