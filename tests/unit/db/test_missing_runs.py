"""The missing runs of a group of jobs whose incident was closed after a quiet period, in any order of events."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import delete

from db.error_db.models import RecoveryRow
from db.error_db.store import ErrorStore
from shared.model import IncidentKind, Recovery
from tests.support.examples import generated
from tests.support.findings import finding, recovery
from tests.unit.db.test_order import END, RUNS, Effect, Seen, delivered_again, empty, linked, outcome

pytestmark = pytest.mark.slow

KINDS = {"a": IncidentKind.JOB_FAILURE, "b": IncidentKind.LOAD_ISSUE, "c": IncidentKind.JOB_FAILURE}
MINUTES = st.sampled_from([0, 5, 20, 25, 28, 40, 55, 70, 72, 100, 130, 135, 200, 260, 330])


def failed(minute: int, job: str, run: str) -> Effect:
    """A failure of the query (a), the task (b) or the DAG run (c); its quiet period is half an hour."""
    event_key = f"{job}-{minute}-{run}"
    one = finding(minute, fingerprint=job, event_key=event_key, run=run, quiet_seconds=1800, kind=KINDS[job])
    return linked(one)


def succeeded(minute: int, job: str, run: str) -> Effect:
    return linked(recovery(minute, fingerprint=job, event_key=f"r{minute}-{run}", run=run))


def closed(store: ErrorStore, delivered: list[Effect]) -> list[Seen]:
    """The incidents after these events and a tick, which closes those whose quiet period is over."""
    outcome(store, delivered)
    with store.transaction(END) as transaction:
        transaction.resolve_quiet()
    return outcome(store, [])


SUCCEEDED_LATER = [failed(0, "a", "x"), succeeded(200, "b", "")]
OF_ANOTHER_RUN = [failed(0, "c", "y"), failed(5, "a", "y"), failed(70, "c", "x"), succeeded(330, "a", "")]


@given(
    delivered_again(
        st.builds(failed, MINUTES, st.sampled_from("abc"), st.sampled_from(RUNS))
        | st.builds(succeeded, MINUTES, st.sampled_from("abc"), st.sampled_from(RUNS))
    )
)
@example((SUCCEEDED_LATER, [*SUCCEEDED_LATER, succeeded(-20, "c", "x")][::-1]))
@example((OF_ANOTHER_RUN, OF_ANOTHER_RUN[::-1]))
@generated(10)
def test_the_order_does_not_matter_for_groups_with_short_quiet_periods(
    sqlite_store: ErrorStore, history: tuple[list[Effect], list[Effect]]
) -> None:
    _, delivered = history
    in_order = sorted(delivered, key=lambda one: (one.time, isinstance(one, Recovery), one.fingerprint, one.run))
    empty(sqlite_store)
    expected = closed(sqlite_store, in_order)
    empty(sqlite_store)
    assert closed(sqlite_store, delivered) == expected


@pytest.mark.parametrize(
    ("success", "missing"),
    [
        (("b", ""), ("x",)),
        (("a", "x"), ()),
        (("b", "x"), ()),
        (("c", "x"), ()),
        (("a", ""), ()),
    ],
    ids=["a task without a run", "the query", "its task", "its DAG run", "the query without a run"],
)
def test_a_success_takes_from_a_closed_incident_what_it_repairs(
    sqlite_store: ErrorStore, success: tuple[str, str], missing: tuple[str, ...]
) -> None:
    """The success comes hours after the incident was closed, when it is no longer evaluated with others."""
    [seen] = closed(sqlite_store, [failed(0, "a", "x")])
    assert seen[-1] == ("x",)
    [seen] = closed(sqlite_store, [succeeded(300, *success)])
    assert (seen[1], seen[-1]) == ("resolved", missing)


def test_a_run_stays_repaired_when_its_recovery_is_no_longer_stored(sqlite_store: ErrorStore) -> None:
    assert closed(sqlite_store, [failed(0, "a", "x"), failed(1, "a", "y")])[0][-1] == ("x", "y")
    assert closed(sqlite_store, [succeeded(300, "a", "x")])[0][-1] == ("y",)
    with sqlite_store.transaction(END) as transaction:
        transaction.session.execute(delete(RecoveryRow))
    assert closed(sqlite_store, [succeeded(400, "b", "")])[0][-1] == ("y",)


def test_a_success_in_another_system_repairs_nothing_of_a_closed_incident(sqlite_store: ErrorStore) -> None:
    def in_environment(one: Effect, name: str) -> Effect:
        links = replace(one.links, separate_by=(("environment", name),))
        return replace(one, links=links)

    closed(sqlite_store, [in_environment(failed(0, "a", "x"), "prod")])
    assert closed(sqlite_store, [in_environment(succeeded(300, "c", "x"), "dev")])[0][-1] == ("x",)
    assert closed(sqlite_store, [in_environment(succeeded(301, "c", "x"), "prod")])[0][-1] == ()
