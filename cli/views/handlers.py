"""Handler rules, their decisions and the runs of actions at the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.text import Text

from cli.language import listed, localize
from cli.views import output
from shared import config
from shared.durations import duration_text
from shared.model import Mode, RunState
from shared.texts import EMPTY, joined
from shared.texts import Text as Localized
from shared.texts import owners as owner_texts
from shared.texts.actions import reason
from shared.texts.cli import handlers as texts
from shared.texts.recorded import localized, run_error, run_text
from shared.texts.remediations import brakes as brake_texts
from shared.texts.remediations import undo as undo_texts
from shared.texts.stages import later_start, sentence, stage_name
from shared.texts.terms import term

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from rich.console import Console

    from cli.entries.handler_test import HandlerDecision
    from handlers.spec import HandlerSpec
    from shared.records import BreakerView, IncidentChange, RunView

STYLES = {RunState.DONE: "green", RunState.FAILED: "bold red", RunState.SKIPPED: "dim"}


def print_handler_rules(
    console: Console, rules: Sequence[HandlerSpec], stopped: Sequence[BreakerView], zone: ZoneInfo
) -> None:
    """Prints each handler rule: its trigger, its incidents, its action, its limits, and whether it is stopped."""
    from handlers.silences.matcher import matcher_text
    from handlers.spec import chained

    steps = chained(rules)
    for rule in rules:
        name = rule.name if rule.enabled else localize(texts.DISABLED(name=rule.name))
        console.print(output.styled(name, "bold"))
        how = texts.DOES_HOW(action=rule.action, how=_how(rule))
        facts: list[tuple[str | Localized, object]] = [
            (texts.WHEN, localize(texts.AS_STEP(rule=steps[rule.name])) if rule.name in steps else _triggers(rule)),
            (texts.FOR, localize(matcher_text(rule.match.as_dict()) or texts.EVERYTHING)),
            (texts.DOES, localize(how)),
            (texts.WITH, listed(f"{name} {_parameter(value)}" for name, value in rule.params.items())),
            *(
                (brake_texts.BREAKER, localize(_stopped(each, zone)))
                for each in stopped
                if each.handler_rule == rule.name
            ),
        ]
        output.print_details(console, facts, indent=2)


def _parameter(value: object) -> str:
    """The value of a parameter: text as it is, anything else as YAML has it in handlers.yaml."""
    return value if isinstance(value, str) else output.json_text(value)


def _stopped(breaker: BreakerView, zone: ZoneInfo) -> Localized:
    until = output.clock(breaker.retry_at, zone) if breaker.retry_at else ""
    return brake_texts.STOPPED_UNTIL(until=until, reason=breaker.reason)


def _how(rule: HandlerSpec) -> Localized:
    from handlers.remediations.limits import limits_of

    parts = [term(rule.mode)]
    if rule.after:
        parts.append(texts.AFTER(duration=duration_text(rule.after, units=1)))
    if rule.repeat:
        parts.append(texts.REPEAT(duration=duration_text(rule.repeat, units=1)))
    if rule.on_call:
        parts.append(texts.BY_ROTATION(name=rule.on_call))
    if rule.to_owner:
        parts.append(owner_texts.TO_OWNER)
    if rule.hours:
        windows, is_quiet = listed(rule.hours.calendar.texts), rule.hours.is_quiet
        template = texts.QUIET_HOURS if is_quiet else texts.HOURS
        parts.append(template(windows=windows, zone=rule.hours.calendar.timezone))
    parts.extend(limits_of(rule))
    if rule.then:
        parts.append(texts.THEN(rule=rule.then))
    if rule.after_success:
        parts.append(texts.AFTER_SUCCESS(rule=rule.after_success))
    return joined(parts)


def print_decisions(console: Console, change: IncidentChange, decisions: Sequence[HandlerDecision]) -> None:
    """Prints for each handler rule whether it would run for a change, and the decision of each stage."""
    incident = localized(change.incident, config.language())
    text = texts.CHANGE_OF(rule=incident.rule, trigger=_trigger(change.trigger), summary=incident.summary)
    console.print(output.hanging(output.prose(localize(text), "bold"), 2, console.width), soft_wrap=True)
    for decision in decisions:
        runs = localize(texts.RUNS if decision.run else texts.DOES_NOT_RUN)
        line = Text.assemble("  ", output.styled(decision.handler, "bold"), "  ")
        console.print(line.append(runs, "green" if decision.run else "dim"), soft_wrap=True)
        print_stages(console, decision.stages, indent=4)


def print_stages(console: Console, stages: Sequence[Mapping[str, Any]], *, indent: int) -> None:
    """Prints the result of each stage of a decision, one line each."""
    rows: list[tuple[str | Localized, object]] = [
        (stage_name(each), output.prose(localize(sentence(each)))) for each in stages
    ]
    output.print_details(console, rows, indent=indent)


def print_runs(console: Console, runs: Sequence[RunView], now: datetime) -> None:
    """Prints the runs of actions: state, handler rule, age, and the result or the reason why the run waits."""
    language = config.language()
    for run in runs:
        state = texts.STATE_AND_MODE(state=state_term(run), mode=term(mode_of(run)))
        age = output.ago(run.finished_at or run.created_at, now)
        rest = texts.RUN_OF(rule=run.handler_rule, trigger=_trigger(run.trigger), age=age)
        line = Text.assemble(
            f"{localize(texts.INCIDENT(id=run.incident_id))}  ",
            output.styled(localize(state), STYLES.get(RunState.FAILED if run.did_not_help else run.state, "yellow")),
            output.styled(f"  {localize(rest)}"),
        )
        console.print(output.hanging(line, 2, console.width), soft_wrap=True)
        what = run_error(run, language) or result_text(run, language)
        starts = later_start(run.decision) if run.state is RunState.PLANNED else EMPTY
        waits = localize(starts or texts.WAITS_FOR(target=run.target))
        console.print(output.hanging(output.prose(f"  {what or waits}"), 2, console.width), soft_wrap=True)


def mode_of(run: RunView) -> Mode:
    """The mode of a run; a run whose approval was denied or expired is stored as a dry run."""
    return Mode.APPROVE if run.approval and run.mode is Mode.DRY_RUN else Mode(run.mode)


def state_term(run: RunView) -> Localized:
    """The state of a run in words; a planned run that waits for approval has a term of its own."""
    if run.worker and run.state is RunState.PLANNED:
        return texts.WAITS_FOR_WORKER(worker=run.worker)
    if run.did_not_help:
        return texts.DONE_WITHOUT_HELP
    return texts.WAITS_FOR_APPROVAL if run.waits_for_approval else term(RunState(run.state))


def result_text(run: RunView, language: str) -> str:
    """The result of a run, the waiting plan, or why it was skipped; with the person who decided."""
    if run.waits_for_approval:
        return run.plan(language)
    text = run_text(run, language) or localize(reason(run.reason or ""))
    return " ".join(part for part in (text, localize(_remark(run))) if part)


def _remark(run: RunView) -> Localized:
    """The person who decided on a run, and whether the run was undone or can be."""
    decided = EMPTY
    if run.decided_by and run.state is not RunState.SKIPPED:
        undoes = undo_texts.UNDO_OF(id=run.undo_of or 0, by=run.decided_by)
        decided = undoes if run.undo_of else texts.APPROVED_BY(by=run.decided_by)
    undo = undo_texts.UNDO_WITH(id=run.id) if run.can_be_undone else EMPTY
    return joined(
        [part for part in (decided, undo_texts.UNDONE if run.undone_at else undo) if part], Localized.verbatim(" ")
    )


def _triggers(rule: HandlerSpec) -> str:
    return localize(joined(map(_trigger, rule.on)))


def _trigger(name: str) -> Localized:
    """In English the trigger as written in `on:`, in other languages its name."""
    from shared.model import Trigger

    return Localized(en=str(name), ja=term(Trigger(name)).ja)
