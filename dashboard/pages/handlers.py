"""Handlers: the runs that wait for approval, with their plans, and the latest runs of actions."""

# ruff: noqa: PLC0415 - SQLAlchemy is imported with the first question, not with the process

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dashboard.incidents.situation import count_waiting
from dashboard.page import Page
from dashboard.page_request import PageRequest
from shared.texts import owners as owner_texts
from shared.texts.dashboard import handlers as texts

DAYS = 30
SHOWN_LATEST = 6
MOST_RUNS = 100


PAGE = Page("handlers", texts.TITLE, order=80, icon="hand", key="h", badge=count_waiting)


@PAGE.get("/handlers", "handlers.html")
def show_approvals(request: PageRequest) -> dict[str, Any]:
    """The runs that wait for approval, each with the calls that it would make, and the runs of the last days."""
    from dashboard.incidents.runs import run_line
    from db.error_db import channels, handler_rules, queries, runs
    from db.error_db.runs import breakers
    from handlers import registry
    from handlers.approvals import refused
    from handlers.remediations.audit import planned_calls
    from handlers.spec import specs
    from shared.model import Mode

    with request.error_db() as session:
        waiting = [run for run in queries.waiting_for_approval(session) if run.waits_for_approval]
        since = request.now - timedelta(days=DAYS)
        ran, worked, undone = runs.count_outcomes(session, since, actions=registry.remediations())
        stopped = breakers.opened(session)
        asking, latest = [], []
        if not waiting:
            asking = [
                each for each in specs(handler_rules.applied(session)) if each.mode is Mode.APPROVE and each.enabled
            ]
            latest = (
                runs.latest_started(session, since, actions=registry.remediations(), limit=SHOWN_LATEST) if ran else []
            )
        used = channels.listed(session)
        redact = request.settings.redact
        rows = [
            {
                "run": run,
                "line": run_line(run, {}, request.locale.language),
                "calls": planned_calls(run, redact),
                "fingerprint": (run.approval or {}).get("fingerprint", ""),
                "refused": refused(run, request.user.name),
            }
            for run in waiting
        ]
    return {
        "t": texts, "tab": "approvals", "waiting": rows, "stopped": stopped, "days": DAYS, "ran": ran,
        "worked": worked, "undone": undone, "asking": asking, "used": used,
        "latest": [run_line(run, {}, request.locale.language) for run in latest],
    }  # fmt: skip


@PAGE.get("/handlers/runs", "handler_runs.html")
def show_runs(request: PageRequest) -> dict[str, Any]:
    """The latest runs of actions, each with its result and, if possible, a link to undo it."""
    from dashboard.incidents.runs import by_digest, run_line
    from db.error_db import runs
    from handlers.remediations.audit import calls_of

    with request.error_db() as session:
        listed = sorted(runs.latest(session, limit=MOST_RUNS), key=lambda run: run.created_at, reverse=True)
        calls = calls_of(session, listed, request.settings.redact)
    lines = by_digest(run_line(run, calls, request.locale.language) for run in listed)
    return {"t": texts, "tab": "runs", "lines": lines, "count": len(listed)}


@PAGE.get("/handlers/oncall", "handler_oncall.html")
def show_on_call(request: PageRequest) -> dict[str, Any]:
    """Who is on call in each rotation, the next handovers, and the owners of resources."""
    from itertools import islice

    from handlers.escalation.on_call import rotations
    from handlers.owners.table import owners_of
    from handlers.owners.wording import match_text, notified_text
    from handlers.versions.apply import defaults_of

    with request.error_db() as session:
        defaults = defaults_of(session)
    on_call = rotations(defaults)
    owners = [(each, match_text(each), notified_text(each)) for each in owners_of(defaults).all()]
    rows = [
        (name, rotation.on_call(request.now), list(islice(rotation.handovers(request.now), 7)))
        for name, rotation in sorted(on_call.items())
    ]
    return {"t": texts, "o": owner_texts, "tab": "oncall", "rotations": rows, "owners": owners}
