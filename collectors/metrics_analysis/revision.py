"""The changes when an entry is evaluated again because fields of its resource arrived later."""

from __future__ import annotations

from dataclasses import replace

from collectors.metrics_analysis.sigma.engine import RuleEvaluation
from shared.model import FailedOperation, Finding, JobLinks, Recovery
from shared.texts import findings as texts


def revised(before: RuleEvaluation, after: RuleEvaluation) -> tuple[list[Finding], list[Recovery]]:
    """New and corrected findings, and new, withdrawn or reverted recoveries.

    A rule makes at most one finding for an entry.
    """
    old, new = _finding(before), _finding(after)
    was, now = ({_effect(one): one for one in each.recoveries} for each in (before, after))
    recoveries = [_taken_back(old)] if old is not None and new is None else []
    recoveries += [replace(one, withdrawn=True) for key, one in was.items() if key not in now]
    recoveries += [one for key, one in now.items() if key not in was]
    if new is None or new == old:
        return [], recoveries
    return [new if old is None else replace(new, replaces=(old.fingerprint, old.links.group))], recoveries


def _effect(recovery: Recovery) -> tuple[object, ...]:
    """The identity of a recovery: the incidents that it ends, without its texts."""
    return recovery.fingerprint, recovery.run, recovery.links, tuple(recovery.changes)


def _finding(evaluation: RuleEvaluation) -> Finding | None:
    found = [*evaluation.findings, *(one.finding for one in evaluation.pending)]
    return found[0] if found else None


def _taken_back(finding: Finding) -> Recovery:
    """The recovery that withdraws a finding, because an earlier entry that arrived later shows no fault."""
    text = texts.CORRECTED
    translations = {language: {"summary": each} for language, each in text.translations.items()}
    links = JobLinks(finding.links.group)
    made = Recovery(
        finding.rule, finding.fingerprint, finding.time, finding.event_key, text.en, translations, links=links
    )
    return replace(made, failed=FailedOperation(finding.time, ""))
