"""Rules: what each rule detects, how often it fired, how its incidents ended, and whether its examples pass."""

# ruff: noqa: PLC0415 - SQLAlchemy and the rules are imported with the first question, not with the process

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import flask

from dashboard.page import Page
from dashboard.page_request import PageRequest
from dashboard.security.roles import UserRole
from shared.errors import InputError
from shared.model import RuleMode
from shared.texts import EMPTY, Text, listed
from shared.texts.cli.rules import NO_SUCH_RULE
from shared.texts.dashboard import rules as texts
from shared.texts.detection import backtest as backtest_texts

if TYPE_CHECKING:
    from db.error_db.rules.modes import RuleModeChange

DAYS = 90
LATELY = 8
BACKTEST_DAYS, MOST_BACKTEST = 30, 5_000  # of the rows of each kind, the latest
MOST_RULE = 20_000  # characters of a rule's file

RESET = "reset"
BUTTONS: Mapping[str, RuleMode | None] = {
    "enable": RuleMode.ENABLED,
    "stage": RuleMode.STAGED,
    "disable": RuleMode.DISABLED,
    RESET: None,
}

PAGE = Page("rules", texts.TITLE, order=70, icon="sliders", key="r")


@PAGE.get("/rules", "rules.html")
def show_list(request: PageRequest) -> dict[str, Any]:
    """The rules: noisy rules first, then those that fired."""
    from dashboard.rule_rows import contains, rule_facts, rule_row, rule_specs
    from shared.texts.detection import modes as mode_texts

    specs, error = rule_specs(request)
    with request.error_db() as session:
        facts = rule_facts(session, request.now)
    rows = [rule_row(spec, facts) for spec in specs.values()]
    find, chosen = request.args.get("find", "").strip().casefold(), request.args.get("show", "all")
    wanted = {
        "fired": lambda row: row.ledger is not None,
        "quiet": lambda row: row.ledger is None,
        "staged": lambda row: row.mode is not RuleMode.ENABLED,
    }
    shown = [row for row in rows if contains(row, find) and wanted.get(chosen, lambda _: True)(row)]
    shown.sort(key=lambda row: (-(row.ledger.fired if row.ledger else 0), row.name))
    on = [row for row in shown if row.mode is RuleMode.ENABLED]
    groups = [
        (texts.NOISY_GROUP, [row for row in on if row.is_noisy]),
        (mode_texts.STAGED_GROUP, [row for row in shown if row.mode is RuleMode.STAGED]),
        (texts.FIRED_GROUP, [row for row in on if row.ledger and not row.is_noisy]),
        (mode_texts.DISABLED_GROUP, [row for row in shown if row.mode is RuleMode.DISABLED]),
        (texts.QUIET_GROUP, [row for row in on if not row.ledger]),
    ]
    fired = [row.ledger for row in rows if row.ledger]
    return {
        "t": texts, "error": error, "groups": [group for group in groups if group[1]], "total": len(rows),
        "noisy": sum(row.is_noisy for row in rows), "fired": len(fired), "chosen": chosen, "find": find,
        "incidents": sum(each.fired for each in fired), "acted": sum(each.acted_on for each in fired),
        "most": max((each.fired for each in fired), default=1), "modes": mode_texts,
        "not_on": sum(row.mode is not RuleMode.ENABLED for row in rows),
    }  # fmt: skip


