"""An event of a group of jobs evaluates only the incidents that it affects, however many the group has."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import delete, select, update

from db.error_db.job_groups.related import IncidentGroup, Names
from db.error_db.models import Incident, IncidentName
from db.error_db.store import ErrorStore
from shared.model import Finding, JobLinks, Recovery
from tests.support.findings import NOON, at, finding, recovery

GROUP = "dag"
LINKS = {
    "query": JobLinks(GROUP, ("query",), ("task a",)),
    "task a": JobLinks(GROUP, ("task a",), ("run",)),
    "task b": JobLinks(GROUP, ("task b",), ("run",)),
    "task c": JobLinks(GROUP, ("task c",), ("run",)),
    "run": JobLinks(GROUP, ("run",)),
    "line": JobLinks(GROUP, ("task b", "caller of b")),
}


def failed(job: str, minute: float = 0) -> Finding:
    return finding(minute, fingerprint=job, event_key=f"{job}-{minute}", links=LINKS[job])


def record(store: ErrorStore, *effects: Finding | Recovery) -> None:
    with store.transaction(NOON) as transaction:
        for effect in effects:
            if isinstance(effect, Finding):
                transaction.record(effect, redact=())
            else:
                transaction.recover(effect)


def concerned(store: ErrorStore, names: Names) -> set[str]:
    with store.reading() as session:
        group = IncidentGroup(GROUP, "").concerned_by(session, names, at(5))
        return set(session.scalars(select(Incident.fingerprint).where(group.incidents)))


def of_job(job: str) -> Names:
    links = LINKS[job]
    return Names({job}, set(links.own), set(links.part_of))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (of_job("task b"), {"task b"}),
        (of_job("query"), {"task a"}),
        (of_job("run"), {"task a", "task b", "task c"}),
        (Names.of_recovery(["task b"]), {"task b"}),
        (Names.of_recovery(["run"]), {"task a", "task b", "task c"}),
        (Names({"other"}, {"other"}, {"run"}), set()),
    ],
)
def test_only_incidents_that_names_link_are_concerned(
    sqlite_store: ErrorStore, names: Names, expected: set[str]
) -> None:
    record(sqlite_store, *map(failed, ("task a", "task b", "task c")))
    assert concerned(sqlite_store, names) == expected


def test_what_an_incident_is_linked_with_is_concerned_too(sqlite_store: ErrorStore) -> None:
    record(sqlite_store, failed("query"), failed("task a", 1), failed("task b", 2))
    assert concerned(sqlite_store, Names({"query"}, {"query"}, {"another task"})) == {"query"}
    record(sqlite_store, failed("run", 3))
    assert concerned(sqlite_store, of_job("task b")) == concerned(sqlite_store, of_job("run"))


def test_a_line_about_a_run_links_the_jobs_that_it_names(sqlite_store: ErrorStore) -> None:
    record(sqlite_store, failed("task b"), replace(failed("line", 1), fingerprint="line", explains=True))
    assert concerned(sqlite_store, Names({"x"}, {"x"}, {"caller of b"})) == {"task b"}


def test_an_incident_that_an_older_version_recorded_is_always_concerned(sqlite_store: ErrorStore) -> None:
    record(sqlite_store, failed("task a"), failed("task b"))
    with sqlite_store.transaction(NOON) as transaction:
        transaction.session.execute(delete(IncidentName))
    assert concerned(sqlite_store, of_job("task c")) == {"task a", "task b"}
    record(sqlite_store, failed("task a", 1))
    assert concerned(sqlite_store, of_job("task c")) == {"task b"}


def test_a_success_that_nothing_else_concerns_resolves_its_task_alone(sqlite_store: ErrorStore) -> None:
    record(sqlite_store, *map(failed, ("task a", "task b")), recovery(3, fingerprint="task b", links=LINKS["task b"]))
    with sqlite_store.reading() as session:
        states = dict(session.execute(select(Incident.fingerprint, Incident.status)).all())
    assert states == {"task a": "open", "task b": "resolved"}


def test_an_incident_whose_fault_an_older_version_changed_is_found_by_it(sqlite_store: ErrorStore) -> None:
    record(sqlite_store, failed("task a"))
    with sqlite_store.transaction(NOON) as transaction:
        transaction.session.execute(update(Incident).values(fingerprint="task b"))
    assert concerned(sqlite_store, of_job("task b")) == {"task b"}
