from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from demo.observer import ObservedIncident
from demo.scenario import FAILURES, PlannedFailure, is_over, problems
from shared.model import Severity, Status

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def incident(failure: PlannedFailure, number: int = 1) -> ObservedIncident:
    return ObservedIncident(
        id=number,
        rule=f"{failure.service}/rule",
        title="Failure",
        kind=failure.kind,
        severity=Severity.HIGH,
        service=failure.service,
        resource=failure.word,
        principal="",
        summary="It failed",
        status=Status.RESOLVED if failure.resolves else Status.OPEN,
        opened_at=NOW,
        last_seen_at=NOW,
        resolved_at=NOW,
        resolution="succeeded",
        occurrences=1,
    )


def all_resolved() -> list[ObservedIncident]:
    return [incident(failure, number) for number, failure in enumerate(FAILURES)]


def all_repaired() -> dict[int, set[str]]:
    return {number: {failure.repaired_by} for number, failure in enumerate(FAILURES)}


def test_a_run_in_which_everything_was_detected_and_resolved_has_no_problem() -> None:
    assert problems(all_resolved(), all_repaired()) == []


def test_a_failure_that_was_not_detected_is_a_problem() -> None:
    found = problems(all_resolved()[1:], all_repaired())

    assert len(found) == 1
    assert FAILURES[0].part in found[0]


def test_an_incident_that_stays_open_is_a_problem() -> None:
    incidents = all_resolved()
    incidents[0] = replace(incidents[0], status=Status.OPEN)

    assert problems(incidents, all_repaired()) == [f"{FAILURES[0].part}: incident #0 is not resolved"]
    assert not is_over(FAILURES[0], incidents)


def test_a_repair_that_did_not_run_is_a_problem() -> None:
    found = problems(all_resolved(), {})

    assert len(found) == sum(bool(failure.repaired_by) for failure in FAILURES)


def test_an_incident_that_nothing_explains_is_a_problem() -> None:
    surprise = replace(incident(FAILURES[0], 99), resource="something else", summary="noise")

    assert len(problems([*all_resolved(), surprise], all_repaired())) == 1


def test_a_harmless_incident_that_nothing_explains_is_fine() -> None:
    harmless = replace(incident(FAILURES[0], 99), resource="something else", summary="", severity=Severity.LOW)

    assert problems([*all_resolved(), harmless], all_repaired()) == []


def test_no_two_failures_claim_the_same_incident() -> None:
    claims = [[failure.claims(seen) for failure in FAILURES] for seen in all_resolved()]

    assert [sum(row) for row in claims] == [1] * len(FAILURES)
