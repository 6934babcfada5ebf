"""Calls your own HTTP endpoint: Cloud Run, a function, Jenkins, or any other API.

The rule names an endpoint of the settings (`HINOMI_ENDPOINT_<NAME>_URL`), never a URL. Its body is JSON, in which values may come from
the incident: `body: {job: {from: label.dag_id, pattern: '[a-z_]+'}, reason: repair}`. Such a value is text without control
characters, of at most `max_length` characters (500), and matches `pattern` (RE2) as a whole.

Each run has a header `Idempotency-Key`. A call whose response was lost is repeated with the same key if its method is
GET, PUT or DELETE, or if the endpoint is declared repeatable (`HINOMI_ENDPOINT_<NAME>_REPEATABLE`); otherwise the run
fails and says that the call may have taken effect. A redirect is not followed. A 2xx status is success, and the
incident shows the beginning of the response.

With `HINOMI_ENDPOINT_<NAME>_AUTH=oidc`, give the account of metrics-analysis `roles/run.invoker` on the service; deploy.sh does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers.actions import _body, _declared
from handlers.context import ActionContext, parameter
from handlers.remediations import calls
from handlers.remediations.model import Call, Effect, Outcome, Plan, Verdict
from handlers.scripts.output import readable
from shared.config import Settings
from shared.connections import endpoint as endpoints
from shared.errors import ActionError, InputError
from shared.records import IncidentView
from shared.texts import EMPTY, Text, scripts
from shared.texts.recorded import OUTPUT

NAME = "http_call"
PERMISSIONS: tuple[str, ...] = ()
DRY_RUN_PERMISSIONS = PERMISSIONS
MAX_RESPONSE = 2_000  # bytes that are kept


@dataclass(frozen=True)
class Params:
    """`endpoint` is a name in the settings."""

    endpoint: str = parameter("The endpoint: `<NAME>` of `HINOMI_ENDPOINT_<NAME>_URL` in lower case (settings.md).")
    body: Mapping[str, Any] = field(
        default_factory=dict,
        metadata={"doc": "The body as JSON; `{from: label.NAME}` or `{from: PROPERTY}` is a value of the incident."},
    )

    def __post_init__(self) -> None:
        _body.check(self.body)


def target(incident: IncidentView, params: Params) -> str:
    """The endpoint and the resource of the incident; limits count per pair."""
    return f"{params.endpoint}: {incident.resource}"


def problem(settings: Settings, params: Params) -> Text:
    """The mistake in the parameters for this installation; an empty text if there is none.

    Settings of functions are unknown here.
    """
    if not settings.connections.get("endpoint"):
        return EMPTY
    return _declared.mistake(lambda: endpoints.configured(settings, params.endpoint))


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans one call with the checked body, unless it was made, or may have been made and must not be repeated."""
    try:
        endpoint = endpoints.configured(context.settings, params.endpoint)
        body = _body.filled(params.body, context.incident)
    except InputError as error:
        raise ActionError(error.text, permanent=True) from error
    names = {"name": params.endpoint, "method": endpoint.method}
    if Effect.MADE in context.journal.effects:
        return Plan(scripts.CALLED(**names))
    if Effect.UNKNOWN in context.journal.effects and not endpoint.may_repeat:
        raise ActionError(scripts.MAYBE_CALLED(**names), permanent=True)
    call = Call(
        scripts.CALL(**names),
        endpoint.method,
        endpoint.url,
        body=body if endpoint.method != "GET" else None,
        headers={"Idempotency-Key": context.run_key(params.endpoint)},
        conflicts=(),
    )
    return Plan(scripts.WOULD_CALL(**names, url=endpoint.url), calls=(call,), done=scripts.CALLED(**names))


def apply(context: ActionContext, params: Params, plan: Plan) -> Mapping[str, Any]:
    """Makes the call; returns the beginning of the response."""
    try:
        session = endpoints.session(context.clients, params.endpoint)
    except InputError as error:
        raise ActionError(error.text, permanent=True) from error
    (call,) = plan.calls
    response = calls.make(context, session, call)
    secret = endpoints.configured(context.settings, params.endpoint).secret
    return {
        OUTPUT: readable(response.content[:MAX_RESPONSE], [secret.reveal()] if secret else []),
        "status": response.status_code,
    }


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads nothing: later, the success of the job shows whether the call helped."""
    del context, params, plan
    return Verdict(Outcome.BY_EVENT)
