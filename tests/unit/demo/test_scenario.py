from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from demo.observer import Seen
from demo.scenario import FAULTS, Fault, is_over, problems
from shared.model import Severity, Status

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def incident(fault: Fault, number: int = 1) -> Seen:
    return Seen(
        id=number,
        rule=f"{fault.service}/rule",
        title="A fault",
        kind=fault.kind,
        severity=Severity.HIGH,
        service=fault.service,
        resource=fault.word,
        principal="",
        summary="It broke",
        status=Status.RESOLVED if fault.resolves else Status.OPEN,
        opened_at=NOW,
        last_seen_at=NOW,
        resolved_at=NOW,
        resolution="well again",
        occurrences=1,
    )


def all_well() -> list[Seen]:
    return [incident(fault, number) for number, fault in enumerate(FAULTS)]


def all_repaired() -> dict[int, set[str]]:
    return {number: {fault.repaired_by} for number, fault in enumerate(FAULTS)}


def test_a_run_in_which_everything_was_found_and_healed_has_no_problem() -> None:
    assert problems(all_well(), all_repaired()) == []


def test_a_fault_that_was_not_found_is_a_problem() -> None:
    found = problems(all_well()[1:], all_repaired())

    assert len(found) == 1
    assert FAULTS[0].part in found[0]


def test_an_incident_that_stays_open_is_a_problem() -> None:
    incidents = all_well()
    incidents[0] = replace(incidents[0], status=Status.OPEN)

    assert problems(incidents, all_repaired()) == [f"{FAULTS[0].part}: incident #0 is not resolved"]
    assert not is_over(FAULTS[0], incidents)


def test_a_repair_that_did_not_run_is_a_problem() -> None:
    found = problems(all_well(), {})

    assert len(found) == sum(bool(fault.repaired_by) for fault in FAULTS)


def test_an_incident_that_nothing_explains_is_a_problem() -> None:
    surprise = replace(incident(FAULTS[0], 99), resource="something else", summary="noise")

    assert len(problems([*all_well(), surprise], all_repaired())) == 1


def test_a_harmless_incident_that_nothing_explains_is_fine() -> None:
    harmless = replace(incident(FAULTS[0], 99), resource="something else", summary="", severity=Severity.LOW)

    assert problems([*all_well(), harmless], all_repaired()) == []


def test_no_two_faults_claim_the_same_incident() -> None:
    claims = [[fault.claims(seen) for fault in FAULTS] for seen in all_well()]

    assert [sum(row) for row in claims] == [1] * len(FAULTS)
