"""The stored events of an incident, in order of evaluation."""

from __future__ import annotations

import itertools

from sqlalchemy import update

from db.error_db.job_groups import stored_events
from db.error_db.models import Incident, Occurrence, RecoveryRow
from db.error_db.store import ErrorStore
from tests.support.findings import NOON, at, finding, recovery


def test_events_of_the_same_time_keep_the_order_of_their_recording(store: ErrorStore) -> None:
    with store.transaction(NOON) as transaction:
        for number in range(5):
            transaction.record(finding(0, event_key=f"entry-{number}"), redact=())
            transaction.recover(recovery(1, run=f"run-{number}"))
    with store.transaction(NOON) as transaction:  # PostgreSQL writes an updated row behind the others
        for number, time in itertools.product((1, 3), (at(5), None)):
            failed, repaired = update(Occurrence), update(RecoveryRow)
            transaction.session.execute(failed.where(Occurrence.id == number).values(time=time or NOON))
            transaction.session.execute(repaired.where(RecoveryRow.id == number).values(time=time or at(1)))
    with store.transaction(NOON) as transaction:
        session = transaction.session
        incidents = {1: session.get_one(Incident, 1)}
        assert [event.occurrence_id for _, event in stored_events.failures(session, incidents)] == [1, 2, 3, 4, 5]
        recovered = stored_events.recoveries(session, [finding().fingerprint], NOON)
        assert [event.run for event in recovered] == [f"run-{number}" for number in range(5)]
