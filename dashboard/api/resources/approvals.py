"""Approvals: runs that wait for a person; approve and deny."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dashboard.api import problems
from dashboard.api.incident_items import run_items
from dashboard.api.models.actions import ApprovalItem, ApprovalList, ApproveBody, DenyBody
from dashboard.api.models.incidents import RunItem
from dashboard.api.request import ApiRequest
from dashboard.api.resource import ApiResource
from db.error_db import queries, runs
from db.error_db.api_tokens import TokenScope
from handlers import approvals as approving
from handlers.approvals import refused
from handlers.remediations.audit import planned_calls
from shared.errors import InputError
from shared.records import RunView
from shared.texts import approvals as approval_texts
from shared.texts.api import problems as texts

RESOURCE = ApiResource("approvals", "Remediations that wait for a person.")


@RESOURCE.get("/approvals")
def list_approvals(request: ApiRequest) -> ApprovalList:
    """Lists the runs that wait for approval, each with its plan and the calls that it would make."""
    with request.error_db() as session:
        waiting = [run for run in queries.waiting_for_approval(session) if run.waits_for_approval]
    return ApprovalList(items=[_item(run, request) for run in waiting])


@RESOURCE.post("/approvals/<int(max=2147483647,min=1):number>/approve", TokenScope.APPROVE)
def approve_run(request: ApiRequest, number: int, body: ApproveBody) -> RunItem:
    """Approves the plan with this fingerprint. The run starts with the next sweep."""
    with request.change() as transaction:
        run = _waiting(transaction.session, number, request)
        if str((run.approval or {}).get("fingerprint", "")) != body.fingerprint:
            raise problems.conflict(texts.PLAN_CHANGED)
        with _conflicts():
            approving.approve(transaction.session, number, by=request.caller.name, now=request.now)
        return _run(transaction.session, run, request)


@RESOURCE.post("/approvals/<int(max=2147483647,min=1):number>/deny", TokenScope.APPROVE)
def deny_run(request: ApiRequest, number: int, body: DenyBody) -> RunItem:
    """Denies a run. It is recorded as skipped."""
    with request.change() as transaction:
        run = _waiting(transaction.session, number, request)
        with _conflicts():
            reason = body.reason.strip()
            approving.deny(transaction.session, number, by=request.caller.name, reason=reason, now=request.now)
        return _run(transaction.session, run, request)


@contextmanager
def _conflicts() -> Iterator[None]:
    """Raises errors of a decision as a conflict, because the state of the run prevents it, not the request."""
    try:
        yield
    except InputError as error:
        raise problems.conflict(error.full_text) from error


def _waiting(session: Any, number: int, request: ApiRequest) -> RunView:
    """The run that waits, if the caller may decide on it. Raises ProblemError."""
    run = next((each for each in queries.waiting_for_approval(session) if each.id == number), None)
    if run is None or run.approval_until is None or run.approval_until <= request.now:
        raise problems.conflict(approval_texts.NOTHING_WAITS(id=number))
    if refusal := refused(run, request.caller.name):
        raise problems.forbidden(refusal, texts.NOT_APPROVER)
    return run


def _run(session: Any, run: RunView, request: ApiRequest) -> RunItem:
    now = next(each for each in runs.of_incident(session, run.incident_id) if each.id == run.id)
    return run_items([now], request.locale.language)[0]


def _item(run: RunView, request: ApiRequest) -> ApprovalItem:
    language = request.locale.language
    return ApprovalItem(
        run=run_items([run], language)[0], plan=run.plan(language),
        calls=planned_calls(run, request.settings.redact),
        fingerprint=str((run.approval or {}).get("fingerprint", "")), approvers=list(run.approvers),
        until=run.approval_until,
    )  # fmt: skip
