"""The usual values around the beginning of an incident."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from db.error_db.incidents.false_alarms import AlarmRecord
from db.schema_db.store import SchemaStore
from insights.performance.contributors import ContributorKind, TopContributors
from insights.performance.series import series_of
from insights.performance.usual import UsualRange, note, range_of, usual_of
from shared.history import MetricPoint
from shared.records import IncidentView
from tests.support.history import series
from tests.support.incidents import incident
from tests.support.learned_bands import keep_band
from tests.support.runs import keep

pytestmark = pytest.mark.sqlite

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
METRIC = "bigquery.googleapis.com/slots/allocated"


def of_limit(**changes: object) -> IncidentView:
    fields = {"metric": METRIC, "unit": "1", "value": 900.0, "limit": 800.0}
    return incident(
        **{
            "service": "bigquery",
            "project": "example-project",
            "labels": {"reservation": "r0"},
            "evidence": {"fields": fields},
            "opened_at": NOON,
            **changes,
        }
    )


def test_the_range_is_that_of_the_latest_learned_hour_but_not_of_an_old_one(schema_store: SchemaStore) -> None:
    keep(schema_store, [MetricPoint(series(number), NOON, 900) for number in range(2)])
    with schema_store.reading() as session:
        numbers = {each.resource: each.id for each in series_of(session)}
    keep_band(schema_store, numbers["reservation r0"], (100.0, 200.0), NOON - 2 * HOUR, hours=1)
    keep_band(schema_store, numbers["reservation r1"], (1.0, 2.0), NOON - HOUR, hours=0, points=10)
    summarized = {"fields": {"metric": METRIC, "unit": "1", "expected_low": 1.0, "expected_high": 5.0}}
    with schema_store.reading() as session:
        assert usual_of(session, of_limit()) == UsualRange(100.0, 200.0, "1")
        assert usual_of(session, of_limit(opened_at=NOON + 2 * HOUR)) is None
        assert usual_of(session, of_limit(labels={"reservation": "r1"})) == UsualRange(None, None, "1")
        by_number = {"series": str(numbers["reservation r0"])}
        assert usual_of(session, of_limit(labels=by_number, evidence={})) == UsualRange(100.0, 200.0, "1")
        # Several series could be meant, none is stored, or the summary says it.
        assert usual_of(session, of_limit(labels={})) is None
        assert usual_of(session, of_limit(labels={"reservation": "r9"})) is None
        assert usual_of(session, of_limit(labels=by_number, evidence=summarized)) is None
        assert range_of(session, of_limit(labels=by_number, evidence=summarized)) == UsualRange(1.0, 5.0, "1")
        assert range_of(session, of_limit()) == UsualRange(100.0, 200.0, "1")


def test_the_note_names_the_largest_contributor_of_each_kind() -> None:
    kinds = ContributorKind.USER, ContributorKind.TABLE
    found = note(None, AlarmRecord(0, 0), [TopContributors(kind, [(f"a {kind}", 0.615), ("b", 0.2)]) for kind in kinds])
    assert found.en.endswith(" judged yet · Top contributors: a user 62 % (user), a table 62 % (table)")
    assert found.ja.endswith(" · 主な要因: a user 62 % (ユーザー)、a table 62 % (テーブル)")
