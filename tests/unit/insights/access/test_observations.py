"""Answers say where evidence is missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from db.schema_db.models import Snapshot
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from insights.access import queries
from insights.access.observations import DENIED, coverage_of_all
from shared.history import BindingEntry, PoliciesSeenRow, PolicyRow
from tests.support.access_world import ALICE, BUCKET, NOW, PROJECT, SCOPE, VIEWER, fail, see

pytestmark = pytest.mark.sqlite

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
POLICY = {BUCKET: [BindingEntry(VIEWER, ALICE)]}
ABOVE = "grants on organizations/1 are unknown: levels above HINOMI_SCOPE are not read"


@pytest.fixture
def session(schema_store: SchemaStore) -> Iterator[Session]:
    with schema_store.transaction() as session:
        yield session


def notes(session: Session, resource: str = BUCKET, at: datetime = NOW) -> list[str]:
    return [note for note in queries.who(session, resource, at).notes if note not in (ABOVE, DENIED.en)]


def whole(session: Session, number: int, time: datetime, scope: str, *ancestors: str) -> None:
    """Writes a complete snapshot of a scope with one bucket."""
    session.merge(Snapshot(id=number, collector="iam.bindings", scope=scope, slot=time, state="done", started_at=time))
    session.flush()
    row = PolicyRow(BUCKET, "x/Bucket", PROJECT, [SCOPE, *ancestors], POLICY[BUCKET], time)
    write(session, number, [row, PoliciesSeenRow(scope, time)])


def test_a_scope_that_is_read_every_hour_is_not_mentioned(session: Session) -> None:
    see(session, 1, NOW - 2 * DAY, POLICY)
    see(session, 2, NOW - HOUR, POLICY)
    assert notes(session) == []
    (observation,) = queries.who(session, BUCKET, NOW).observations
    assert (observation.first, observation.last, observation.failing_since) == (NOW - 2 * DAY, NOW - HOUR, None)


def test_the_time_before_the_first_observation_is_unknown(session: Session) -> None:
    see(session, 1, NOW - HOUR, POLICY)
    (note,) = notes(session, at=NOW - 300 * DAY)
    assert note == f"the history of {SCOPE} begins on 2026-11-23 09:00 UTC: earlier grants are unknown"


@pytest.mark.both_databases
def test_snapshots_that_fail_are_reported_with_the_last_that_did_not(session: Session) -> None:
    see(session, 1, NOW - 60 * DAY, POLICY)
    fail(session, 2, NOW - 59 * DAY)
    fail(session, 3, NOW, "429 later")
    (note,) = notes(session)
    assert note == (
        f"{SCOPE} was last read completely on 2026-09-24 10:00 UTC: "
        "its snapshots have been failing since 2026-09-25 10:00 UTC (429 later)"
    )
    assert queries.who(session, BUCKET, NOW).observations[0].failing_since == NOW - 59 * DAY


def test_a_repaired_failure_is_not_notified(session: Session) -> None:
    fail(session, 1, NOW - 2 * HOUR)
    see(session, 2, NOW - HOUR, POLICY)
    assert notes(session) == []


def test_a_scope_that_is_no_longer_read_is_reported(session: Session) -> None:
    see(session, 1, NOW - 60 * DAY, POLICY)
    (note,) = notes(session)
    assert note == f"{SCOPE} was last read completely on 2026-09-24 10:00 UTC: later changes are unknown"


def test_a_time_between_two_observations_far_apart_is_reported(session: Session) -> None:
    see(session, 1, NOW - 60 * DAY, POLICY)
    see(session, 2, NOW - HOUR, POLICY)
    assert notes(session) == []
    (note,) = notes(session, at=NOW - 30 * DAY)
    assert note == f"no snapshot of {SCOPE} was taken between 2026-09-24 10:00 UTC and 2026-11-23 09:00 UTC"


def test_levels_above_the_scope_are_listed_as_never_read(session: Session) -> None:
    whole(session, 1, NOW - HOUR, SCOPE, "folders/2", "organizations/1")
    above = ABOVE.replace("organizations/1", "folders/2, organizations/1")
    assert above in queries.who(session, BUCKET, NOW).notes
    assert above in queries.of(session, ALICE, NOW).notes


def test_a_scope_further_up_replaces_one_below(session: Session) -> None:
    whole(session, 1, NOW - 60 * DAY, SCOPE, "folders/2", "organizations/1")
    whole(session, 2, NOW - HOUR, "organizations/1", "folders/2", "organizations/1")
    assert notes(session) == []
    assert coverage_of_all(session, NOW).notes == []


def test_a_resource_that_was_never_seen_is_reported(session: Session) -> None:
    see(session, 1, NOW - HOUR, POLICY)
    dataset = f"//bigquery.googleapis.com/{SCOPE}/datasets/unheard"
    assert notes(session, dataset) == [
        f"no snapshot has seen {PROJECT}.unheard: it may not exist, or it has no grants of its own"
    ]


def test_a_resource_that_is_no_longer_seen_is_reported(session: Session) -> None:
    see(session, 1, NOW - 2 * HOUR, POLICY)
    see(session, 2, NOW - HOUR, {})
    (note,) = notes(session)
    assert note == "gs://example-raw has not been seen since 2026-11-23 09:00 UTC: it may have been deleted"


@pytest.mark.both_databases
def test_a_bucket_of_an_unknown_project_is_not_nobodys(session: Session) -> None:
    see(session, 1, NOW - HOUR, POLICY)
    found = notes(session, "//storage.googleapis.com/unheard")
    assert "the project of gs://unheard is unknown, so grants on the project and above are not included" in found


def test_an_unread_project_is_reported(session: Session) -> None:
    see(session, 1, NOW - HOUR, POLICY)
    assert "no snapshot has read the policies of projects/other" in notes(
        session, "//x.googleapis.com/projects/other/y/z"
    )


@pytest.mark.both_databases
def test_answers_about_everything_name_each_scope(session: Session) -> None:
    assert coverage_of_all(session, NOW).notes == [
        "no policies have been read yet: run `hinomi snapshot run iam.bindings`"
    ]
    see(session, 1, NOW - HOUR, POLICY)
    fail(session, 2, NOW)
    (failing, above) = queries.of(session, ALICE, NOW).notes[:2]
    assert "its snapshots have been failing since 2026-11-23 10:00 UTC (403 refused)" in failing
    assert above == ABOVE


def test_a_difference_says_where_history_begins(session: Session) -> None:
    see(session, 1, NOW - HOUR, POLICY)
    assert (
        coverage_of_all(session, NOW, NOW - 7 * DAY).notes[0].startswith(f"the history of {SCOPE} begins on 2026-11-23")
    )
    assert coverage_of_all(session, NOW, NOW - HOUR).notes == [ABOVE]
