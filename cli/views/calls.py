"""Prints the calls of remediations: calls that were made, with their responses, or planned calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from cli.language import localize
from cli.views import output
from handlers.remediations.audit import planned_calls
from shared.config import Settings
from shared.records import RunView
from shared.texts import Text as Localized
from shared.texts import joined
from shared.texts.cli import incidents as texts

CallsByRun = Mapping[int, Sequence[Mapping[str, Any]]]


def print_calls(console: Console, runs: Sequence[RunView], calls: CallsByRun, settings: Settings) -> None:
    """Prints the calls of each remediation, one per line: method, URL, summary of the body, and summary of the response."""
    for run in runs:
        made = calls.get(run.id)
        heading, lines = texts.CALLS_OF, list(map(_made, made or ()))
        if not made:
            heading, lines = texts.PLANNED_CALLS_OF, list(map(_request, planned_calls(run, settings.redact)))
        if lines:
            title = localize(heading(rule=run.handler_rule, run=run.id))
            console.print(Text(f"\n{title}", style="bold"))
        for line in lines:
            console.print(Text.assemble("  ", output.styled(line)), soft_wrap=True)  # in one piece, to copy it


def _made(call: Mapping[str, Any]) -> str:
    return f"{_request(call)} → {localize(joined(_answer(call)))}"


def _request(call: Mapping[str, Any]) -> str:
    body = output.json_text(call["body"]) if call.get("body") else ""
    return " ".join(part for part in (call["method"], call["url"], body) if part)


def _answer(call: Mapping[str, Any]) -> Iterator[Localized]:
    """The status of the answer and its message, whether the call took effect, and the attempt if it is not the first."""
    if call["status"] is not None:
        yield Localized.verbatim(" ".join(filter(None, (str(call["status"]), call["answer"]))))
    elif call["answer"]:
        yield Localized.verbatim(call["answer"])
    yield texts.EFFECTS_OF_CALLS[call["effect"]]
    if call["attempt"] > 1:
        yield texts.ATTEMPT(number=call["attempt"])
