"""Remediations that wait for approval, at the terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.text import Text as Lines

from cli.language import listed, localize
from cli.views import output
from shared.config import Settings
from shared.durations import duration_text
from shared.records import RunView
from shared.texts import Text
from shared.texts import approvals as texts

DECISIONS = ("approve", "deny")  # the commands that decide


def print_approvals(console: Console, runs: Sequence[RunView], settings: Settings, now: datetime) -> None:
    """Prints each waiting run: its plan, who may approve it, until when, and the commands."""
    zone = output.zone(settings.timezone)
    for run in runs:
        text = texts.HEADLINE(id=run.id, rule=run.handler_rule, target=run.target, incident=run.incident_id)
        console.print(output.hanging(output.styled(localize(text), "bold"), 2, console.width), soft_wrap=True)
        until = run.approval_until or now
        limit = texts.UNTIL(until=output.clock(until, zone), left=duration_text(max(until - now, now - now), units=1))
        facts: list[tuple[str | Text, object]] = [
            (texts.PLAN, output.prose(run.plan(settings.language))),
            (texts.CALLS, _calls((run.approval or {}).get("calls", ()))),
            (texts.MAY_APPROVE, listed(run.approvers) or localize(texts.ANYBODY)),
            (texts.LIMIT, localize(limit)),
            (texts.DECIDE, output.ShellCommands([f"hinomi approvals {each} {run.id}" for each in DECISIONS])),
        ]
        output.print_details(console, facts, indent=2)


def print_plan(console: Console, plan: Text, calls: Sequence[Mapping[str, Any]]) -> None:
    """Prints what a remediation would do, and its calls."""
    console.print(output.hanging(output.prose(localize(plan)), 0, console.width), soft_wrap=True)
    if calls:
        output.print_details(console, [(texts.CALLS, _calls(calls))], indent=2)


def _calls(calls: Iterable[Mapping[str, Any]]) -> Lines:
    """The calls of a plan, one a line: method, URL, and the summary of the body."""
    return output.styled_lines(_call(each) for each in calls)


def _call(call: Mapping[str, Any]) -> str:
    """One call of the plan: method, URL, and the summary of its body."""
    body = json.dumps(call["body"], ensure_ascii=False) if call["body"] else ""
    return " ".join(part for part in (call["method"], call["url"], body) if part)