@PAGE.get("/rules/<path:name>", "rule.html")
def show(request: PageRequest, name: str) -> dict[str, Any]:
    """A rule: how often it fired, its incidents, its definition and its examples."""
    from datetime import timedelta

    from dashboard.rule_rows import description, noise_of, rule_facts, rule_row, rule_specs
    from db.error_db import queries
    from db.error_db.rules import modes
    from handlers.reports.decisions import suggestion
    from insights.own_state import rule_noise
    from shared.model import IncidentKind, Status
    from shared.texts.detection import modes as mode_texts

    spec = rule_specs(request)[0].get(name)
    if spec is None:
        flask.abort(404)
    today = request.locale.local(request.now).replace(hour=0, minute=0, second=0, microsecond=0)
    first = today - timedelta(days=DAYS - 1)
    with request.error_db() as session:
        facts = rule_facts(session, request.now, rule=name)
        staged = modes.latest(session, name, limit=LATELY)
        days = rule_noise.days(session, name, first, DAYS)
        wanted = queries.IncidentFilter(status=tuple(Status), rule=name)
        lately = queries.incidents(session, wanted, limit=LATELY)
    row, ledger = rule_row(spec, facts), facts.ledgers.get(name)
    tried = _backtest(request, spec) if "backtest" in request.args else None
    cases = _examples(request, spec)
    return {
        "t": texts, "row": row, "spec": spec, "kind": IncidentKind(spec["kind"]), "ledger": ledger, "lately": lately, "cases": cases,
        "days": [(first + timedelta(days=number), count) for number, count in enumerate(days)],
        "passed": sum(not problem for _, problem in cases), "source": _source(request, spec),
        "command": suggestion(noise_of(ledger)) if ledger and row.is_noisy else "",
        "description": description(spec), "quiet": timedelta(seconds=spec.get("quiet") or 0),
        "tried": tried, "backtest": backtest_texts, "backtest_days": BACKTEST_DAYS,
        "staged": staged, "changed": facts.modes.get(name), "modes": mode_texts,
        "buttons": [each for each in BUTTONS if BUTTONS[each] is not row.mode and (each != RESET or _is_changed(facts.modes.get(name)))],
    }  # fmt: skip


@PAGE.post("/rules/<path:name>/mode", role=UserRole.ADMIN)
def change_mode(request: PageRequest, name: str) -> Any:
    """Sets the mode of the rule to on, off or staged, or back to the mode in its file."""
    from dashboard.rule_rows import rule_specs
    from db.error_db.rules import modes
    from shared.texts.detection import modes as mode_texts

    wanted = request.form.get("mode", "")
    if name not in rule_specs(request)[0]:
        raise InputError(NO_SUCH_RULE(name=name, suggestion=EMPTY))
    if wanted not in BUTTONS:
        raise InputError(mode_texts.UNKNOWN_MODE(mode=wanted[:40], modes=listed(BUTTONS)))
    mode, note = BUTTONS[wanted], request.form.get("note", "").strip()[:500]
    with request.change() as transaction:
        modes.change(transaction.session, [name], mode, by=request.user.name, note=note, now=request.now)
    request.notify(mode_texts.CHANGED[mode](count=1, rules=name))
    return request.redirect("rules.show", name=name)


def _backtest(request: PageRequest, spec: Mapping[str, Any]) -> dict[str, Any]:
    """The backtest of the rule on stored events, as sentences and events; for a correlation, why there is none."""
    from contextlib import ExitStack
    from datetime import timedelta

    from collectors.metrics_analysis.backtest import sentences, stored
    from dashboard.rule_rows import rule_specs

    if "timespan" in spec:
        return {"lines": [backtest_texts.NEEDS_ENTRIES(rule=spec["name"])], "result": None}
    period = stored.BacktestPeriod(request.now - timedelta(days=BACKTEST_DAYS), request.now, MOST_BACKTEST)
    with ExitStack() as stack:
        errors, schema = stack.enter_context(request.error_db()), stack.enter_context(request.schema_db())
        result = stored.backtest(dict(spec), rule_specs(request)[0], period, errors, schema)
    lines = [*sentences.summary(result, BACKTEST_DAYS), *sentences.limits_of(result, MOST_BACKTEST, is_stored=True)]
    return {"lines": lines, "result": result}


def _is_changed(change: RuleModeChange | None) -> bool:
    """Whether a person gave the rule another mode than that of its file."""
    return change is not None and change.mode is not None


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
