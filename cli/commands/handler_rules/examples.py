"""`hinomi handlers test --all`: runs the tests beside a file of handler rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cli.commands.handler_rules.changes import read_rule_file
from cli.language import echo
from cli.views import output
from shared import config
from shared.texts.cli import handlers as texts

if TYPE_CHECKING:
    from handlers.rule_tests.check import DetectionRule, HandlerTest, HandlerTestResult


def run_all(rules: Path | None, *, as_json: bool) -> None:
    """Prints the failed and skipped tests, and the rules without a test; exit code 1 if a test fails.

    Raises InputError for an invalid file.
    """
    from handlers.owners.recipients import Recipients
    from handlers.rule_tests.check import files_of_tests, read_tests, run_test, untested

    settings = config.load()
    path = rules or settings.rules_dir / "handlers.yaml"
    file, read = read_rule_file(path), [test for each in files_of_tests(path) for test in read_tests(each)]
    specs, recipients = file.rules, Recipients.of_defaults(file.defaults)
    known, now, names = _detection_rules(settings), datetime.now(UTC), [rule.name for rule in specs]
    tests, skipped = [each for each in read if not each.removed(names)], [each for each in read if each.removed(names)]
    results = [run_test(test, specs, known, now, recipients) for test in tests]
    failed = [result for result in results if result.problems]
    if as_json:
        output.emit_json([_record(each) for each in results])
    else:
        for result in failed:
            _print_failed(result)
        _print_skipped(skipped, names)
        for name in untested(specs, tests):
            echo(texts.UNTESTED(name=name))
        counts = {"tests": texts.TESTS(count=len(tests)), "rules": texts.RULES(count=len(specs))}
        echo(texts.TESTED(failed=len(failed), **counts))
    if failed:
        raise typer.Exit(1)


def _print_failed(result: HandlerTestResult) -> None:
    place = f"{result.test.file}:{result.test.line}"
    for problem in result.problems:
        echo(texts.TEST_FAILED(place=place, name=result.test.keys.name, problem=problem))


def _print_skipped(skipped: Sequence[HandlerTest], known: Sequence[str]) -> None:
    """One line for each file whose tests are about rules that were removed."""
    for file in dict.fromkeys(test.file for test in skipped):
        tests = [test for test in skipped if test.file == file]
        names = ", ".join(dict.fromkeys(name for test in tests for name in test.removed(known)))
        echo(texts.SKIPPED(tests=texts.TESTS(count=len(tests)), file=file, names=names))


def _detection_rules(settings: config.Settings) -> dict[str, DetectionRule]:
    """The detection rules that open incidents, by name."""
    from collectors.metrics_analysis.sigma import artifact
    from handlers.rule_tests.check import DetectionRule
    from shared.model import IncidentKind, Severity

    made = artifact.load(settings.rules_dir)
    specs = [spec for spec in made["rules"] if not spec["silent"]] + made["correlations"]
    return {
        spec["name"]: DetectionRule(IncidentKind(spec["kind"]), Severity(spec["level"]), spec["service"])
        for spec in specs
    }


def _record(result: HandlerTestResult) -> dict[str, Any]:
    return {
        "name": result.test.keys.name,
        "file": result.test.file,
        "line": result.test.line,
        "passed": not result.problems,
        "ran": list(result.ran),
        "problems": [problem.en for problem in result.problems],
    }
