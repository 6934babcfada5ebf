"""Runs one detection rule on log entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory
from typing import Any

from cli.entries.analysis import Analysis
from collectors.metrics_analysis.backtest.result import UNENDED, FiredEvent, RuleBacktest
from collectors.metrics_analysis.evidence import NotUnderstoodError
from collectors.metrics_analysis.sigma import artifact
from shared.config import Settings
from shared.errors import InputError
from shared.model import Finding, RuleMode
from shared.suggestions import did_you_mean
from shared.texts import EMPTY, Text
from shared.texts.cli.rules import NO_SUCH_RULE

Compiled = dict[str, Any]
Entries = Iterable[tuple[int, dict[str, Any]]]


def compiled_rule(rule: str, rules_dir: Path) -> tuple[Compiled, Compiled]:
    """The compiled rule with this name or in a rule file, and the artifact with only this rule and the rules it counts.

    Raises InputError for an unknown name, and for a file with a mistake.
    """
    made = _of_file(Path(rule)) if Path(rule).suffix == ".yml" else artifact.load(rules_dir)
    speaking = [spec for spec in (*made["rules"], *made["correlations"]) if not spec.get("silent")]
    by_name = {spec["name"]: spec for spec in speaking}
    spec = (speaking[0] if speaking else None) if Path(rule).suffix == ".yml" else by_name.get(rule)
    if spec is None:
        raise InputError(NO_SUCH_RULE(name=rule, suggestion=did_you_mean(rule, by_name) or EMPTY))
    spec = {**spec, "mode": RuleMode.ENABLED}
    name = spec["name"]
    bases = [{**each, "feeds": [name], "silent": True} for each in made["rules"] if name in each["feeds"]]
    own = {"rules": bases or [{**spec, "feeds": []}], "correlations": [spec] if bases else [], "load": []}
    return spec, {**made, **own}


def _of_file(path: Path) -> Compiled:
    """The artifact of one file, named after its folder."""
    from collectors.metrics_analysis.compiler import compile_rules

    with TemporaryDirectory() as folder:
        own = Path(folder, path.resolve().parent.name)
        own.mkdir()
        try:
            copy(path, own / path.name)
        except OSError as error:
            raise InputError(str(error.strerror or error), file=path) from error
        return compile_rules(Path(folder))


def on_entries(own: Compiled, entries: Entries, settings: Settings, since: datetime, now: datetime) -> RuleBacktest:
    """The findings of the only rule of an artifact in entries since a time, with correlations, operations and recoveries."""
    spec = (own["correlations"] or own["rules"])[0]
    analysis = Analysis(own, settings, now)
    findings, recovered = list[Finding](), defaultdict[str, list[datetime]](list)
    for line, entry in entries:
        try:
            effects = list(analysis.take(line, entry))
        except NotUnderstoodError:  # such as a report: no rule reads it
            continue
        _sort(effects, findings, recovered)
    _sort(analysis.finish(), findings, recovered)
    fired = sorted(map(_fired, (each for each in findings if each.time >= since)), key=lambda each: each.time)
    quiet = timedelta(seconds=spec["quiet"]) if spec.get("quiet") else UNENDED
    first = datetime.fromisoformat(analysis.first).replace(tzinfo=UTC) if analysis.first else since
    start = max(since, first)
    return RuleBacktest(
        spec["name"], start, max(now, start), tuple(fired), analysis.entries, quiet=quiet, recoveries=recovered
    )


def _sort(effects: Iterable[Any], findings: list[Finding], recovered: dict[str, list[datetime]]) -> None:
    for one in effects:
        if isinstance(one.effect, Finding):
            findings.append(one.effect)
        else:
            recovered[one.effect.fingerprint].append(one.effect.time)


def _fired(finding: Finding) -> FiredEvent:
    japanese = finding.translations.get("ja", {}).get("summary", finding.summary)
    text = Text(en=finding.summary, ja=japanese)
    return FiredEvent(
        finding.time, finding.fingerprint, finding.resource, finding.principal, text, key=finding.event_key
    )
