"""Publishes a message to a Pub/Sub topic of the settings, for your own functions, workflows or jobs that read it.

The rule names a topic of the settings (`HINOMI_PUBLISH_TOPIC_<TOPIC>`), never a topic of Pub/Sub. The body is JSON, in which values may come
from the incident: `body: {dag: {from: label.dag_id, pattern: '[a-z_]+'}, reason: repair}`. Such a value is text without control characters, of
at most `max_length` characters (500), and matches `pattern` (RE2) as a whole. Values of `attributes` may come from the incident, too.

Each message has the attributes `content-type` (`application/json`) and `idempotency-key`, which is the same for every attempt of a run: a message whose
response was lost is published again with it. deploy.sh lets Hinomi publish to the topics that enabled rules name. There is no undo. The
incident is resolved by its own recovery.

```yaml
  - name: ask-for-a-reload
    match: {rule: bigquery/job_failed}
    action: publish_message
    params: {topic: reloads, body: {table: {from: resource}, rule: {from: rule}}}
    mode: auto
```
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers.actions import _body, _declared
from handlers.actions.pubsub._api import TOPIC as FORM
from handlers.actions.pubsub._api import PubSubApi
from handlers.context import ActionContext, parameter
from handlers.remediations import calls
from handlers.remediations.model import Call, Done, Effect, Outcome, Plan, Verdict
from shared.config import Settings
from shared.errors import ActionError, InputError
from shared.records import IncidentView
from shared.redaction import setting_values as forms
from shared.setting import Setting, of_form
from shared.texts import Text, listed
from shared.texts.notifiers.pubsub import TOPIC_FORM
from shared.texts.remediations import pubsub as texts

NAME = "publish_message"
PERMISSIONS = ("pubsub.topics.publish",)
DRY_RUN_PERMISSIONS: tuple[str, ...] = ()
OWN_ATTRIBUTES = ("content-type", "idempotency-key")
RESERVED = "goog"
LONGEST_NAME, LONGEST_VALUE = 256, 1024  # bytes, cloud.google.com/pubsub/quotas

TOPIC = Setting(
    "HINOMI_PUBLISH_TOPIC_<TOPIC>",
    "Topic that the action publish_message may publish to: `projects/PROJECT/topics/TOPIC`. Its name in handler rules is `<topic>`.",
    example="projects/my-project/topics/reloads",
    required=True,
    functions=("metrics_analysis",),
    check=of_form(FORM.pattern, TOPIC_FORM),
    form=forms.TOPIC,
)
SETTINGS = (TOPIC,)
PUBLISHES_TO = TOPIC


@dataclass(frozen=True)
class Params:
    """`topic` is a name in the settings."""

    topic: str = parameter("The topic: `<TOPIC>` of `HINOMI_PUBLISH_TOPIC_<TOPIC>` in lower case (settings.md).")
    body: Mapping[str, Any] = field(
        default_factory=dict,
        metadata={"doc": "The body as JSON; `{from: label.NAME}` or `{from: PROPERTY}` is a value of the incident."},
    )
    attributes: Mapping[str, Any] = field(
        default_factory=dict,
        metadata={"doc": "Further attributes: text, or `{from: label.NAME}` or `{from: PROPERTY}` of the incident."},
    )

    def __post_init__(self) -> None:
        _body.check(self.body)
        _body.check(self.attributes, at="attributes")
        for name, value in self.attributes.items():
            _check_attribute(name, "" if isinstance(value, Mapping) else value)


def target(incident: IncidentView, params: Params) -> str:
    """The topic and the resource of the incident; limits count per pair."""
    return f"{params.topic}: {incident.resource}"


def problem(settings: Settings, params: Params) -> Text:
    """The mistake in the parameters for this installation; an empty text if there is none.

    Settings of functions are unknown here.
    """
    return _declared.problem_of(TOPIC, settings, params.topic, texts.NO_TOPIC)


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans one call with the checked message, unless this run has made it."""
    try:
        topic = _topic(context.settings, params)
        call = _publish(context, topic, params)
    except InputError as error:
        raise ActionError(error.text, permanent=True) from error
    if context.journal.effect_of(call) is Effect.MADE:
        return Plan(texts.PUBLISHED(topic=topic))
    return Plan(texts.WOULD_PUBLISH(topic=topic), calls=(call,), done=texts.PUBLISHED(topic=topic))


def apply(context: ActionContext, params: Params, plan: Plan) -> Done:
    """Publishes the message; returns its id."""
    (call,) = plan.calls
    response = calls.make(context, context.clients.http(), call)
    ids = response.json().get("messageIds", [])
    topic, number = _topic(context.settings, params), str(ids[0]) if ids else ""
    return Done(texts.PUBLISHED_AS(topic=topic, id=number), {"message": number})


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads nothing: later, the success of the job shows whether the message helped."""
    del context, params, plan
    return Verdict(Outcome.BY_EVENT)


def _topic(settings: Settings, params: Params) -> str:
    """The topic of the rule. Raises InputError when it is not set or invalid."""
    return _declared.value_of(TOPIC, settings, params.topic, texts.NO_TOPIC)


def _publish(context: ActionContext, topic: str, params: Params) -> Call:
    """The call. Raises InputError for a value of the incident that is missing or not allowed."""
    body = _body.filled(params.body, context.incident)
    given = _body.filled(params.attributes, context.incident, at="attributes")
    for name, value in given.items():
        _check_attribute(name, value)
    own = ("application/json", context.run_key(params.topic))
    attributes = {**given, **dict(zip(OWN_ATTRIBUTES, own, strict=True))}
    data = base64.b64encode(json.dumps(body, ensure_ascii=False).encode()).decode()
    message = {"data": data, "attributes": attributes}
    return PubSubApi(context.clients).publish(topic, [message], {"body": body, "attributes": given})


def _check_attribute(name: str, value: Any) -> None:
    """Checks an attribute by the limits of Pub/Sub."""
    fits = isinstance(value, str) and len(value.encode()) <= LONGEST_VALUE and 0 < len(name.encode()) <= LONGEST_NAME
    if not fits or name.startswith(RESERVED) or name in OWN_ATTRIBUTES:
        raise InputError(texts.ATTRIBUTE(name=name[:100], own=listed(OWN_ATTRIBUTES)))
