"""One action run in one line."""

from __future__ import annotations

from handlers.cards.elements import WIDE, Element, line, run
from handlers.cards.escape import plain
from handlers.cards.size_limit import Limits
from handlers.i18n import Words
from shared.model import Mode, RunState
from shared.records import RunView
from shared.translation import run_error, run_text

# What a run came to → glyph and colour; the word says it too, for those who do not see colours.
LOOKS = {
    "done": ("✅", "good"),
    "dry_run": ("🧪", "accent"),
    "failed": ("❌", "attention"),
    "retrying": ("🔁", "warning"),
    "skipped": ("➖", "default"),
    "planned": ("⏳", "default"),
    "running": ("⏳", "default"),
}


def run_line(view: RunView, words: Words, limits: Limits) -> Element:
    """Glyph, handler rule, what it came to, its result or error, and whether it can be undone."""
    outcome = _outcome(view)
    glyph, color = LOOKS[outcome]
    pieces = [
        run(f"{glyph} "),
        run(plain(view.handler_rule, limits.word) or "–", weight="Bolder"),
        run(f"{WIDE}{words(f'run.{outcome}')}", color=color, weight="Bolder", size="Small"),
    ]
    text = plain(_text(view, words), limits.sentence)
    if text:
        pieces.append(run(f"{WIDE}{text}"))
    if view.undo and outcome == "done":
        pieces.append(run(f"{WIDE}↩ {words('run.undo')}", isSubtle=True, size="Small"))
    return line(*pieces, spacing="Small")


def _outcome(view: RunView) -> str:
    if view.state is RunState.DONE and view.mode is Mode.DRY_RUN:
        return "dry_run"
    if view.state is RunState.PLANNED and view.error:
        return "retrying"
    return str(view.state)


def _text(view: RunView, words: Words) -> str:
    if view.state is RunState.DONE:
        return run_text(view, words.language)
    if view.state is RunState.SKIPPED:
        return words.reason(view.reason or "")
    return run_error(view, words.language)
