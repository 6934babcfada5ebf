"""One action run in one line, with the output of its script."""

from __future__ import annotations

from typing import NamedTuple

from handlers.cards.elements import NO_BREAK_SPACE, WIDE, Element, line, run
from handlers.cards.escape import plain
from handlers.cards.size_limit import CardLimits
from shared.model import Mode, RunState
from shared.records import RunView
from shared.texts import Text, actions, cards
from shared.texts.locale import Locale
from shared.texts.recorded import output_of, run_error, run_text


class Result(NamedTuple):
    """The display of a run's state. The text repeats the meaning of the colour, for readers who do not see colours."""

    glyph: str
    color: str
    text: Text


DRY_RUN = Result("🧪", "accent", cards.DRY_RUN)
RETRYING = Result("🔁", "warning", cards.RETRYING)
DID_NOT_HELP = Result("❌", "attention", cards.DID_NOT_HELP)
WAITS_FOR_APPROVAL = Result("✋", "warning", cards.WAITS_FOR_APPROVAL)
RESULTS = {
    RunState.DONE: Result("✅", "good", cards.DONE),
    RunState.FAILED: Result("❌", "attention", cards.FAILED),
    RunState.SKIPPED: Result("➖", "default", cards.SKIPPED),
    RunState.PLANNED: Result("⏳", "default", cards.PLANNED),
    RunState.RUNNING: Result("⏳", "default", cards.RUNNING),
}


def run_line(view: RunView, locale: Locale, limits: CardLimits) -> Element:
    """Symbol, handler rule, state, result or error, and whether the run can be undone."""
    result = _result(view)
    pieces = [
        run(f"{result.glyph} "),
        run(plain(view.handler_rule, limits.word) or "–", weight="Bolder"),
        run(f"{WIDE}{locale.text(result.text)}", color=result.color, weight="Bolder", size="Small"),
    ]
    text = plain(locale.with_local_times(_text(view, locale)), limits.sentence)
    if text:
        pieces.append(run(f"{WIDE}{text}"))
    if result in (RESULTS[RunState.DONE], DID_NOT_HELP) and (view.can_be_undone or view.undone_at):
        undo = cards.UNDONE if view.undone_at else cards.UNDO(id=view.id)
        pieces.append(run(f"{WIDE}↩{NO_BREAK_SPACE}{locale.text(undo)}", isSubtle=True, size="Small"))
    return line(*pieces, spacing="Small")


def run_sentence(view: RunView, locale: Locale, limits: CardLimits) -> str:
    """The line of a run as text for messages without markup, such as `✅ close: Done · removed …`."""
    glyph, rule, *pieces = [each["text"].strip(WIDE).strip() for each in run_line(view, locale, limits)["inlines"]]
    return f"{glyph} {rule}: {' · '.join(pieces)}"


def run_elements(view: RunView, locale: Locale, limits: CardLimits) -> list[Element]:
    """The line of a run and the last lines of its script's output."""
    output = output_of(view).splitlines()
    shown = [plain(each, limits.word) for each in output[-limits.output :] if limits.output]
    lines = [
        line(run(each, fontType="Monospace", size="Small", isSubtle=True), spacing="None") for each in shown if each
    ]
    return [run_line(view, locale, limits), *lines]


def _result(view: RunView) -> Result:
    if view.waits_for_approval:
        return WAITS_FOR_APPROVAL
    if view.state is RunState.DONE and view.mode is Mode.DRY_RUN:
        return DRY_RUN
    if view.state is RunState.PLANNED and view.error:
        return RETRYING
    if view.did_not_help:
        return DID_NOT_HELP
    return RESULTS[view.state]


def _text(view: RunView, locale: Locale) -> str:
    if view.waits_for_approval and view.approval_until:
        until, plan = locale.minute(view.approval_until), view.plan(locale.language)
        return locale.text(cards.APPROVE_BY(plan=plan, until=until, id=view.id))
    if view.state is RunState.DONE:
        return run_text(view, locale.language)
    if view.state is RunState.SKIPPED:
        return locale.text(actions.reason(view.reason or ""))
    return run_error(view, locale.language)
