"""`hinomi handlers test --all`: runs the tests next to a file of handler rules."""

from __future__ import annotations

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
    from handlers.rule_tests.check import DetectionRule, HandlerTestResult


def run_all(rules: Path | None, *, as_json: bool) -> None:
    """Prints the failed tests, and the rules without a test; exit code 1 if a test fails.

    Raises InputError for an invalid file.
    """
    from handlers.owners.recipients import Recipients
    from handlers.rule_tests.check import file_of_tests, read_tests, run_test, untested

    settings = config.load()
    path = rules or settings.rules_dir / "handlers.yaml"
    file, tests = read_rule_file(path), read_tests(file_of_tests(path))
    specs, recipients = file.rules, Recipients.of_defaults(file.defaults)
    known, now = _detection_rules(settings), datetime.now(UTC)
    results = [run_test(test, specs, known, now, recipients) for test in tests]
    failed = [result for result in results if result.problems]
    if as_json:
        output.emit_json([_record(result) for result in results])
    else:
        for result in failed:
            _print_failed(result)
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
        "line": result.test.line,
        "passed": not result.problems,
        "ran": list(result.ran),
        "problems": [problem.en for problem in result.problems],
    }
