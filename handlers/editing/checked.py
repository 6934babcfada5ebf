"""A handler rule as a person wrote it: checked, and compared with the stored one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from db.error_db import queries
from handlers.editing.written import rule_text
from handlers.read import problem_of, read_rule
from handlers.spec import HandlerSpec
from handlers.stages import match
from shared.config import Settings
from shared.errors import InputError
from shared.records import IncidentView, StoredRule
from shared.texts import Text
from shared.texts.cli import handler_changes as texts
from shared.texts.stages import sentence

PERIOD = timedelta(days=30)
MOST = 5_000  # incidents of the period, the latest, that a change is simulated on


def checked_spec(text: str, name: str, defaults: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """The rule in the form that the Error DB keeps. Raises InputError with one line for each mistake."""
    rule = read_rule(text, name, defaults)
    if rule.name != name:
        raise InputError(texts.NAME_IS_FIXED(name=name))
    if problem := problem_of(rule.action, rule.params, settings):
        raise InputError(problem, file=name)
    return rule.as_dict()


def differing_lines(before: StoredRule, after: StoredRule, defaults: Mapping[str, Any]) -> list[str]:
    """The lines of a rule that differ, `- ` before those of the old one and `+ ` before those of the new one."""
    old, new = (rule_text(rule, defaults).splitlines() for rule in (before, after))
    return [f"- {line}" for line in old if line not in new] + [f"+ {line}" for line in new if line not in old]


@dataclass(frozen=True, slots=True)
class MatchDifference:
    """An incident that only one of two versions of a rule matches; `reason` says why the other one does not."""

    incident: IncidentView
    is_matched: bool
    reason: Text


@dataclass(frozen=True, slots=True)
class RuleSimulation:
    """Which of the `total` incidents since a time a rule matched as it is, and would match after a change."""

    since: datetime
    total: int
    before: int
    after: int
    differences: tuple[MatchDifference, ...]


def simulate(session: Session, before: HandlerSpec, after: HandlerSpec, now: datetime) -> RuleSimulation:
    """Compares two versions of a rule on the incidents of the last 30 days, by the stage that matches incidents.

    It asks whether a rule matches, for any of its triggers; what silences, limits and cooldowns would have decided then is
    unknown now.
    """
    since = now - PERIOD
    found = queries.incidents(session, queries.IncidentFilter(since=since), limit=MOST)
    pairs = [(view, _mismatch(before, view), _mismatch(after, view)) for view in found]
    differences = tuple(
        MatchDifference(view, is_matched=new is None, reason=new or old or Text.verbatim(""))
        for view, old, new in pairs
        if (old is None) is not (new is None)
    )
    matched_before, matched_after = (sum(pair[place] is None for pair in pairs) for place in (1, 2))
    return RuleSimulation(since, len(found), matched_before, matched_after, differences)


def _mismatch(rule: HandlerSpec, view: IncidentView) -> Text | None:
    """Why the rule does not match the incident; None if it does."""
    results = [match.check(rule, view, trigger) for trigger in rule.on]
    if any(not result.stops for result in results):
        return None
    return sentence(results[0].as_dict()) if results else Text.verbatim("")


def changes_lines(changes: Sequence[Any], defaults: Mapping[str, Any]) -> dict[str, list[str]]:
    """For each changed rule the lines that differ; all lines of a rule that was added or removed."""
    lines: dict[str, list[str]] = {}
    for change in changes:
        if change.before and change.after:
            lines[change.name] = differing_lines(change.before, change.after, defaults)
        else:
            sign, rule = ("+", change.after) if change.after else ("-", change.before)
            lines[change.name] = [f"{sign} {line}" for line in rule_text(rule, defaults).splitlines()]
    return lines
