"""Makes the calls of a remediation. Each is recorded before it is made, and then with its response."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from handlers.errors import check
from handlers.remediations.model import Call, Effect
from shared.errors import ConflictError
from shared.http import error_message, is_success, was_never_sent
from shared.lazy.dataclass import dataclass
from shared.texts import actions

if TYPE_CHECKING:
    import requests

    from handlers.context import ActionContext
    from handlers.remediations.model import Plan


@dataclass(slots=True)
class Recorded:
    """A call that is being made. Set `effect` once the response is known."""

    effect: Effect = Effect.UNKNOWN
    status: int | None = None
    text: str = ""


def make(context: ActionContext, session: requests.Session, call: Call) -> requests.Response:
    """Makes an HTTP call of the plan; returns its successful response.

    Raises ConflictError when the precondition failed, and ActionError for another failure.
    """
    with recording(context, call) as recorded:
        response = session.request(
            call.method,
            call.url,
            json=call.body,
            params=dict(call.query) or None,
            headers=dict(call.headers) or None,
            allow_redirects=False,
        )
        recorded.status, recorded.text = response.status_code, error_message(response)
        recorded.effect = effect_of(response.status_code)
    if response.status_code in call.conflicts:
        raise ConflictError(actions.CONFLICT(call=call.does, status=response.status_code), status=response.status_code)
    return check(response, call.does)


def make_all(context: ActionContext, plan: Plan, session: requests.Session | None = None) -> None:
    """Makes the calls of a plan one after the other, to Google's APIs unless there is a session. Raises as `make` does."""
    for call in plan.calls:
        make(context, session or context.clients.http(), call)


def may_have_made(context: ActionContext, method: str, url: str, **shown: object) -> bool:
    """Whether the run that this one undoes made, or may have made, a call with these values in its body; true if its calls are unknown.

    A failed run made only some calls of its plan; its undo reverses only these.
    """
    return context.undone_calls is None or any(
        (each.method, each.resource, each.effect != Effect.NONE) == (method, url, True)
        and shown.items() <= (each.body or {}).items()
        for each in context.undone_calls
    )


@contextmanager
def recording(context: ActionContext, call: Call) -> Iterator[Recorded]:
    """Records a call that the block makes without HTTP; the block sets the response."""
    number, recorded = context.journal.call(call), Recorded()
    try:
        yield recorded
    except Exception as error:
        effect = Effect.NONE if was_never_sent(error) else recorded.effect
        context.journal.answered(number, effect, recorded.status, type(error).__name__)
        raise
    context.journal.answered(number, recorded.effect, recorded.status, recorded.text)


def effect_of(status: int) -> Effect:
    """Whether the call took effect; after a server error, it may have."""
    if is_success(status):
        return Effect.MADE
    return Effect.UNKNOWN if status >= 500 or status == 408 else Effect.NONE
