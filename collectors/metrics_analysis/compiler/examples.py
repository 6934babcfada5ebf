"""Runs the examples of a rule: entries that must match, entries that must not match, and recoveries.

`<rule>.examples.json` has `match`, `no_match` and `recovery`, each a list of `{"title": …, "entries": […]}`. A match
may have `expect` (keys of the finding with their exact values) and `also` (other rules that match as well); a recovery
may have `expect` for the keys of the recovery.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from collectors.metrics_analysis.evidence import LogEntry, NotUnderstoodError, understand
from collectors.metrics_analysis.rule_state import MemoryRuleState
from collectors.metrics_analysis.sigma.engine import Engine
from collectors.metrics_analysis.split_entries import merge, part_of
from collectors.metrics_analysis.stateful import resolve_state
from db.error_db.periods import FailureEvent, RecoveryEvent
from db.error_db.timeline import evaluate
from shared.errors import InputError
from shared.identity.service_agents import numbers_of
from shared.model import Finding, Recovery
from shared.texts import EMPTY, Text, listed
from shared.texts import compiler as texts

SUFFIX = ".examples.json"
SECTIONS = ("match", "no_match", "recovery")
REQUIRED = ("match", "no_match")
LEAST_STEPS = 2
KEYS = {"title", "entries", "expect", "also"}

# The numbers of the monitored projects in all examples: agents of 123456789012 are of a monitored project, others are not.
PROJECT_NUMBERS = ("123456789012",)
is_monitored = numbers_of(PROJECT_NUMBERS, "")

# The time of an entry without a timestamp.
RECEIVED = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Case:
    """An example of a rule. `wrong` is a mistake in the example itself, `commands` are the commands of the next steps."""

    rule: str
    file: str
    section: str
    title: str
    entries: tuple[dict[str, Any], ...] = ()
    expect: tuple[tuple[str, Any], ...] = ()
    also: tuple[str, ...] = ()
    wrong: Text = EMPTY
    commands: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.rule}: {self.section}: {self.title}"


def cases(rules_dir: Path, artifact: dict[str, Any]) -> list[Case]:
    """All examples of all rules that make findings; a missing required example becomes a failing case."""
    speaking = [spec for spec in artifact["rules"] if not spec["silent"]] + artifact["correlations"]
    return [case for spec in speaking for case in _of_rule(spec, rules_dir)]


def missing(rules_dir: Path, artifact: dict[str, Any]) -> list[InputError]:
    """Missing parts of rules, for their maintainers: examples, the rule of an examples file, next steps."""
    wrong = [
        InputError(case.wrong, file=case.file if Path(case.file).exists() else _rule_file(case), line=1)
        for case in cases(rules_dir, artifact)
        if case.wrong
    ]
    orphans = [
        InputError(texts.ORPHAN, file=file, line=1)
        for file in sorted(rules_dir.glob(f"*/*{SUFFIX}"))
        if not file.with_name(file.name.removesuffix(SUFFIX) + ".yml").exists()
    ]
    return [*wrong, *orphans, *_without_next(rules_dir, artifact)]


def _without_next(rules_dir: Path, artifact: dict[str, Any]) -> Iterator[InputError]:
    """The rules whose incidents have no next steps; a rule that only explains failures opens no incident."""
    for spec in (*artifact["rules"], *artifact["correlations"]):
        if not spec.get("silent") and not spec["explains"] and len(spec["next"]) < LEAST_STEPS:
            yield InputError(texts.NO_NEXT, file=str(rules_dir / spec["about"]["file"]), line=1)
    for spec in artifact["load"]:
        if len(spec["next"]) < LEAST_STEPS:
            file = rules_dir / "metrics" / f"{spec['service']}.yaml"
            yield InputError(texts.NO_NEXT_OF_KEY(key=spec["key"]), file=str(file), line=1)


def _rule_file(case: Case) -> str:
    return case.file.removesuffix(SUFFIX) + ".yml"


def problem(engine: Engine, case: Case) -> Text:
    """Why a case fails, in one line; empty if it passes."""
    if case.wrong:
        return case.wrong
    try:
        found = list(effects(engine, case.entries))
    except NotUnderstoodError as error:
        return texts.NO_LOG_ENTRY(error=error.text)
    return _CHECKS[case.section](case, found)


def _of_rule(spec: dict[str, Any], rules_dir: Path) -> Iterator[Case]:
    file = rules_dir / Path(spec["about"]["file"]).with_suffix(SUFFIX)
    sections, wrong = _read(file)
    if wrong:
        yield Case(spec["name"], str(file), "match", "examples", wrong=wrong)
        return
    for section in REQUIRED:
        if not sections.get(section):
            yield Case(spec["name"], str(file), section, "examples", wrong=texts.NO_EXAMPLE(section=section))
    if spec["recovery"] and not sections.get("recovery"):
        yield Case(spec["name"], str(file), "recovery", "examples", wrong=texts.NO_RECOVERY_EXAMPLE)
    for section, examples in sections.items():
        for example in examples:
            commands = tuple(at for at, step in enumerate(spec["next"]) if step["commands"])
            yield replace(_case(spec["name"], str(file), section, example), commands=commands)


def _read(file: Path) -> tuple[dict[str, list[Any]], Text]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError:
        return {}, texts.NO_EXAMPLES_FILE
    except ValueError as error:
        return {}, texts.EXAMPLES_NO_JSON(error=str(error))
    if not isinstance(content, dict) or not set(content) <= set(SECTIONS):
        return {}, texts.EXAMPLES_OBJECT(keys=listed(SECTIONS))
    if not all(isinstance(examples, list) for examples in content.values()):
        return {}, texts.EXAMPLES_LIST
    return content, EMPTY


def _case(rule: str, file: str, section: str, example: Any) -> Case:
    if not isinstance(example, dict) or not set(example) <= KEYS or not example.get("title"):
        return Case(rule, file, section, "?", wrong=texts.EXAMPLE_OBJECT(keys=listed(sorted(KEYS))))
    entries = example.get("entries")
    if not isinstance(entries, list) or not entries:
        return Case(rule, file, section, example["title"], wrong=texts.NO_ENTRIES)
    expect = tuple(example.get("expect", {}).items())
    return Case(rule, file, section, example["title"], tuple(entries), expect, tuple(example.get("also", ())))


def effects(engine: Engine, entries: tuple[dict[str, Any], ...]) -> Iterator[Finding | Recovery]:
    """The results of the entries, processed in order, as in the function."""
    state = MemoryRuleState()
    for data in entries:
        evidence = understand(data, received=RECEIVED)
        if not isinstance(evidence, LogEntry):
            raise NotUnderstoodError(texts.NO_PAYLOAD)
        entry = _joined(evidence.entry, state)
        if entry is not None:
            findings, recoveries = resolve_state(engine.evaluate(entry), state)
            yield from findings
            yield from recoveries


def _joined(entry: dict[str, Any], state: MemoryRuleState) -> dict[str, Any] | None:
    """The entry, joined from its parts if it was split; None while parts are missing."""
    split = entry.get("split")
    if not split or not split.get("uid"):
        return entry
    parts = state.part(*part_of(entry), entry)
    return merge(parts) if parts else None


def _check_match(case: Case, effects: list[Finding | Recovery]) -> Text:
    own = [effect for effect in effects if isinstance(effect, Finding) and effect.rule == case.rule]
    if not own:
        return texts.NO_MATCH
    others = {effect.rule for effect in effects if isinstance(effect, Finding)} - {case.rule, *case.also}
    if others:
        return texts.OTHER_RULES(rules=listed(sorted(others)))
    return _without_command(case, own[-1]) or _unexpected(case, own[-1])


def _without_command(case: Case, finding: Finding) -> Text:
    """The problem that a next step lacks its command, because the example lacks a value; empty without a problem.

    A finding about several changes of one call has no commands.
    """
    missing = [at for at in case.commands if not finding.next_steps[at].command] if len(finding.changes) < 2 else []
    return texts.NO_COMMAND_VALUE(step=missing[0] + 1) if missing else EMPTY


def _unexpected(case: Case, effect: Finding | Recovery) -> Text:
    fields = asdict(effect)
    for key, expected in case.expect:
        if fields.get(key) != expected:
            return texts.UNEXPECTED(key=key, actual=repr(fields.get(key)), expected=repr(expected))
    return EMPTY


def _check_no_match(case: Case, effects: list[Finding | Recovery]) -> Text:
    own = next((effect for effect in effects if isinstance(effect, Finding) and effect.rule == case.rule), None)
    return texts.MATCHES(summary=own.summary) if own else EMPTY


def _check_recovery(case: Case, effects: list[Finding | Recovery]) -> Text:
    """The case must produce a finding of the rule, and its fault must be resolved at the end."""
    own = [effect for effect in effects if isinstance(effect, Finding) and effect.rule == case.rule]
    if not own:
        return texts.NO_MATCH_BEFORE_RECOVERY
    recoveries = [effect for effect in effects if isinstance(effect, Recovery)]
    events = [event for recovery in recoveries if not recovery.failed for event in _recovery_events(recovery)]
    ends = {recovery.event_key: recovery.failed for recovery in recoveries if recovery.failed}
    failures = [_failure(replace(finding, failed=ends.get(finding.event_key, finding.failed))) for finding in own]
    if any(period.ended is None for period in evaluate(failures, events, RECEIVED)):
        return texts.NOT_OVER
    return _unexpected(case, recoveries[-1])


def _failure(finding: Finding) -> FailureEvent:
    return FailureEvent(
        time=finding.time,
        began=finding.time,
        run=finding.run,
        occurrence_id=None,
        fingerprint=finding.fingerprint,
        own=frozenset(finding.links.own),
        part_of=frozenset(finding.links.part_of),
        changes=tuple(finding.changes.items()),
        failed=finding.failed,
    )


def _recovery_events(recovery: Recovery) -> Iterator[RecoveryEvent]:
    """The recoveries that it reports: of its fault, of the parts of its job, and of each change that it undoes.

    Runs are not compared: an example may show the next run of a job.
    """
    names = [name for name in recovery.links.own if name not in recovery.links.part_of]
    for name in (recovery.fingerprint, *names, *recovery.changes):
        yield RecoveryEvent(recovery.time, "", "recovery", recovery.summary, fingerprint=name)


_CHECKS = {"match": _check_match, "no_match": _check_no_match, "recovery": _check_recovery}
