"""Gives the models of an endpoint more replicas: raises the maximum to which Vertex AI scales them.

Each model with `dedicatedResources` or `automaticResources` gets `add_replicas` more, up to `max_replicas`; a model
that may already have that many is left unchanged, and minimums do not change. An endpoint that somebody changed after the
latest occurrence is left alone, too. More replicas cost money for as long as the load lasts. Undo restores the earlier
numbers, unless somebody has changed them since.

Use it for `load/vertex_endpoint_cpu` and `load/vertex_prediction_latency`, whose labels `location` and `endpoint_id`
name the endpoint; the incident is resolved when the load is normal again:

    - name: scale-endpoints
      match: {rule: load/vertex_endpoint_cpu}
      action: scale_endpoint
      params: {add_replicas: 2, max_replicas: 8}
      cooldown: 1h
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from handlers.actions.vertex_ai import _api, _endpoints
from handlers.actions.vertex_ai._api import VertexResource
from handlers.context import ActionContext, parameter
from handlers.remediations import calls
from handlers.remediations.model import Call, Effect, Outcome, Plan, Verdict
from shared.calendar.timestamps import time_of
from shared.errors import InputError, TargetRefusal, TargetRefusedError
from shared.records import IncidentView
from shared.texts import Text, joined
from shared.texts.remediations import vertex_ai as texts

NAME = "scale_endpoint"
DRY_RUN_PERMISSIONS = ("aiplatform.endpoints.get",)
# The table on cloud.google.com/vertex-ai/docs/general/iam-permissions does not list mutateDeployedModel: it changes the endpoint, as a
# deployment does, and the same method of an index needs the permission to deploy.
JOB_PERMISSIONS = ("aiplatform.endpoints.update", "aiplatform.endpoints.deploy")  # the operation ends after the run
PERMISSIONS = (*DRY_RUN_PERMISSIONS, *JOB_PERMISSIONS)
CALLS = ((_api.SERVICE, "google.cloud.aiplatform.v1.EndpointService.MutateDeployedModel"),)
MOST_REPLICAS = 100
VERIFY_SECONDS = 2 * 3600
_KINDS = ("dedicatedResources", "automaticResources")


@dataclass(frozen=True)
class Params:
    """The limits for scaling an endpoint."""

    max_replicas: int = parameter(f"Maximum number of replicas of a model, 1 to {MOST_REPLICAS}.")
    add_replicas: int = parameter(f"How many more a model may have, 1 to {MOST_REPLICAS}.", 1)

    def __post_init__(self) -> None:
        for name, value in (("max_replicas", self.max_replicas), ("add_replicas", self.add_replicas)):
            if not 1 <= value <= MOST_REPLICAS:
                raise InputError(texts.OUT_OF_RANGE(name=name, value=value, least=1, most=MOST_REPLICAS))


@dataclass(frozen=True, slots=True)
class _Model:
    """A deployed model, and the highest number of its replicas."""

    id: str
    kind: str
    most: int


def target(incident: IncidentView, params: Params) -> str:
    """The endpoint, by its name."""
    del params
    return _endpoints.name_of(incident)


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to raise the maximums, unless they were raised since the run was planned."""
    endpoint = _endpoints.endpoint_of(context.incident)
    state = _api.read(context, endpoint)
    models = list(_models(state))
    if not models:
        raise TargetRefusedError(texts.NOT_SCALABLE(endpoint=endpoint.id), TargetRefusal.OTHER_TARGET)
    noted = {each["id"]: each["most"] for each in (context.noted_undo or {}).get("models", ())}
    left = [each for each in models if noted.get(each.id, each.most) == each.most and each.most < params.max_replicas]
    before = _shown(models)
    if time := _changed_since(state, context.incident):
        return Plan(texts.CHANGED_SINCE(endpoint=endpoint.id, time=time), before=before)
    if not left and noted:
        return Plan(texts.SCALED_ALREADY(endpoint=endpoint.id), before=before, details={"models": before["models"]})
    if not left:
        at_limit = texts.AT_LIMIT(endpoint=endpoint.id, most=params.max_replicas)
        raise TargetRefusedError(at_limit, TargetRefusal.LIMIT_REACHED)
    scaled = [_Model(each.id, each.kind, min(each.most + params.add_replicas, params.max_replicas)) for each in left]
    names: dict[str, str | Text] = {"endpoint": endpoint.id, "models": _text(scaled)}
    earlier = [each for each in before["models"] if each["id"] not in noted]
    return Plan(
        texts.WOULD_SCALE(**names),
        calls=tuple(_scale(context, endpoint, each) for each in scaled),
        done=texts.SCALED(**names),
        before=before,
        undo={
            "models": [*(context.noted_undo or {}).get("models", ()), *earlier],
            "after": {**(context.noted_undo or {}).get("after", {}), **{each.id: each.most for each in scaled}},
        },
        details={**_shown(scaled), "resource": state.get("name", endpoint.name)},
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Requests the new maximums, one model after the other."""
    del params
    calls.make_all(context, plan)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the endpoint again. The metric shows whether the load is back to normal."""
    del params
    models = list(_models(_api.read(context, _endpoints.endpoint_of(context.incident))))
    scaled = {each["id"]: each["most"] for each in plan.details.get("models", ())}
    text = texts.REPLICAS_ARE(models=_text(models))
    is_done = all(each.most == scaled.get(each.id, each.most) for each in models)
    return Verdict(Outcome.FIXED if is_done else Outcome.NOT_YET, text, _shown(models), resolves=False)


def undo(context: ActionContext, params: Params, undo: dict[str, Any]) -> Plan:
    """Plans to restore the earlier maximums if they are as the run left them."""
    del params
    endpoint = _endpoints.endpoint_of(context.incident)
    state = _api.read(context, endpoint)
    models = list(_models(state))
    earlier = {each["id"]: int(each["most"]) for each in undo["models"]}
    left = [
        each
        for each in models
        if each.most != earlier.get(each.id, each.most) and _may_have_scaled(context, endpoint, each, undo["after"])
    ]
    before = _shown(models)
    if not left or _is_requested(context):
        return Plan(texts.SCALED_ALREADY(endpoint=endpoint.id), before=before)
    if any(each.most != undo["after"].get(each.id) for each in left):
        raise TargetRefusedError(texts.MODEL_CHANGED(endpoint=endpoint.id), TargetRefusal.TARGET_CHANGED)
    scaled = [_Model(each.id, each.kind, earlier[each.id]) for each in left]
    names: dict[str, str | Text] = {"endpoint": endpoint.id, "models": _text(scaled)}
    return Plan(
        texts.WOULD_SCALE_BACK(**names),
        calls=tuple(_scale(context, endpoint, each) for each in scaled),
        done=texts.SCALED_BACK(**names),
        before=before,
        details={"resource": state.get("name", endpoint.name)},
    )


def _may_have_scaled(context: ActionContext, endpoint: VertexResource, model: _Model, after: Mapping[str, int]) -> bool:
    """Whether the run that this one undoes scaled the model: it may have failed before."""
    call = _scale(context, endpoint, replace(model, most=after.get(model.id, model.most)))
    return calls.may_have_made(context, call.method, call.url, **call.shown_body)


def _changed_since(endpoint: Mapping[str, Any], incident: IncidentView) -> str:
    """The time when somebody changed the endpoint after the latest occurrence of the incident; empty if nobody did."""
    text = str(endpoint.get("updateTime", ""))
    time = time_of(text)
    return text if time is not None and time > incident.last_seen_at else ""


def _is_requested(context: ActionContext) -> bool:
    """Whether this run has made its calls: the endpoint shows the numbers when the operation has ended."""
    effects = context.journal.effects
    return bool(effects) and all(effect is Effect.MADE for effect in effects)


def _models(endpoint: Mapping[str, Any]) -> Iterator[_Model]:
    for model in endpoint.get("deployedModels", ()):
        kind = next((kind for kind in _KINDS if kind in model), "")
        if kind:
            replicas = model[kind]
            most = replicas.get("maxReplicaCount") or replicas.get("minReplicaCount") or 1
            yield _Model(str(model["id"]), kind, int(most))


def _scale(context: ActionContext, endpoint: VertexResource, model: _Model) -> Call:
    body = {
        "deployedModel": {"id": model.id, model.kind: {"maxReplicaCount": model.most}},
        "updateMask": f"{model.kind}.maxReplicaCount",
    }
    does = texts.SCALE(model=model.id, endpoint=endpoint.id)
    return Call(does, "POST", f"{_api.url(context, endpoint)}:mutateDeployedModel", body)


def _shown(models: Sequence[_Model]) -> dict[str, Any]:
    return {"models": [{"id": each.id, "most": each.most} for each in models]}


def _text(models: Sequence[_Model]) -> Text:
    return joined([texts.MODEL(model=each.id, count=each.most) for each in models])
