"""Rules: what each detects, how often it fired, what became of its incidents, and whether its examples pass."""

# ruff: noqa: PLC0415 - SQLAlchemy and the rules are imported with the first question, not with the process

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import flask

from dashboard.page import Page
from dashboard.page_request import PageRequest
from shared.texts import Text
from shared.texts.dashboard import rules as texts

DAYS = 90
LATELY = 8
MOST_RULE = 20_000  # characters of a rule's file

PAGE = Page("rules", texts.TITLE, order=70, icon="sliders", key="r")


@PAGE.get("/rules", "rules.html")
def show_list(request: PageRequest) -> dict[str, Any]:
    """The rules, those that make noise first, then those that fired."""
    from dashboard.rule_rows import contains, rule_row, rule_specs
    from handlers import registry
    from insights.own_state import rule_noise

    specs, error = rule_specs(request)
    with request.error_db() as session:
        ledgers = rule_noise.ledgers(session, request.now, sorted(registry.remediations()))
    rows = [rule_row(spec, ledgers.get(spec["name"])) for spec in specs.values()]
    find, chosen = request.args.get("find", "").strip().casefold(), request.args.get("show", "all")
    wanted = {"fired": lambda row: row.ledger is not None, "quiet": lambda row: row.ledger is None}
    shown = [row for row in rows if contains(row, find) and wanted.get(chosen, lambda _: True)(row)]
    shown.sort(key=lambda row: (-(row.ledger.fired if row.ledger else 0), row.name))
    groups = [
        (texts.NOISY_GROUP, [row for row in shown if row.is_noisy]),
        (texts.FIRED_GROUP, [row for row in shown if row.ledger and not row.is_noisy]),
        (texts.QUIET_GROUP, [row for row in shown if not row.ledger]),
    ]
    fired = [row.ledger for row in rows if row.ledger]
    return {
        "t": texts, "error": error, "groups": [group for group in groups if group[1]], "total": len(rows),
        "noisy": sum(row.is_noisy for row in rows), "fired": len(fired), "chosen": chosen, "find": find,
        "incidents": sum(each.fired for each in fired), "acted": sum(each.acted_on for each in fired),
        "most": max((each.fired for each in fired), default=1),
    }  # fmt: skip


@PAGE.get("/rules/<path:name>", "rule.html")
def show(request: PageRequest, name: str) -> dict[str, Any]:
    """One rule: how often it fired, its incidents, its definition and its examples."""
    from datetime import timedelta

    from dashboard.rule_rows import description, noise_of, rule_row, rule_specs
    from db.error_db import queries
    from handlers import registry
    from handlers.reports.decisions import suggestion
    from insights.own_state import rule_noise
    from shared.model import IncidentKind, Status

    spec = rule_specs(request)[0].get(name)
    if spec is None:
        flask.abort(404)
    today = request.locale.local(request.now).replace(hour=0, minute=0, second=0, microsecond=0)
    first = today - timedelta(days=DAYS - 1)
    with request.error_db() as session:
        ledger = rule_noise.ledgers(session, request.now, sorted(registry.remediations()), rule=name).get(name)
        days = rule_noise.days(session, name, first, DAYS)
        wanted = queries.IncidentFilter(status=tuple(Status), rule=name)
        lately = queries.incidents(session, wanted, limit=LATELY)
    row = rule_row(spec, ledger)
    cases = _examples(request, spec)
    return {
        "t": texts, "row": row, "spec": spec, "kind": IncidentKind(spec["kind"]), "ledger": ledger, "lately": lately, "cases": cases,
        "days": [(first + timedelta(days=number), count) for number, count in enumerate(days)],
        "passed": sum(not problem for _, problem in cases), "source": _source(request, spec),
        "command": suggestion(noise_of(ledger)) if ledger and row.is_noisy else "",
        "description": description(spec), "quiet": timedelta(seconds=spec.get("quiet") or 0),
    }  # fmt: skip


def _examples(request: PageRequest, spec: Mapping[str, Any]) -> Sequence[tuple[Any, Text]]:
    """The examples of a rule, each with the reason why it fails; none where the example files are not installed."""
    file = request.settings.rules_dir / spec["about"]["file"]
    if not file.with_suffix(".examples.json").exists():
        return ()
    return _checked(request.settings.rules_dir, spec["name"])


@lru_cache(maxsize=200)
def _checked(rules_dir: Path, name: str) -> Sequence[tuple[Any, Text]]:
    """The examples of a rule with their results, run once in a process."""
    from collectors.metrics_analysis.compiler import examples
    from collectors.metrics_analysis.sigma import artifact
    from collectors.metrics_analysis.sigma.engine import Engine

    made = artifact.load(rules_dir)
    engine, own = Engine(made, is_monitored=examples.is_monitored), {**made, "rules": [], "correlations": []}
    for kind in ("rules", "correlations"):
        own[kind] = [spec for spec in made[kind] if spec["name"] == name]
    return [(case, examples.problem(engine, case)) for case in examples.cases(rules_dir, own)]


def _source(request: PageRequest, spec: Mapping[str, Any]) -> str:
    """The text of the rule's file; empty where it is not installed."""
    file = request.settings.rules_dir / str(spec["about"]["file"])
    try:
        return str(file.read_text(encoding="utf-8"))[:MOST_RULE]
    except OSError:
        return ""
