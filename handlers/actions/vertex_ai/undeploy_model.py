"""Undeploys the most recently deployed model of an endpoint, and returns its traffic to the earlier models.

It acts only if the model was deployed in the hours before the incident, has traffic, and is not the only one. If other
models have traffic, its traffic is divided among them in proportion; otherwise the previously deployed model gets all.
There is no undo: deploying a model again takes minutes and gives it another id; do it with your own tools, for which
the run keeps the id of the model.

Use it for `load/vertex_prediction_errors` and `load/vertex_prediction_latency` after a bad deployment, whose labels
`location` and `endpoint_id` name the endpoint; the incident is resolved when the load is normal again:

    - {name: roll-back-models, match: {rule: load/vertex_prediction_errors}, action: undeploy_model, mode: approve}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from handlers.actions.vertex_ai import _api, _endpoints
from handlers.context import ActionContext, parameter
from handlers.remediations import calls
from handlers.remediations.model import Call, Outcome, Plan, Verdict
from shared.errors import InputError, TargetRefusal, TargetRefusedError
from shared.records import IncidentView
from shared.texts.remediations import vertex_ai as texts

NAME = "undeploy_model"
DRY_RUN_PERMISSIONS = ("aiplatform.endpoints.get",)
JOB_PERMISSIONS = ("aiplatform.endpoints.undeploy",)  # the operation ends after the run
PERMISSIONS = (*DRY_RUN_PERMISSIONS, *JOB_PERMISSIONS)
CALLS = ((_api.SERVICE, "google.cloud.aiplatform.v1.EndpointService.UndeployModel"),)
MOST_HOURS = 168
VERIFY_SECONDS = 2 * 3600


@dataclass(frozen=True)
class Params:
    """`hours` limits the age of the deployment."""

    hours: int = parameter(
        f"Maximum number of hours between the deployment of the model and the incident, 1 to {MOST_HOURS}.", 24
    )

    def __post_init__(self) -> None:
        if not 1 <= self.hours <= MOST_HOURS:
            raise InputError(texts.OUT_OF_RANGE(name="hours", value=self.hours, least=1, most=MOST_HOURS))


@dataclass(frozen=True, slots=True)
class _Deployed:
    """A deployed model: its id, the model, when it was deployed, and its share of the traffic in percent."""

    id: str
    model: str
    time: datetime
    traffic: int


def target(incident: IncidentView, params: Params) -> str:
    """The endpoint, by its name."""
    del params
    return _endpoints.name_of(incident)


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to undeploy the latest model if it is new, unless an interrupted attempt did so."""
    endpoint = _endpoints.endpoint_of(context.incident)
    state = _api.read(context, endpoint)
    models = _deployed(state)
    before = {"trafficSplit": state.get("trafficSplit", {})}
    latest = models[-1] if models else None
    since = context.incident.opened_at - timedelta(hours=params.hours)
    if latest is None or not since < latest.time < context.incident.last_seen_at or _is_requested(context):
        return Plan(texts.NOTHING_NEW(endpoint=endpoint.id, hours=params.hours), before=before)
    if len(models) == 1 or not latest.traffic:
        refused = texts.ONLY_MODEL if len(models) == 1 else texts.NO_TRAFFIC
        raise TargetRefusedError(refused(model=latest.id, endpoint=endpoint.id), TargetRefusal.OTHER_TARGET)
    split = _split(models[:-1])
    names = {"model": latest.id, "endpoint": endpoint.id}
    body = {"deployedModelId": latest.id, "trafficSplit": split}
    call = Call(texts.UNDEPLOY(**names), "POST", f"{_api.url(context, endpoint)}:undeployModel", body)
    traffic = ", ".join(f"{model} {share} %" for model, share in split.items())
    return Plan(
        texts.WOULD_UNDEPLOY(**names, time=latest.time.isoformat(timespec="minutes"), traffic=traffic),
        calls=(call,),
        done=texts.UNDEPLOYED(**names, traffic=traffic),
        precondition={"deployedModelId": latest.id},
        before=before,
        details={"model": latest.id, "of": latest.model, "resource": state.get("name", endpoint.name)},
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Requests the change."""
    del params
    calls.make_all(context, plan)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the endpoint again. The metric shows whether predictions succeed."""
    del params
    state = _api.read(context, _endpoints.endpoint_of(context.incident))
    after = {"trafficSplit": state.get("trafficSplit", {})}
    removed = plan.details.get("model")
    if removed is None:
        return Verdict(Outcome.BY_EVENT, after=after)
    if any(each.id == removed for each in _deployed(state)):
        return Verdict(Outcome.NOT_YET, texts.STILL_DEPLOYED(model=str(removed)), after)
    return Verdict(Outcome.FIXED, after=after, resolves=False)


def _is_requested(context: ActionContext) -> bool:
    """Whether an attempt of this run may have undeployed a model, so that no further model may be undeployed."""
    return context.journal.may_have_changed and not _has_model(context)


def _has_model(context: ActionContext) -> bool:
    """Whether the endpoint still has the model of the interrupted attempt."""
    earlier = context.journal.plan.details.get("model") if context.journal.plan else None
    state = _api.read(context, _endpoints.endpoint_of(context.incident))
    return any(each.id == earlier for each in _deployed(state))


def _deployed(endpoint: Mapping[str, Any]) -> list[_Deployed]:
    """The deployed models, earliest first."""
    traffic = endpoint.get("trafficSplit") or {}
    models = [
        _Deployed(
            str(each["id"]),
            str(each.get("model", "")),
            datetime.fromisoformat(str(each["createTime"])),
            int(traffic.get(str(each["id"]), 0)),
        )
        for each in endpoint.get("deployedModels", ())
    ]
    return sorted(models, key=lambda each: each.time)


def _split(models: Sequence[_Deployed]) -> dict[str, int]:
    """The traffic of the models that stay, in percent: in their proportions, or all for the latest of them."""
    total = sum(each.traffic for each in models)
    if not total:
        return {models[-1].id: 100}
    percent = {each.id: each.traffic * 100 // total for each in models if each.traffic}
    largest = max(percent, key=lambda model: percent[model])
    return {**percent, largest: percent[largest] + 100 - sum(percent.values())}
