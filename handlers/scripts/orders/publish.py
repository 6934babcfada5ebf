"""The function's side: publishes the order of a run, and reads its state on the worker.

The key of the run is the id of its order, so an order whose response was lost can be published again, and the worker
runs it once.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from handlers.remediations.model import Call, Outcome, Plan, Verdict
from handlers.scripts.local import TRY_LATER, exit_text
from handlers.scripts.orders.message import VALID, AnswerState, Order, signed
from shared.connections.worker import ORDERS, is_subscribed, key_of
from shared.errors import InputError
from shared.records import WorkerAnswer
from shared.texts import Text, scripts
from shared.texts.recorded import OUTPUT
from shared.texts.scripts import orders as texts

if TYPE_CHECKING:
    from handlers.context import ActionContext
    from handlers.scripts.command import ScriptCall
    from handlers.scripts.script import Script
    from shared.config import Settings

LOOK_AGAIN_SECONDS = 60.0
FIRST_PAUSE_SECONDS, MOST_RETRIES = 60.0, 6  # of a script that asks for another attempt: about two hours
MARGIN = timedelta(minutes=5)  # for the messages, and for the end of a script at its time limit
ORDER, EXPIRES = "order", "expires"  # in the details of a plan


def takes_orders(settings: Settings, script: Script) -> bool:
    """Whether the worker of a script takes its runs from a subscription."""
    return bool(script.worker) and is_subscribed(settings, script.worker)


def order_call(context: ActionContext, made: ScriptCall, shows: Mapping[str, Any]) -> tuple[Call, dict[str, Any]]:
    """The call that publishes the order, and the details of its plan. Raises InputError without a key."""
    script, settings = made.script, context.settings
    if not settings.project:
        raise InputError(texts.NO_HOME)
    order = Order(
        id=context.run_key(script.name),
        worker=script.worker,
        script=script.name,
        parameters=made.values,
        run=context.run_id,
        incident=context.incident.id,
        target=context.incident.resource[:2_000],
        issued=context.now,
        expires=context.now + VALID,
    )
    topic = f"projects/{settings.project}/topics/{ORDERS.format(worker=script.worker)}"
    data = base64.b64encode(signed(order.as_dict(), key_of(settings, script.worker))).decode()
    call = Call(
        texts.PUBLISH(worker=script.worker, script=script.name),
        "POST",
        f"{context.clients.pubsub_url}/v1/{topic}:publish",
        body={"messages": [{"data": data}]},
        shows=shows,
        conflicts=(),
    )
    return call, {ORDER: order.id, EXPIRES: order.expires.isoformat(), "worker": script.worker}


def verdict(context: ActionContext, plan: Plan, script: Script) -> Verdict:
    """The state of the order as a verdict.

    A success does not show that the fault is fixed; the success of the job does.
    """
    answer = context.worker_answer(str(plan.details[ORDER]))
    if answer is None:
        return _unanswered(context, datetime.fromisoformat(str(plan.details[EXPIRES])), script)
    if answer.state == AnswerState.STARTED:
        return _started(context, answer, script)
    if answer.state == AnswerState.ENDED:
        return _ended(context, plan, answer)
    if answer.state == AnswerState.UNKNOWN:
        return Verdict(Outcome.NOT_FIXED, scripts.MAYBE_RAN(script=script.name))
    reason = answer.reason or {}
    text = texts.REFUSED(worker=script.worker, reason=Text(en=reason.get("en", ""), ja=reason.get("ja", "")))
    return Verdict(Outcome.NOT_FIXED, text)


def _ended(context: ActionContext, plan: Plan, answer: WorkerAnswer) -> Verdict:
    facts = {OUTPUT: answer.output, "exit": answer.exit, "seconds": answer.milliseconds / 1000}
    if answer.timed_out:
        return Verdict(Outcome.NOT_FIXED, scripts.JOB_FAILED(ending=scripts.AT_TIME_LIMIT), facts)
    if answer.exit == 0:
        return Verdict(Outcome.BY_EVENT, scripts.JOB_SUCCEEDED, facts)
    if answer.exit == TRY_LATER:
        return _again(context, plan, facts)
    return Verdict(Outcome.NOT_FIXED, scripts.JOB_FAILED(ending=exit_text(answer.exit or 0)), facts)


def _again(context: ActionContext, plan: Plan, facts: Mapping[str, Any]) -> Verdict:
    """The verdict of a script that asks for another attempt: a further run orders one, after a growing pause."""
    script = plan.details["script"]
    tried = [run for run in context.actions_so_far if (run.after or {}).get("exit") == TRY_LATER]
    count = sum(((run.plan_made or {}).get("details") or {}).get("script") == script for run in tried)
    text = scripts.JOB_FAILED(ending=exit_text(TRY_LATER))
    pause = FIRST_PAUSE_SECONDS * 2**count if count < MOST_RETRIES else None
    return Verdict(Outcome.NOT_FIXED, text, facts, run_again_seconds=pause)


def _unanswered(context: ActionContext, expires: datetime, script: Script) -> Verdict:
    if context.now < expires + MARGIN:
        return Verdict(Outcome.NOT_YET, texts.WAITS(worker=script.worker), look_again_seconds=LOOK_AGAIN_SECONDS)
    return Verdict(Outcome.NOT_FIXED, texts.NO_ANSWER(worker=script.worker, script=script.name))


def _started(context: ActionContext, answer: WorkerAnswer, script: Script) -> Verdict:
    if context.now < answer.time + timedelta(seconds=script.time_limit) + MARGIN:
        return Verdict(Outcome.NOT_YET, texts.STARTED(worker=script.worker), look_again_seconds=LOOK_AGAIN_SECONDS)
    return Verdict(Outcome.NOT_FIXED, texts.NO_RESULT(worker=script.worker, script=script.name))
