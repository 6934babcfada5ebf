"""Explanations of detection rules at the terminal: failed conditions first, with the values of the entry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from cli.language import localize
from cli.views import output
from shared.durations import duration_text
from shared.texts import Text as Localized
from shared.texts.cli import rules as texts

if TYPE_CHECKING:
    from collectors.metrics_analysis.sigma.explain import ConditionResult, RuleExplanation


def print_entry(
    console: Console, number: int, entry: dict[str, Any], found: Sequence[RuleExplanation], *, is_own: bool
) -> None:
    """Prints which entry is explained, and the notes for all rules."""
    what = Localized.verbatim(f"{entry.get('logName', '')} {entry.get('timestamp', '')}")
    console.print(output.styled(localize(texts.ENTRY_OF(number=number, what=what)), "dim"), soft_wrap=True)
    if is_own:
        output.print_text(console, texts.OWN_ENTRY)
    if not found:
        output.print_text(console, texts.NO_NEAR_RULE)


def print_explanation(console: Console, found: RuleExplanation, notes: list[Localized]) -> None:
    """Prints whether the rule matches, the notes, and each condition on its own line."""
    for text in (_headline(found), *notes):
        console.print(output.hanging(output.styled(localize(text), "bold"), 2, console.width), soft_wrap=True)
    parts = found.condition.parts or (found.condition,)
    for part in parts:
        _print_condition(console, part, 2)


def notes_of(spec: dict[str, Any], correlations: list[dict[str, Any]]) -> list[Localized]:
    """Further requirements of the match: the correlations that count the rule, and remembered fields."""
    counted = [
        texts.COUNTED_BY(correlation=each["name"], limit=each["limit"], span=duration_text(each["timespan"], units=1))
        for each in correlations
        if each["name"] in spec["feeds"]
    ]
    return [*counted, texts.USES_EARLIER] if spec.get("remember") else counted


def record(found: RuleExplanation) -> dict[str, Any]:
    """The explanation as a dict of plain values in English."""
    return {
        "rule": found.rule,
        "matches": found.matches,
        "not_evaluated": [text.en for text in found.refusals],
        "failed": found.condition.failed,
        "conditions": found.condition.total,
        "condition": _condition_record(found.condition),
    }


def _headline(found: RuleExplanation) -> Localized:
    if found.refusals:
        return texts.NOT_EVALUATED(rule=found.rule, why=found.refusals[0])
    if found.matches:
        return texts.MATCHES_ENTRY(rule=found.rule)
    return texts.DOES_NOT_MATCH(rule=found.rule, count=found.condition.failed, total=found.condition.total)


def _print_condition(console: Console, result: ConditionResult, indent: int) -> None:
    state, style = (texts.HOLDS, "green") if result.holds else (texts.FAILS, "red")
    line = Text.assemble(" " * indent, (localize(state), style), "  ", output.styled(localize(result.text)))
    if found := localize(result.found):
        line.append(" · ").append(output.styled(found, "dim"))
    console.print(output.hanging(line, indent + 2, console.width), soft_wrap=True)
    for part in result.parts:
        _print_condition(console, part, indent + 2)


def _condition_record(result: ConditionResult) -> dict[str, Any]:
    return {
        "holds": result.holds,
        "text": result.text.en,
        "found": result.found.en,
        "parts": [_condition_record(part) for part in result.parts],
    }
