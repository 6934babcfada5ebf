"""Findings as a person wants to see them."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC

import pytest
from rich.console import Console

from cli.views import grouping as faults_module
from cli.views import output
from cli.views.grouping import Fault, Faults, overview, show
from tests.unit.cli.probes import analysed, entry, failed, fine

HOSTILE = "\x1b[31mred\x1b[0m [bold]b[/bold]\u202e"


def collected(*entries: dict[str, object]) -> Faults:
    faults = Faults()
    for found in analysed(entries):
        faults.add(found.effect)
    return faults


def recording(width: int) -> Console:
    return Console(width=width, file=io.StringIO(), record=True, highlight=False, markup=False, emoji=False)


def shown(faults: list[Fault], width: int, language: str = "en") -> str:
    console = recording(width)
    show(console, faults, output.zone("UTC"), language)
    return console.export_text()


def test_occurrences_of_one_fault_are_together() -> None:
    [fault] = collected(failed(5, who="b"), failed(0, who="a"), failed(9, who="c")).by_urgency()
    assert fault.count == 3
    assert (fault.first.astimezone(UTC).minute, fault.latest.time.minute) == (0, 9)
    assert fault.who == "b, a, and others"


@pytest.mark.parametrize(("recovers_at", "recovered"), [(9, True), (5, True), (4, False)])
def test_a_recovery_counts_when_it_is_not_earlier(recovers_at: int, recovered: bool) -> None:  # noqa: FBT001
    for order in (1, -1):
        [fault] = collected(*[failed(5), fine(recovers_at)][::order]).by_urgency()
        assert fault.recovered is recovered


def test_the_urgent_comes_first_then_what_still_lasts() -> None:
    burst = [entry(minute, denied=True, who="mallory@example.com") for minute in (0, 1, 2)]
    found = collected(failed(9, "over"), fine(10, "over"), failed(1, "lasts"), failed(2, "later"), *burst)
    assert [fault.latest.resource for fault in found.by_urgency()] == [
        "mallory@example.com",
        "probes/later",
        "probes/lasts",
        "probes/over",
    ]


def test_faults_beyond_the_limit_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults_module, "FAULTS", 1)
    faults = collected(failed(0, "a"), failed(1, "b"), failed(2, "a"))
    assert (faults.findings, len(faults.by_urgency()), faults.not_kept) == (3, 1, 1)


def test_recoveries_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults_module, "RECOVERIES", 1)
    faults = collected(fine(5, "a"), fine(5, "b"), failed(0, "a"), failed(0, "b"))
    assert [fault.recovered for fault in faults.by_urgency()] == [False, True]


@pytest.mark.parametrize("width", [80, 140])
def test_every_fact_is_shown_within_the_width(width: int) -> None:
    faults = collected(failed(0, "nightly", who="alice@example.com"), failed(70, "nightly"), fine(80, "nightly"))
    text = shown(faults.by_urgency(), width)
    assert max(len(line) for line in text.splitlines()) <= width
    facts = "medium", "job failure", "(recovered)", "2026-11-23 06:00", "2026-11-23 07:10", "2", "alice@example.com"
    for fact in (*facts, "probes/nightly", "probe nightly failed", "no answer"):
        assert fact in text


@pytest.mark.parametrize("width", [80, 140])
def test_hostile_text_does_not_reach_the_terminal(width: int) -> None:
    text = shown(collected(failed(0, HOSTILE, who=HOSTILE)).by_urgency(), width)
    assert not set(text) & set("\x1b\u202e\r")
    assert "[bold]" in text


def test_the_overview_counts_faults_by_severity_and_kind() -> None:
    burst = [entry(minute, denied=True, who="mallory@example.com") for minute in (0, 1, 2)]
    faults = collected(failed(1, "a"), failed(2, "a"), failed(3, "b"), *burst)
    console = recording(80)
    console.print(overview(faults.by_urgency()))
    head, _, *rows = [line.split("  ") for line in console.export_text().splitlines() if line.strip()]
    assert [cell.strip() for cell in head if cell.strip()] == ["severity", "irregular access", "job failure", "faults"]
    assert [[cell.strip() for cell in row if cell.strip()] for row in rows] == [
        ["HIGH", "1", "–", "1"],
        ["medium", "–", "2", "2"],
    ]


@pytest.mark.parametrize("width", [80, 140])
@pytest.mark.parametrize(("language", "summary"), [("ja", "夜間ジョブが失敗"), ("en", "probe nightly failed")])
def test_a_summary_is_shown_in_the_language_of_the_settings(width: int, language: str, summary: str) -> None:
    [fault] = collected(failed(0, "nightly")).by_urgency()
    fault.latest = replace(fault.latest, translations={"ja": {"title": "失敗", "summary": "夜間ジョブが失敗"}})
    assert summary in shown([fault], width, language)
