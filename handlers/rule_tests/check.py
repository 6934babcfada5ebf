"""Runs the tests of handler rules: no database, the same stages as in operation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from handlers import registry
from handlers.plan import target_of
from handlers.rule_tests.schema import GivenKeys, HandlerTestKeys, HandlerTestsFile, IncidentKeys
from handlers.spec import HandlerSpec, chained
from handlers.stages import match
from handlers.stages.decision import Decision, decide
from handlers.stages.model import Facts, Question, StageResult
from shared import validation
from shared.errors import InputError, messages
from shared.model import IncidentKind, Severity, Status
from shared.records import BreakerView, IncidentChange, IncidentView, SilenceView
from shared.strict_yaml import load_file
from shared.suggestions import did_you_mean
from shared.texts import EMPTY, Text
from shared.texts.cli import handlers as texts
from shared.texts.stages import sentence

SUFFIX = ".tests.yaml"


@dataclass(frozen=True, slots=True)
class DetectionRule:
    """The properties of a detection rule that a test does not have to repeat."""

    kind: IncidentKind
    severity: Severity
    service: str


@dataclass(frozen=True, slots=True)
class HandlerTest:
    """One test, and its place in the file."""

    keys: HandlerTestKeys
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class HandlerTestResult:
    """The rules that ran in a test, in their order, and its problems, a sentence each; none if it passed."""

    test: HandlerTest
    ran: tuple[str, ...]
    problems: tuple[Text, ...]


def file_of_tests(rules: Path) -> Path:
    """The file of tests of a file of handler rules: handlers.tests.yaml of handlers.yaml."""
    return rules.with_name(rules.stem + SUFFIX)


def read_tests(path: Path) -> list[HandlerTest]:
    """The tests of a file. Raises InputError with one line for each mistake."""
    document = load_file(path)
    file, errors = validation.check(HandlerTestsFile, document)
    if file is None:
        raise InputError(messages(errors))
    return [HandlerTest(keys, document.file, document.line("tests", at)) for at, keys in enumerate(file.tests)]


def run_test(
    test: HandlerTest, rules: Sequence[HandlerSpec], known: Mapping[str, DetectionRule], now: datetime
) -> HandlerTestResult:
    """Decides every rule for the incident of the test. `known` are the detection rules by name.

    Raises InputError for an invalid test.
    """
    change = _change(test, known, now)
    checked = [(rule, match.check(rule, change.incident, change.trigger)) for rule in rules]
    matched = match.without_steps(checked, chained(rules))
    decisions = {rule.name: _decision(rule, result, change, test.keys.given, now) for rule, result in matched}
    ran = tuple(name for name, decision in decisions.items() if decision.run)
    return HandlerTestResult(test, ran, tuple(_problems(test.keys, ran, decisions)))


def untested(rules: Sequence[HandlerSpec], tests: Sequence[HandlerTest]) -> list[str]:
    """The enabled rules that no test expects to run."""
    expected = {name for test in tests for name in test.keys.expect}
    return [rule.name for rule in rules if rule.enabled and rule.name not in expected]


def _problems(keys: HandlerTestKeys, ran: Sequence[str], decisions: Mapping[str, Decision]) -> Iterator[Text]:
    for name in [*keys.expect, *keys.reasons]:
        if name not in decisions:
            yield texts.TEST_NAMES_NO_RULE(name=name, suggestion=did_you_mean(name, decisions, most=1) or EMPTY)
    for name in keys.expect:
        if name in decisions and not decisions[name].run:
            yield texts.EXPECTED_TO_RUN(name=name, why=_why(decisions[name]))
    for name in ran:
        if name not in keys.expect:
            yield texts.NOT_EXPECTED(name=name)
    if sorted(ran) == sorted(keys.expect) and list(ran) != keys.expect:
        yield texts.OTHER_ORDER(order=", ".join(ran))
    for name, reason in keys.reasons.items():
        if name in decisions and decisions[name].reason is not reason:
            yield texts.OTHER_REASON(name=name, reason=str(decisions[name].reason), expected=str(reason))


def _why(decision: Decision) -> Text:
    return next(sentence(result.as_dict()) for result in decision.results if result.stops)


def _decision(
    rule: HandlerSpec, matched: StageResult, change: IncidentChange, given: GivenKeys, now: datetime
) -> Decision:
    if matched.stops:
        return Decision((matched,))
    facts = Facts(
        now=now,
        target=target_of(rule, change.incident),
        notifies=not registry.is_remediation(rule.action),
        silence=_silence(now) if given.silenced else None,
        announced=given.effect,
        notified=given.notified,
        opens_at=now + timedelta(hours=8) if given.outside_hours else None,
        runs_last_hour=given.runs_last_hour,
        runs_of_principal=given.runs_last_hour,
        runs_of_all=given.runs_last_hour,
        breaker=_open_breaker(rule, now) if given.breaker_open and rule.brakes.breaker else None,
    )
    return decide(matched, Question(rule, change, facts))


def _open_breaker(rule: HandlerSpec, now: datetime) -> BreakerView | None:
    """An open circuit breaker of a remediation; a notification has none."""
    if not registry.is_remediation(rule.action):
        return None
    return BreakerView(rule.name, 3, "test", now, now + timedelta(hours=1), None)


def _silence(now: datetime) -> SilenceView:
    return SilenceView(1, {}, "test", "", now, now + timedelta(hours=1), 0, now)


def _change(test: HandlerTest, known: Mapping[str, DetectionRule], now: datetime) -> IncidentChange:
    incident, given = _incident(test, known, now), test.keys.given
    return IncidentChange(incident, test.keys.on, "test", None, joined=given.effect)


def _incident(test: HandlerTest, known: Mapping[str, DetectionRule], now: datetime) -> IncidentView:
    """The incident of the test, open for a day."""
    keys, given, began = test.keys.incident, test.keys.given, now - timedelta(days=1)
    about = _about(test, keys, known)
    return IncidentView(
        id=1,
        fingerprint="test",
        rule=keys.rule,
        title=test.keys.name,
        kind=about.kind,
        severity=about.severity,
        service=about.service,
        project=keys.project,
        resource=keys.resource,
        principal=keys.principal,
        summary=test.keys.name,
        status=Status.ACKNOWLEDGED if given.acknowledged else Status.OPEN,
        opened_at=began,
        last_seen_at=now,
        occurrence_count=1,
        acknowledged_at=now if given.acknowledged else None,
        acknowledged_by="test" if given.acknowledged else None,
        resolved_at=None,
        resolution=None,
        quiet_seconds=None,
        labels=dict(keys.labels),
        received_at=began,
        flapping_since=began if given.flapping else None,
    )


def _about(test: HandlerTest, keys: IncidentKeys, known: Mapping[str, DetectionRule]) -> DetectionRule:
    if keys.kind and keys.severity and keys.service:
        return DetectionRule(keys.kind, keys.severity, keys.service)
    rule = known.get(keys.rule)
    if rule is None:
        near = did_you_mean(keys.rule, known, most=1) or EMPTY
        raise InputError(texts.NO_DETECTION_RULE(rule=keys.rule, suggestion=near), file=test.file, line=test.line)
    return DetectionRule(keys.kind or rule.kind, keys.severity or rule.severity, keys.service or rule.service)
