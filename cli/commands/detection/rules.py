"""`hinomi rules`: the detection rules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.command_group import command_group
from cli.commands.detection import rule_backtest, rule_modes
from cli.language import echo, localize
from cli.printable import clean
from shared import config
from shared.model import RuleMode
from shared.texts import Text
from shared.texts.cli import rules as texts
from shared.texts.detection import modes as mode_texts

if TYPE_CHECKING:
    from db.error_db.rules.modes import StagedCount
    from shared.errors import InputError

NEAREST = 3  # rules that are explained when none is named

app = command_group()

FolderOption = Annotated[Path | None, typer.Option("--rules-dir", show_default=False)]
JsonOption = Annotated[bool, typer.Option("--json")]


@app.command()
def check(*, rules_dir: FolderOption = None) -> None:
    """Validate the rules and their examples. All errors of all files, with file and line; exit code 2 for errors."""
    from collectors.metrics_analysis.compiler import examples

    folder = _folder(rules_dir)
    warnings: list[InputError] = []
    made = _compiled(folder, warnings)
    for warning in warnings:
        typer.echo(clean(localize(texts.WARNING(warning=warning.full_text))), err=True)
    if errors := examples.missing(folder, made):
        for error in errors:
            typer.echo(clean(localize(error.full_text)), err=True)
        raise typer.Exit(2)
    checks = texts.LOAD_CHECKS(count=len(made["load"]))
    echo(texts.VALID(rules=texts.RULES(count=_count(made)), load_checks=checks))


@app.command(name="test")
def run_examples(*, rules_dir: FolderOption = None, as_json: JsonOption = False) -> None:
    """Run the examples of the rules; exit code 1 if an example fails."""
    from cli.views.output import emit_json
    from collectors.metrics_analysis.compiler import examples
    from collectors.metrics_analysis.sigma.engine import Engine

    folder = _folder(rules_dir)
    made = _compiled(folder)
    engine = Engine(made, is_monitored=examples.is_monitored)
    results = [(case, examples.problem(engine, case)) for case in examples.cases(folder, made)]
    failed = [(case, problem) for case, problem in results if problem]
    if as_json:
        emit_json([_result(case, problem) for case, problem in results])
    else:
        for case, problem in failed:
            typer.echo(f"{case.file}: {case.section}: {case.title}: {localize(problem)}", err=True)
        examples_of, rules_of = texts.EXAMPLES(count=len(results)), texts.RULES(count=_count(made))
        echo(texts.TESTED(examples=examples_of, rules=rules_of, failed=len(failed)))
    if failed:
        raise typer.Exit(1)


@app.command()
def explain(
    names: Annotated[list[str], typer.Argument(metavar="[RULE] FILE", show_default=False)],
    *,
    limit: Annotated[int, typer.Option(min=1, max=1_000)] = 3,
    rules_dir: FolderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show why a rule matches log entries or not: each condition with its values.

    Without a rule: the most similar rules.
    """
    from itertools import islice

    from cli.entries.explained import log_entries, rules_named
    from cli.views import explanations, output
    from collectors.metrics_analysis.loop_guard import is_own
    from collectors.metrics_analysis.sigma.explain import explain as explain_rule
    from collectors.metrics_analysis.sigma.explain import nearest
    from shared.errors import InputError
    from shared.identity.service_agents import numbers_of

    if len(names) > 2:
        raise InputError(texts.RULE_AND_ENTRY)
    *rule_names, file = names
    artifact = _loaded(_folder(rules_dir))
    specs = rules_named(rule_names[0], artifact) if rule_names else artifact["rules"]
    by_name = {spec["name"]: spec for spec in artifact["rules"]}
    entries = list(islice(log_entries(file, artifact), limit + 1))
    settings, console, records = config.load(), output.console(), []
    is_monitored = numbers_of(settings.project_numbers, settings.scope)
    for number, entry in entries[:limit]:
        found = (
            [explain_rule(spec, entry, is_monitored) for spec in specs]
            if rule_names
            else nearest(specs, entry, is_monitored, most=NEAREST)
        )
        records += [{"entry": number, **explanations.record(each)} for each in found]
        if as_json:
            continue
        explanations.print_entry(console, number, entry, found, is_own=is_own(entry, settings, lambda _: True))
        for each in found:
            notes = explanations.notes_of(by_name[each.rule], artifact["correlations"])
            explanations.print_explanation(console, each, notes)
    if as_json:
        output.emit_json(records)
    elif not entries:
        echo(texts.NO_ENTRIES(file=file))
    elif len(entries) > limit:
        echo(texts.MORE_ENTRIES(count=limit))


