"""Rules are evaluated on exported entries, in any order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.entries import analysis as analysis_module
from collectors.metrics_analysis.evidence import NotUnderstoodError
from shared.model import Recovery
from tests.support.examples import several
from tests.unit.cli.probes import analysed, analysis, entry, failed, findings, fine, operation

BURST = [entry(minute, denied=True, who="mallory@example.com") for minute in (0, 4, 8)]


def test_a_finding_names_its_entry() -> None:
    [(line, finding)] = findings([fine(0, "b"), failed(1)])
    assert line == 2
    assert (finding.rule, finding.summary) == ("probe/job_failed", "probe a failed: no answer")


def test_a_recovery_is_given_too() -> None:
    [found] = analysed([fine(0)])
    assert isinstance(found.effect, Recovery)


def test_the_same_event_twice_is_one_finding() -> None:
    assert len(findings([failed(0), failed(0), failed(1)])) == 2


def test_repeats_are_reported_within_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis_module, "REMEMBERED", 2)
    assert len(findings([failed(0), failed(1), failed(2), failed(2), failed(0)])) == 4


@pytest.mark.parametrize("order", [1, -1])
def test_a_burst_is_found_in_both_orders(order: int) -> None:
    [(line, finding)] = findings(BURST[::order])
    assert line == 3
    assert (finding.rule, finding.severity) == ("probe/denied_burst", "high")


def test_a_slow_drip_is_not_a_burst() -> None:
    assert findings(entry(minute, denied=True, who="mallory@example.com") for minute in (0, 8, 16)) == []


@pytest.mark.parametrize("halves", [("first", "last"), ("last", "first")])
def test_the_halves_of_an_operation_are_joined_in_both_orders(halves: tuple[str, str]) -> None:
    [(line, finding)] = findings([operation(0, halves[0]), operation(1, halves[1])])
    assert finding.principal == "alice@example.com"
    assert line == 1 + halves.index("last")


def test_an_operation_whose_start_is_not_exported_is_still_found() -> None:
    [(line, finding)] = findings([operation(1, "last"), fine(2)])
    assert (line, finding.principal) == (1, "")


def test_operations_that_wait_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis_module, "MAX_PENDING", 1)
    running = analysis()
    given = [found for number in (1, 2) for found in running.take(number, operation(number, "last", f"op-{number}"))]
    assert [found.line for found in given] == [1]
    assert [found.line for found in running.finish()] == [2]


def test_a_split_entry_counts_when_its_last_part_comes() -> None:
    def part(index: int, payload: dict[str, Any]) -> dict[str, Any]:
        whole = operation(0, "last")
        del whole["operation"]
        whole["protoPayload"] |= payload
        return {**whole, "split": {"uid": "u", "index": index, "totalSplits": 2}}

    [(line, finding)] = findings([part(1, {"request": {"b": 1}}), part(0, {"request": {"a": 1}})])
    assert (line, finding.rule) == (2, "probe/vm_failed")


@pytest.mark.parametrize(("log", "expected"), [("data_access", 0), ("activity", 1)])
def test_reads_of_hinomis_account_are_left_out_and_its_changes_are_not(log: str, expected: int) -> None:
    own = operation(1, "last") | {"logName": f"projects/example-project/logs/cloudaudit.googleapis.com%2F{log}"}
    own["protoPayload"]["authenticationInfo"] = {"principalEmail": "hinomi@example.com"}
    assert len(findings([own])) == 1
    assert len(findings([own], service_accounts=("hinomi@example.com",))) == expected


def test_the_times_span_all_entries_that_have_one() -> None:
    running = analysis()
    late = entry(30) | {"timestamp": "2026-11-23T15:45:00+09:00"}
    for number, value in enumerate([entry(20), late, entry(10), {"textPayload": "no time"}], 1):
        list(running.take(number, value))
    assert (running.entries, running.first, running.last) == (4, "2026-11-23T06:10:00", "2026-11-23T06:45:00")


def test_a_document_of_no_known_kind_is_reported() -> None:
    with pytest.raises(NotUnderstoodError):
        analysis().take(1, {"hello": "world"})


def test_a_report_in_a_file_is_a_finding() -> None:
    report = {"report": "airflow", "job": "etl", "state": "failed", "time": "2026-11-23T06:00:00Z", "id": "1"}
    [(line, finding)] = findings([report])
    assert (line, finding.rule) == (1, "report/airflow")


def test_a_tick_in_a_file_does_nothing() -> None:
    assert analysed([{"tick": "load-check"}]) == []


MIXED = [*BURST, failed(1), fine(2), failed(3, "b"), operation(1, "first"), operation(2, "last"), failed(3, "b")]


@several(50)
@given(st.permutations(MIXED))
def test_the_order_of_the_entries_makes_no_difference(entries: list[dict[str, Any]]) -> None:
    def output(rows: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
        return sorted((found.rule, found.fingerprint, found.principal) for _, found in findings(rows))

    assert output(entries) == output(MIXED)
