"""Runs the tests of handler rules without a database, with the same stages as in operation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from handlers.owners.recipients import Recipients
from handlers.rule_tests.scenario import Scenario, channel_of
from handlers.rule_tests.schema import GivenKeys, HandlerTestKeys, HandlerTestsFile, IncidentKeys
from handlers.spec import HandlerSpec
from shared import validation
from shared.errors import InputError, messages
from shared.model import IncidentKind, Severity, Status
from shared.records import IncidentChange, IncidentView
from shared.strict_yaml import load_file
from shared.suggestions import did_you_mean
from shared.texts import EMPTY, Text
from shared.texts.cli import handlers as texts
from shared.texts.locale import duration
from shared.texts.stages import sentence

SUFFIX = ".tests.yaml"


@dataclass(frozen=True, slots=True)
class DetectionRule:
    """The properties of a detection rule that tests need not repeat."""

    kind: IncidentKind
    severity: Severity
    service: str


@dataclass(frozen=True, slots=True)
class HandlerTest:
    """One test, its position in the file, and the rules that the tests of the file are about; None: all rules."""

    keys: HandlerTestKeys
    file: str
    line: int
    about: tuple[str, ...] | None = None

    def concerns(self, rule: str) -> bool:
        """Whether a rule takes part in the test."""
        return self.about is None or rule in self.about

    def removed(self, known: Sequence[str]) -> list[str]:
        """The rules without which the test has no meaning: its file is about them, but they exist no longer."""
        return [
            name for name in dict.fromkeys(_named(self.keys)) if self.about and name in self.about and name not in known
        ]


@dataclass(frozen=True, slots=True)
class HandlerTestResult:
    """The rules that ran in a test, in their order, and a sentence for each problem; no problems if it passed."""

    test: HandlerTest
    ran: tuple[str, ...]
    problems: tuple[Text, ...]


def files_of_tests(rules: Path) -> list[Path]:
    """The test files of a file of handler rules: for handlers.yaml, handlers.tests.yaml and each handlers.NAME.tests.yaml.

    The tests of an installation have files of their own, so that those of the shipped rules can be updated.
    """
    first = rules.with_name(rules.stem + SUFFIX)
    others = sorted(rules.parent.glob(f"{rules.stem}.*{SUFFIX}"))
    return [first, *others] if first.exists() or not others else others


def read_tests(path: Path) -> list[HandlerTest]:
    """The tests of a file. Raises InputError with one line for each mistake."""
    document = load_file(path)
    file, errors = validation.check(HandlerTestsFile, document)
    if file is None:
        raise InputError(messages(errors))
    about = None if file.rules is None else tuple(file.rules)
    return [HandlerTest(keys, document.file, document.line("tests", at), about) for at, keys in enumerate(file.tests)]


def run_test(
    test: HandlerTest,
    rules: Sequence[HandlerSpec],
    known: Mapping[str, DetectionRule],
    now: datetime,
    recipients: Recipients | None = None,
) -> HandlerTestResult:
    """Decides every rule that the test is about for its incident, and the steps that follow from its runs.

    `known` are the detection rules by name, `recipients` the owners and rotations. Raises InputError for an invalid test.
    """
    moment = test.keys.given.at or now
    change = _change(test, known, moment)
    tested = [rule for rule in rules if test.concerns(rule.name)]
    scenario = Scenario(tested, recipients or Recipients(), test.keys.given, change, moment)
    scenario.play()
    ran = tuple(rule.name for rule in scenario.ran)
    unknown = _unknown_rules(test, [rule.name for rule in rules])
    return HandlerTestResult(test, ran, (*unknown, *_problems(test.keys, scenario)))


def untested(rules: Sequence[HandlerSpec], tests: Sequence[HandlerTest]) -> list[str]:
    """The enabled rules that no test expects to run."""
    expected = {name for test in tests for name in test.keys.expect}
    return [rule.name for rule in rules if rule.enabled and rule.name not in expected]


def _named(keys: HandlerTestKeys) -> list[str]:
    """The handler rules that a test names."""
    return [*keys.expect, *keys.reasons, *keys.channels, *keys.given.failed, *keys.given.succeeded]


def _unknown_rules(test: HandlerTest, known: Sequence[str]) -> Iterator[Text]:
    """The rules that the test names, but that do not exist or do not take part in the tests of its file."""
    for name in dict.fromkeys(_named(test.keys)):
        if name not in known:
            yield texts.TEST_NAMES_NO_RULE(name=name, suggestion=did_you_mean(name, known, most=1) or EMPTY)
        elif not test.concerns(name):
            yield texts.TEST_IS_NOT_ABOUT(name=name)


def _problems(keys: HandlerTestKeys, scenario: Scenario) -> Iterator[Text]:
    ran, decisions = [rule.name for rule in scenario.ran], scenario.decisions
    yield from _differences(keys, ran, scenario)
    for name, reason in keys.reasons.items():
        if name in decisions and decisions[name].reason is not reason:
            yield texts.OTHER_REASON(name=name, reason=str(decisions[name].reason), expected=str(reason))
    yield from _other_channels(keys, scenario)
    yield from _without_effect(keys.given, scenario)


def _differences(keys: HandlerTestKeys, ran: Sequence[str], scenario: Scenario) -> Iterator[Text]:
    """The rules that ran less or more often than expected, or in another order."""
    missing, surplus = Counter(keys.expect) - Counter(ran), Counter(ran) - Counter(keys.expect)
    for name in missing:
        if name in ran:
            yield texts.RUNS_LESS_OFTEN(name=name, count=ran.count(name))
        elif why := _why(name, scenario):
            yield texts.EXPECTED_TO_RUN(name=name, why=why)
    for name in surplus:
        is_expected = name in keys.expect
        yield texts.RUNS_MORE_OFTEN(name=name, count=ran.count(name)) if is_expected else texts.NOT_EXPECTED(name=name)
    if not missing and not surplus and list(ran) != keys.expect:
        yield texts.OTHER_ORDER(order=", ".join(ran))


def _why(name: str, scenario: Scenario) -> Text | None:
    """The reason why a rule does not run; None for a rule that does not exist."""
    later = next((rule for rule in scenario.not_due if rule.name == name), None)
    if later is not None:
        return texts.NOT_DUE(after=duration(later.after or timedelta()))
    results = scenario.decisions[name].results if name in scenario.decisions else ()
    return next((sentence(result.as_dict()) for result in results if result.stops), None)


def _other_channels(keys: HandlerTestKeys, scenario: Scenario) -> Iterator[Text]:
    """The rules that notify another channel than expected."""
    notified = {rule.name: channel_of(rule) for rule in scenario.ran}
    for name, channel in keys.channels.items():
        if name not in notified and name in scenario.decisions and name not in keys.expect:
            yield texts.EXPECTED_TO_RUN(name=name, why=_why(name, scenario) or EMPTY)
        elif notified.get(name, channel) != channel:
            yield texts.OTHER_CHANNEL(name=name, channel=notified[name], expected=channel)


def _without_effect(given: GivenKeys, scenario: Scenario) -> Iterator[Text]:
    """The rules for which the test gives a result, although no run of theirs can have one."""
    rules = {rule.name: rule for rule in scenario.ran}
    for name in (*given.failed, *given.succeeded):
        rule = rules.get(name)
        if rule is None:
            if name in scenario.decisions:
                yield texts.CANNOT_END(name=name)
        elif not scenario.is_followed(rule):
            yield texts.IS_NOT_FOLLOWED(name=name, mode=str(rule.mode))


def _change(test: HandlerTest, known: Mapping[str, DetectionRule], now: datetime) -> IncidentChange:
    incident, given = _incident(test, known, now), test.keys.given
    return IncidentChange(incident, test.keys.on, "test", None, joined=given.effect)


def _incident(test: HandlerTest, known: Mapping[str, DetectionRule], now: datetime) -> IncidentView:
    """The incident of the test, which has been open for a day."""
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
