"""Closes a firewall rule that is open to the internet: declared source ranges replace its open ones, or it is disabled.

A range is open if it is `/0` to `/7`, as in the rule `compute/firewall_opened`. Other ranges of the rule stay, as do ports, tags and priority. Of `source_ranges`, those of the rule's kind (IPv4 or IPv6) are used; if there is none, the rule is disabled. Only ingress rules that
allow something are changed. Firewall rules have no etag: the rule is read immediately before it is written. Undo restores the earlier ranges, unless
somebody has changed them since.

It helps `compute/firewall_opened`, and resolves its incident:

    - name: close-firewall
      match: {rule: compute/firewall_opened}
      action: narrow_firewall_rule
      params: {source_ranges: [35.235.240.0/20]}   # identity-aware proxy
      mode: approve
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.actions.compute import _api
from handlers.context import ActionContext, parameter
from handlers.remediations import calls
from handlers.remediations.model import Outcome, Plan, Verdict
from shared.errors import InputError, TargetRefusal, TargetRefusedError
from shared.records import IncidentView
from shared.texts import Text
from shared.texts.remediations import compute as texts

NAME = "narrow_firewall_rule"
DRY_RUN_PERMISSIONS = ("compute.firewalls.get", "compute.globalOperations.list")
JOB_PERMISSIONS = ("compute.firewalls.update", "compute.networks.updatePolicy")  # operations end after the run
PERMISSIONS = (*DRY_RUN_PERMISSIONS, *JOB_PERMISSIONS)
CALLS = ((_api.SERVICE, "v1.compute.firewalls.patch"),)
STEP, UNDO_STEP = "narrow", "open again"
NARROWEST_OPEN = 7  # rules/compute/firewall_opened.yml


@dataclass(frozen=True)
class Params:
    """`source_ranges` replace the open ranges."""

    source_ranges: tuple[str, ...] = parameter(
        "Ranges such as 35.235.240.0/20 that may pass instead of the internet; empty: the rule is disabled.", ()
    )

    def __post_init__(self) -> None:
        for value in self.source_ranges:
            try:
                network = ipaddress.ip_network(value)
            except ValueError as error:
                raise InputError(texts.INVALID_RANGE(value=str(value)[:50])) from error
            if network.prefixlen <= NARROWEST_OPEN:
                raise InputError(texts.OPEN_RANGE(value=value, least=NARROWEST_OPEN + 1))


def target(incident: IncidentView, params: Params) -> str:
    """The firewall rule, by its path."""
    del params
    return incident.resource


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to replace the open ranges, or to disable the rule, if it is open."""
    resource = _api.firewall_of(context.incident)
    rule = _api.read(context, resource.path)
    opened = _open(rule)
    if not opened or _api.operation(context, resource, STEP):
        return Plan(texts.NOT_OPEN(name=resource.name), before=_state(rule))
    unchanged = [each for each in rule.get("sourceRanges", ()) if each not in opened]
    declared = [
        each for each in params.source_ranges if _version(each) == _version(opened[0]) and each not in unchanged
    ]
    ranges = sorted([*unchanged, *declared])
    body: dict[str, Any] = {"sourceRanges": ranges} if ranges else {"disabled": True}
    names = {"name": resource.name, "open": ", ".join(opened)}
    if not ranges:
        would, done, does = texts.WOULD_DISABLE(**names), texts.DISABLED(**names), texts.DISABLE(name=resource.name)
    else:
        narrow = {**names, "ranges": ", ".join(ranges)}
        would, done, does = texts.WOULD_NARROW(**narrow), texts.NARROWED(**narrow), texts.NARROW(name=resource.name)
    return Plan(
        would,
        calls=(_api.request(context, resource.path, does, STEP, method="PATCH", body=body),),
        done=done,
        precondition=_state(rule),
        before=_state(rule),
        undo={"before": _state(rule), "after": {**_state(rule), **body}},
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Writes the ranges, or disables the rule."""
    del params
    calls.make_all(context, plan)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the rule again, because the operation takes some seconds."""
    del params, plan
    resource = _api.firewall_of(context.incident)
    rule = _api.read(context, resource.path)
    if opened := _open(rule):
        return Verdict(Outcome.NOT_YET, texts.STILL_OPEN(name=resource.name, open=", ".join(opened)), _state(rule))
    return Verdict(Outcome.FIXED, after=_state(rule))


def undo(context: ActionContext, params: Params, undo: dict[str, Any]) -> Plan:
    """Plans to restore the earlier ranges if the rule is as the run left it."""
    del params
    resource = _api.firewall_of(context.incident)
    rule = _api.read(context, resource.path)
    state, earlier, left = _state(rule), undo["before"], undo["after"]
    if state == earlier or _api.operation(context, resource, UNDO_STEP):
        return Plan(texts.IS_EARLIER(name=resource.name), before=state)
    if state != left:
        changed = texts.RULE_CHANGED(name=resource.name, state=_text(state))
        raise TargetRefusedError(changed, TargetRefusal.TARGET_CHANGED)
    body = {name: value for name, value in earlier.items() if value != left[name]}
    does = texts.NARROW(name=resource.name)
    return Plan(
        texts.WOULD_OPEN(name=resource.name, state=_text(earlier)),
        calls=(_api.request(context, resource.path, does, UNDO_STEP, method="PATCH", body=body),),
        done=texts.OPENED(name=resource.name, state=_text(earlier)),
        precondition=state,
        before=state,
    )


def _open(rule: Mapping[str, Any]) -> list[str]:
    """The source ranges of an enabled ingress rule that are open to the internet."""
    if rule.get("disabled") or rule.get("direction", "INGRESS") != "INGRESS" or not rule.get("allowed"):
        return []
    return [each for each in rule.get("sourceRanges", ()) if _is_open(str(each))]


def _is_open(network: str) -> bool:
    """Whether a range is as wide as the internet, or nearly so; a single address has no prefix."""
    _, slash, prefix = network.partition("/")
    return bool(slash) and prefix.isdecimal() and int(prefix) <= NARROWEST_OPEN


def _version(network: str) -> int:
    return 6 if ":" in network else 4


def _state(rule: Mapping[str, Any]) -> dict[str, Any]:
    ranges: Sequence[str] = rule.get("sourceRanges", ())
    return {"sourceRanges": sorted(ranges), "disabled": bool(rule.get("disabled"))}


def _text(state: Mapping[str, Any]) -> str | Text:
    ranges = ", ".join(state["sourceRanges"])
    return texts.STATE_DISABLED(ranges=ranges) if state["disabled"] else ranges
