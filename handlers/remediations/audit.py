"""The audit of action runs: a record for each run, with parameters, plan, calls and responses, state before and after, and people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from db.error_db.runs import audited, calls
from handlers import registry
from shared.lazy.dataclass import dataclass
from shared.records import CallView, RunView
from shared.redaction import Redactor


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """A selection of runs: planned since a time, of one incident, or of one number; without `notifications`, only remediations."""

    since: datetime | None = None
    incident: int | None = None
    run: int | None = None
    notifications: bool = False


def records(session: Session, which: AuditFilter, redact: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The records as JSON, earliest first, redacted by these patterns of field paths. Reads page by page."""
    actions = None if which.notifications else registry.remediations()
    for page in audited.pages(session, since=which.since, incident=which.incident, run=which.run, actions=actions):
        made = calls.of_runs(session, [run.id for run, _ in page])
        for run, incident in page:
            yield _record(run, incident, made.get(run.id, ()), Redactor(redact))


def calls_of(session: Session, runs: Sequence[RunView], redact: Sequence[str]) -> dict[int, list[dict[str, Any]]]:
    """The calls that these runs made, by the number of the run, earliest first, redacted as the records are."""
    ids = [run.id for run in runs if registry.is_remediation(run.action)]
    made = calls.of_runs(session, ids) if ids else {}
    redactor = Redactor(redact)
    return {number: [_call(each, redactor) for each in found] for number, found in made.items()}


def planned_calls(run: RunView, redact: Sequence[str]) -> list[dict[str, Any]]:
    """The calls of a run's plan, whether made or not, or of the plan that waits for approval; redacted as the records are."""
    return list(_redacted(Redactor(redact), calls=_calls_of_plan(run))["calls"])


def _calls_of_plan(run: RunView) -> list[dict[str, Any]]:
    return (run.plan_made or {}).get("calls") or (run.approval or {}).get("calls") or []


def _record(run: RunView, incident: dict[str, Any], made: Sequence[CallView], redactor: Redactor) -> dict[str, Any]:
    plan = run.plan_made or {}
    return {
        "run": run.id,
        "handler_rule": run.handler_rule,
        "action": run.action,
        "target": run.target,
        "mode": str(run.mode),
        "state": str(run.state),
        "trigger": str(run.trigger),
        "reason": run.reason,
        "refusal": run.refusal,
        "incident": incident,
        "planned_at": _time(run.created_at),
        "started_at": _time(run.started_at),
        "finished_at": _time(run.finished_at),
        "attempts": run.attempts,
        "worker": run.worker,
        "decided_by": run.decided_by,
        "decided_at": _time(run.decided_at),
        "approvers": list(run.approvers),
        "asked_by": (run.approval or {}).get("asked_by"),
        "void_approvals": list((run.approval or {}).get("void", ())),
        "verdict": run.verdict,
        "undo_of": run.undo_of,
        "undone_at": _time(run.undone_at),
        "decision": list(run.decision),
        "calls": [_call(each, redactor) for each in made],
        **_redacted(
            redactor,
            params=run.params,
            planned_calls=_calls_of_plan(run),
            precondition=plan.get("precondition"),
            before=plan.get("before"),
            after=run.after,
            undo=run.undo,
            output=(run.details or {}).get("output"),
        ),
        "result": redactor.mask(run.result) if run.result else None,
        "error": redactor.mask(run.error) if run.error else None,
    }


def _call(call: CallView, redactor: Redactor) -> dict[str, Any]:
    return {
        "attempt": call.attempt,
        "method": call.method,
        "url": redactor.mask(call.resource),
        **_redacted(redactor, body=call.body),
        "effect": call.effect,
        "status": call.status,
        "answer": redactor.mask(call.answer) if call.answer else None,
        "called_at": _time(call.called_at),
        "answered_at": _time(call.answered_at),
    }


def _redacted(redactor: Redactor, **values: Any) -> dict[str, Any]:
    """The values by name, without those whose path matches a pattern."""
    return redactor.redact(values)


def _time(time: datetime | None) -> str | None:
    return time.isoformat().replace("+00:00", "Z") if time else None