def _named(rule: str) -> tuple[str, str]:
    """The names that a person may have meant: the rule, or the pattern of all rules of its service."""
    return rule, f"{rule.partition('/')[0]}/*"


@app.command(name="list")
def list_(
    names: Annotated[list[str] | None, typer.Argument(metavar="[RULE]...", show_default=False)] = None,
    *,
    rules_dir: FolderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every rule with its kind, its severity and its title; rules in `names`, which may be patterns, with their description."""
    from cli.views.output import console, emit_json, severity, styled
    from cli.views.rows import print_rows
    from shared.errors import InputError
    from shared.model import IncidentKind
    from shared.suggestions import did_you_mean
    from shared.texts.terms import term

    made = _loaded(_folder(rules_dir))
    rows = [row for row in _rows(made) if not names or any(fnmatchcase(row["rule"], name) for name in names)]
    if not rows and names:
        text = " ".join(names)
        near = did_you_mean(text.replace("*", ""), {part for row in _rows(made) for part in _named(row["rule"])})
        raise InputError(texts.NO_SUCH_RULES(names=text, suggestion=near or texts.LIST_RULES))
    modes, staged = ({}, {}) if rules_dir else rule_modes.modes_of([*made["rules"], *made["correlations"]])
    rows = [_with_mode(row, modes.get(row["rule"]), staged.get(row["rule"])) for row in rows]
    if as_json:
        emit_json(rows)
        return
    titles = _titles(made)
    if names:
        for row in rows:
            echo(texts.DESCRIBED(name=row["rule"], title=titles.get(row["rule"]) or row["title"], text=_described(row)))
        return
    cells: list[list[Any]] = [
        [
            styled(row["rule"]),
            styled(localize(term(IncidentKind(row["kind"]))).lower()),
            severity(row["level"]),
            styled(localize(mode_texts.MODES[row["mode"]])),
            styled(titles.get(row["rule"]) or row["title"]),
        ]
        for row in rows
    ]
    columns = [texts.RULE, texts.KIND, texts.LEVEL, mode_texts.MODE, texts.TITLE]
    print_rows(console(), columns, cells, prose=[texts.TITLE])
    for row in rows:
        if row["mode"] is RuleMode.STAGED:
            echo(rule_modes.staged_text(row["rule"], staged.get(row["rule"])))


for command in (rule_modes.enable, rule_modes.stage, rule_modes.disable, rule_modes.reset, rule_backtest.backtest):
    app.command()(command)


@app.command(name="compile")
def compile_(*, rules_dir: FolderOption = None) -> None:
    """Write compiled.json, which a deployed function loads instead of the rule files."""
    from collectors.metrics_analysis.sigma import artifact

    folder = _folder(rules_dir)
    made = _compiled(folder)
    path = artifact.write(folder, made)
    size = f"{path.stat().st_size / 1024:.0f}"
    echo(texts.COMPILED(path=str(path), rules=texts.RULES(count=_count(made)), size=size))


@app.command()
def reference(*, rules_dir: FolderOption = None) -> None:
    """The reference page of every rule, as Markdown."""
    from cli.reference import rules

    folder = _folder(rules_dir)
    typer.echo(rules.reference(folder, _compiled(folder)), nl=False)


@app.command()
def schema(name: Annotated[str, typer.Argument(show_default=False)] = "") -> None:
    """The JSON Schema of a file that users write, for editors: rule, metrics, metric-overrides, handlers, platform, reporters."""
    from cli.reference import schemas
    from shared.errors import InputError
    from shared.suggestions import did_you_mean, listed

    made = schemas.schemas()
    if name not in made:
        near = did_you_mean(name, made, most=1) or texts.USE_ONE_OF(names=listed(list(made)))
        raise InputError(texts.NO_SCHEMA(name=name, suggestion=near))
    typer.echo(schemas.text(made[name]), nl=False)


@app.command(name="sink-filter")
def sink_filter(
    *,
    rules_dir: Annotated[
        Path | None,
        typer.Option("--rules", "--rules-dir", show_default=False),
    ] = None,
    measure: Annotated[
        list[str] | None,
        typer.Option("--measure", show_default=False),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", show_default=False)] = None,
    as_json: JsonOption = False,
) -> None:
    """The Cloud Logging filters for all entries that rules may match, with as few other entries as possible."""
    from cli.commands.detection import sink_filter
    from collectors.metrics_analysis.sinks.pack import sinks
    from deploy.permissions import of_accounts

    settings = config.load()
    compiled = _compiled(_folder(rules_dir))
    handlers = _folder(rules_dir) / "handlers.yaml"
    made = sinks(
        compiled,
        project=settings.project,
        service_accounts=settings.service_accounts,
        function_names=settings.function_names,
        permissions=of_accounts(compiled, handlers if handlers.exists() else None, settings),
    )
    sink_filter.run(made, measure or [], out, as_json=as_json)


def _folder(rules_dir: Path | None) -> Path:
    return rules_dir or config.load().rules_dir


def _loaded(folder: Path) -> dict[str, Any]:
    """The artifact, compiled only if a rule file changed."""
    from collectors.metrics_analysis.sigma import artifact

    with _errors_by_line():
        return artifact.load(folder)


def _compiled(folder: Path, warnings: list[InputError] | None = None) -> dict[str, Any]:
    """The artifact; constructs that are probably unintended are added to `warnings`."""
    from collectors.metrics_analysis.compiler import compile_rules

    with _errors_by_line():
        return compile_rules(folder, warnings)


@contextmanager
def _errors_by_line() -> Iterator[None]:
    """Writes every error in the rules to standard error as file:line: message, and ends the command with 2."""
    from shared.errors import InputError

    try:
        yield
    except InputError as error:
        for each in getattr(error, "errors", [error]):
            typer.echo(clean(localize(each.full_text)), err=True)
        raise typer.Exit(2) from error


def _count(made: dict[str, Any]) -> int:
    return len(made["rules"]) + len(made["correlations"])


def _titles(made: dict[str, Any]) -> dict[str, str]:
    """The titles of rules by name, in the language of HINOMI_LANGUAGE if the rules have them."""
    specs = [*made["rules"], *made["correlations"]]
    return {spec["name"]: spec.get("translations", {}).get(config.language(), {}).get("title", "") for spec in specs}


def _described(row: dict[str, Any]) -> str:
    """The description of a rule in the language of HINOMI_LANGUAGE, in English if it has none there."""
    return str(row.get(f"description_{config.language()}") or row["description"])


def _with_mode(row: dict[str, Any], mode: RuleMode | None, staged: StagedCount | None) -> dict[str, Any]:
    """The row with the current mode of its rule, and with the findings of a staged rule."""
    found = {"findings": staged.findings, "problems": staged.problems, "last": staged.last} if staged else None
    return {**row, "mode": mode or RuleMode(row["mode"]), "would_have_fired": found}


def _rows(made: dict[str, Any]) -> list[dict[str, Any]]:
    speaking = [spec for spec in made["rules"] if not spec["silent"]] + made["correlations"]
    columns = {"rule": "name", "kind": "kind", "level": "level", "title": "title", "mode": "mode"}
    rows = [{name: spec[key] for name, key in columns.items()} | spec["about"] for spec in speaking]
    return sorted(rows, key=lambda row: str(row["rule"]))


def _result(case: Any, problem: Text) -> dict[str, Any]:
    return {
        "rule": case.rule,
        "section": case.section,
        "title": case.title,
        "passed": not problem,
        "problem": problem.en or None,
    }
