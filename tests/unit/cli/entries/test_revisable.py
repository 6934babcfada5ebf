"""An export is evaluated as the function evaluates messages, whatever the order of its entries."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from cli.entries.analysis import Analysis
from cli.entries.revisable import RevisableEffects
from collectors.metrics_analysis.compiler import compile_rules
from shared.config import Settings
from shared.model import FailedOperation, Finding, JobLinks, Recovery
from tests.support.rules import audit, folder
from tests.unit.collectors.metrics_analysis.test_stateful import OPENED

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def change(second: int, method: str, **request: Any) -> dict[str, Any]:
    return {**audit(second=second, methodName=method, resourceName="r", request=request), "insertId": f"e{second}"}


CHANGES = [
    change(0, "insert", source="all", disabled=True),
    change(1, "patch", mask="disabled", disabled=False),
    change(2, "patch", mask="source", source="10.0.0.0/8"),
    change(3, "patch", mask="source", source="all"),
]


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return compile_rules(folder(Path(tmp_path_factory.mktemp("rules")), {"test/opened.yml": OPENED}))


def analysed(artifact: dict[str, Any], entries: list[dict[str, Any]]) -> list[tuple[int, str]]:
    running = Analysis(artifact, Settings(), NOW)
    found = [one for line, value in enumerate(entries, 1) for one in running.take(line, value)]
    effects = [*found, *running.finish()]
    return sorted((one.line, one.effect.insert_id) for one in effects if isinstance(one.effect, Finding))


def test_the_order_of_the_entries_makes_no_difference(artifact: dict[str, Any]) -> None:
    for order in permutations(range(len(CHANGES))):
        lines = {f"e{at}": line for line, at in enumerate(order, 1)}
        expected = sorted((lines[name], name) for name in ("e1", "e3"))
        assert analysed(artifact, [CHANGES[at] for at in order]) == expected, order


def test_an_entry_that_is_in_the_export_twice_is_one_finding(artifact: dict[str, Any]) -> None:
    assert analysed(artifact, [*reversed(CHANGES), *CHANGES]) == [(1, "e3"), (3, "e1")]


def recovery(**changes: Any) -> Recovery:
    return replace(Recovery("test/opened", "f", NOW, "e", "closed", links=JobLinks()), **changes)


def test_effects_of_other_entries_are_returned_at_once() -> None:
    assert list(RevisableEffects(1).take(7, recovery())) == [(7, recovery())]


def test_a_withdrawn_recovery_is_not_returned_and_one_of_a_failed_operation_is() -> None:
    held = RevisableEffects(1)
    assert list(held.expect("test/opened", "e", 7)) == []
    failed = recovery(failed=FailedOperation(NOW, "denied"))
    for one in (recovery(), recovery(withdrawn=True), failed, recovery(failed=FailedOperation(NOW, ""))):
        assert list(held.take(8, one)) == []
    assert list(held.finish()) == [(7, failed)]


def test_the_oldest_effects_are_final_when_there_are_too_many() -> None:
    held = RevisableEffects(1)
    list(held.expect("test/opened", "e", 7))
    list(held.take(7, recovery()))
    assert list(held.expect("test/opened", "f", 8)) == [(7, recovery())]
    assert list(held.take(9, recovery(withdrawn=True))) == []
