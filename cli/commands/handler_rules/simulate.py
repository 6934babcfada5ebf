"""`hinomi handlers simulate`: what handler rules would have decided for past incidents."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import database, length_options
from cli.commands.handler_rules.changes import AsJson, read_rule_file, rule_set
from cli.language import echo, localize
from cli.printable import clean
from cli.views import output
from shared import config
from shared.texts import Text, joined
from shared.texts.handler_rules import simulation as texts
from shared.texts.locale import in_zone
from shared.texts.terms import term

if TYPE_CHECKING:
    from handlers.editing.simulation import RuleCounts, RuleSimulation

SHOWN, LONGEST = 20, 365


def simulate(
    file: Annotated[Path | None, typer.Argument(show_default=False)] = None,
    *,
    days: Annotated[int, typer.Option(min=1, max=LONGEST, metavar=length_options.DAYS)] = 30,
    everything: Annotated[bool, typer.Option("--all")] = False,
    as_json: AsJson = False,
) -> None:
    """Show which decisions on the incidents of the last days would differ with the rules of a file. Runs nothing."""
    from db.error_db import handler_rules
    from handlers.editing import simulation
    from handlers.versions.apply import defaults_of, plan_file

    settings, now = config.load(), datetime.now(UTC)
    path = file or settings.rules_dir / "handlers.yaml"
    planned_file = rule_set(read_rule_file(path)) if file or path.exists() else None
    with database.opened(settings) as store, store.reading() as session:
        stored, defaults = handler_rules.states(session), defaults_of(session)
        old = new = simulation.version_set(stored, defaults)
        if planned_file is not None:
            planned = plan_file(session, planned_file)
            new = simulation.version_set(planned.rules, planned.defaults)
        result = simulation.simulate(session, old, new, now, days=days, everything=everything)
    if as_json:
        output.emit_json(_record(result))
    else:
        _print(result, days, settings)


def _print(result: RuleSimulation, days: int, settings: config.Settings) -> None:
    from cli.views.rows import print_rows

    if not result.counts:
        echo(texts.NO_CHANGE)
        return
    console, tz = output.console(), output.zone(settings.timezone)
    before, after = (totals.text for totals in result.totals)
    line = texts.WITH_CHANGE(after=after, before=before) if before.en != after.en else texts.AS_THEY_ARE(totals=after)
    output.print_text(console, line)
    print_rows(console, [texts.RULE, texts.MATCHES, texts.RUNS, texts.STOPPED], list(map(_counts, result.counts)))
    if result.differences:
        rows = [
            [
                output.styled(f"#{each.incident.id}"),
                output.styled(each.rule),
                output.styled(localize(term(each.trigger))),
                output.styled(clean(localize(each.before))),
                output.styled(clean(localize(each.after))),
            ]
            for each in result.differences[:SHOWN]
        ]
        columns = [texts.INCIDENT, texts.RULE, texts.EVENT, texts.AS_IT_IS, texts.AFTER]
        print_rows(console, columns, rows, prose=[texts.AS_IT_IS, texts.AFTER])
        if len(result.differences) > SHOWN:
            echo(texts.MORE(count=len(result.differences) - SHOWN))
    else:
        echo(texts.NO_DIFFERENCE(count=days))
    echo(texts.SIMULATED_ON(count=result.total, day=f"{in_zone(result.since, tz):%Y-%m-%d}"))
    echo(texts.NOT_SIMULATED)


def _counts(each: RuleCounts) -> list[Any]:
    reasons = joined([texts.REASON(reason=reason, count=count) for reason, count in each.stopped])
    pairs = (_pair(each.matched), _pair(each.runs))
    return [
        output.styled(each.name),
        *(output.styled(localize(pair)) for pair in pairs),
        output.styled(localize(reasons)),
    ]


def _pair(numbers: tuple[int, int]) -> Text:
    before, after = numbers
    return Text.verbatim(str(after)) if before == after else texts.NOW_AND_THEN(after=after, before=before)


def _record(result: RuleSimulation) -> dict[str, Any]:
    before, after = result.totals
    return {
        "since": result.since,
        "incidents": result.total,
        "before": asdict(before),
        "after": asdict(after),
        "rules": [
            {
                "rule": each.name,
                "matched": {"before": each.matched[0], "after": each.matched[1]},
                "runs": {"before": each.runs[0], "after": each.runs[1]},
                "stopped": {localize(reason): count for reason, count in each.stopped},
            }
            for each in result.counts
        ],
        "differences": [
            {
                "incident": each.incident.id,
                "rule": each.rule,
                "on": each.trigger,
                "before": localize(each.before),
                "after": localize(each.after),
            }
            for each in result.differences
        ],
    }
