"""The display of findings."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC

import pytest
from rich.console import Console

from cli.entries import finding_groups
from cli.entries.finding_groups import FindingGroup, FindingGroups
from cli.views import output
from cli.views.findings import overview, show
from tests.unit.cli.probes import analysed, entry, failed, fine

HOSTILE = "\x1b[31mred\x1b[0m [bold]b[/bold]\u202e"


def collected(*entries: dict[str, object]) -> FindingGroups:
    groups = FindingGroups()
    for found in analysed(entries):
        groups.add(found.effect)
    return groups


def recording(width: int) -> Console:
    return Console(width=width, file=io.StringIO(), record=True, highlight=False, markup=False, emoji=False)


def shown(groups: list[FindingGroup], width: int, language: str = "en") -> str:
    console = recording(width)
    show(console, groups, output.zone("UTC"), language)
    return console.export_text()


def test_occurrences_of_one_fingerprint_are_together() -> None:
    [group] = collected(failed(5, who="b"), failed(0, who="a"), failed(9, who="c")).by_urgency()
    assert group.count == 3
    assert (group.first.astimezone(UTC).minute, group.latest.time.minute) == (0, 9)
    assert (group.who.en, group.who.ja) == ("b, a, and others", "b、a ほか")


@pytest.mark.parametrize(("recovers_at", "recovered"), [(9, True), (5, True), (4, False)])
def test_a_recovery_counts_when_it_is_not_earlier(recovers_at: int, recovered: bool) -> None:  # noqa: FBT001
    for order in (1, -1):
        [group] = collected(*[failed(5), fine(recovers_at)][::order]).by_urgency()
        assert group.recovered is recovered


def test_urgent_incidents_come_first_then_unresolved_ones() -> None:
    burst = [entry(minute, denied=True, who="mallory@example.com") for minute in (0, 1, 2)]
    found = collected(failed(9, "over"), fine(10, "over"), failed(1, "lasts"), failed(2, "later"), *burst)
    assert [group.latest.resource for group in found.by_urgency()] == [
        "mallory@example.com",
        "probes/later",
        "probes/lasts",
        "probes/over",
    ]


def test_groups_beyond_the_limit_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding_groups, "MOST_GROUPS", 1)
    groups = collected(failed(0, "a"), failed(1, "b"), failed(2, "a"))
    assert (groups.findings, len(groups.by_urgency()), groups.not_kept) == (3, 1, 1)


def test_recoveries_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding_groups, "MOST_RECOVERIES", 1)
    groups = collected(fine(5, "a"), fine(5, "b"), failed(0, "a"), failed(0, "b"))
    assert [group.recovered for group in groups.by_urgency()] == [False, True]


@pytest.mark.parametrize("width", [80, 140])
def test_every_fact_is_shown_within_the_width(width: int) -> None:
    groups = collected(failed(0, "nightly", who="alice@example.com"), failed(70, "nightly"), fine(80, "nightly"))
    text = shown(groups.by_urgency(), width)
    assert max(len(line) for line in text.splitlines()) <= width
    facts = "medium", "job failure", "(recovered)", "2026-11-23 06:00", "2026-11-23 07:10", "2", "alice@example.com"
    for fact in (*facts, "probes/nightly", "probe nightly failed", "no answer"):
        assert fact in text


LONG = "projects/example-project/regions/europe-west1/clusters/nightly-aggregation-of-orders-and-returns"


@pytest.mark.parametrize("width", [60, 80, 120, 160, 200, 240])
@pytest.mark.parametrize("resource", ["a", LONG])
def test_the_names_of_rule_resource_and_principal_are_complete_at_any_width(width: int, resource: str) -> None:
    who = "data-pipeline-of-the-whole-company@example-project.iam.gserviceaccount.com"
    text = shown(collected(failed(0, resource, who=who)).by_urgency(), width)
    lines = text.splitlines()
    for name in ("probe/job_failed", f"probes/{resource}", who):
        assert any(name in line for line in lines), text
    assert [line for line in lines if len(line) > width and not line.rstrip().endswith((resource, who))] == []


@pytest.mark.parametrize("width", [140, 160, 200, 240])
def test_a_long_name_is_not_cut_in_the_summary_either(width: int) -> None:
    lines = shown(collected(failed(0, LONG)).by_urgency(), width).splitlines()
    assert len([line for line in lines if LONG in line]) == 2, lines  # in the summary and as the resource


@pytest.mark.parametrize(("width", "is_table"), [(119, False), (160, True)])
def test_a_wide_terminal_has_a_table_and_uses_its_width(width: int, is_table: bool) -> None:  # noqa: FBT001
    lines = shown(collected(failed(0, "nightly")).by_urgency(), width).splitlines()
    assert (max(map(len, lines)) == width) == is_table
    assert any("rule, resource, who" in line for line in lines) == is_table


@pytest.mark.parametrize("width", [80, 140])
def test_hostile_text_does_not_reach_the_terminal(width: int) -> None:
    text = shown(collected(failed(0, HOSTILE, who=HOSTILE)).by_urgency(), width)
    assert not set(text) & set("\x1b\u202e\r")
    assert "[bold]" in text


def test_the_overview_counts_incidents_by_severity_and_kind() -> None:
    burst = [entry(minute, denied=True, who="mallory@example.com") for minute in (0, 1, 2)]
    groups = collected(failed(1, "a"), failed(2, "a"), failed(3, "b"), *burst)
    console = recording(80)
    console.print(overview(groups.by_urgency()))
    head, _, *rows = [line.split("  ") for line in console.export_text().splitlines() if line.strip()]
    assert [cell.strip() for cell in head if cell.strip()] == [
        "severity",
        "irregular access",
        "job failure",
        "incidents",
    ]
    assert [[cell.strip() for cell in row if cell.strip()] for row in rows] == [
        ["HIGH", "1", "–", "1"],
        ["medium", "–", "2", "2"],
    ]


@pytest.mark.parametrize("width", [80, 140])
@pytest.mark.parametrize(("language", "summary"), [("ja", "夜間ジョブが失敗"), ("en", "probe nightly failed")])
def test_a_summary_is_shown_in_the_language_of_the_settings(width: int, language: str, summary: str) -> None:
    [group] = collected(failed(0, "nightly")).by_urgency()
    group.latest = replace(group.latest, translations={"ja": {"title": "失敗", "summary": "夜間ジョブが失敗"}})
    assert summary in shown([group], width, language)


@pytest.mark.parametrize("width", [80, 200])
def test_names_and_times_have_the_separators_of_the_language(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    text = shown(collected(failed(1), failed(9)).by_urgency(), width, "ja")
    assert (" ～ " in text, "、" in text) == (True, True)
    assert (" – " in text, ", " in text.replace("at 00:", "")) == (False, False)
