"""Detection rules with the results of their incidents, for the pages and the API."""

# ruff: noqa: PLC0415 - the rules are imported with the first question, not with the process

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.errors import InputError
from shared.model import RuleMode, Severity
from shared.texts import Text

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from dashboard.request_context import RequestContext
    from db.error_db.rules.modes import RuleModeChange, StagedCount
    from insights.own_state.rule_noise import RuleLedger
    from insights.reports.model import RuleNoise

STAGED_DAYS = 90  # whose findings of staged rules are counted


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule in the list. `ledger` is None if it did not fire, `staged` is None if it found nothing while staged."""

    name: str
    title: Text
    severity: Severity
    ledger: RuleLedger | None
    is_noisy: bool
    mode: RuleMode
    staged: StagedCount | None

    @property
    def glyph(self) -> str:
        """The glyph of the mode."""
        return {RuleMode.ENABLED: "on", RuleMode.STAGED: "staged", RuleMode.DISABLED: "off"}[self.mode]


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """The data of all rules in the databases, by rule."""

    ledgers: Mapping[str, RuleLedger]
    modes: Mapping[str, RuleModeChange]
    staged: Mapping[str, StagedCount]


def rule_specs(request: RequestContext) -> tuple[Mapping[str, Mapping[str, Any]], Text | None]:
    """The rules that make findings, by name, or why they cannot be read."""
    try:
        return _loaded(request.settings.rules_dir), None
    except InputError as error:
        return {}, error.full_text


@lru_cache(maxsize=2)
def _loaded(rules_dir: Path) -> Mapping[str, Mapping[str, Any]]:
    """The rules of a folder, read once in a process."""
    from collectors.metrics_analysis.sigma import artifact

    made = artifact.load(rules_dir)
    found = [*(spec for spec in made["rules"] if not spec["silent"]), *made["correlations"]]
    return {spec["name"]: spec for spec in sorted(found, key=lambda spec: str(spec["name"]))}


def rule_facts(session: Session, now: datetime, rule: str | None = None) -> RuleFacts:
    """The data of all rules, or of one rule."""
    from datetime import timedelta

    from db.error_db.rules import modes
    from handlers import registry
    from insights.own_state import rule_noise

    ledgers = rule_noise.ledgers(session, now, sorted(registry.remediations()), rule=rule)
    return RuleFacts(ledgers, modes.changes(session), modes.counts(session, now - timedelta(days=STAGED_DAYS)))


def rule_row(spec: Mapping[str, Any], facts: RuleFacts) -> RuleRow:
    """A rule with its ledger and its mode."""
    from db.error_db.rules.modes import mode_of
    from handlers.reports.decisions import is_noise

    japanese = spec.get("translations", {}).get("ja", {}).get("title") or spec["title"]
    title = Text(en=spec["title"], ja=japanese)
    name, ledger = spec["name"], facts.ledgers.get(spec["name"])
    noisy = ledger is not None and is_noise(noise_of(ledger))
    mode = mode_of(spec, facts.modes)
    return RuleRow(name, title, Severity(spec["level"]), ledger, noisy, mode, facts.staged.get(name))


def description(spec: Mapping[str, Any]) -> Text:
    """What the rule detects, in every available language."""
    english = str(spec["about"].get("description", ""))
    return Text(en=english, ja=str(spec["about"].get("description_ja") or english))


def noise_of(ledger: RuleLedger) -> RuleNoise:
    """The ledger in the form used by reports."""
    from insights.reports.model import RuleNoise

    return RuleNoise(ledger.rule, ledger.fired, ledger.fired - ledger.unresolved, ledger.alone, ledger.false_alarms)


def contains(row: RuleRow, find: str) -> bool:
    """Whether the name or the title of a rule contains a text in lower case."""
    return any(find in text.casefold() for text in (row.name, row.title.en, row.title.ja))
