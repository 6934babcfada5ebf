"""Removes the external IPv4 addresses of an incident's instance: the internet cannot reach it any more, and it reaches the internet only through Cloud NAT.

Undo adds an external address to the same interfaces, but **a different one**: an ephemeral address may be reassigned to
others, and a static one stays reserved for you to assign by hand. External IPv6 addresses stay.

Use it for incidents about a misused instance, such as `compute/startup_script_changed`; the incident stays open:

    - {name: cut-off-changed-instances, match: {rule: compute/startup_script_changed}, action: remove_external_ip, mode: approve}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.actions.compute import _api
from handlers.context import ActionContext
from handlers.remediations import calls
from handlers.remediations.model import Call, Outcome, Plan, Verdict
from shared.records import IncidentView
from shared.texts.remediations import compute as texts

NAME = "remove_external_ip"
DRY_RUN_PERMISSIONS = ("compute.instances.get", "compute.zoneOperations.list")
JOB_PERMISSIONS = (  # operations end after the run
    "compute.instances.deleteAccessConfig",
    "compute.instances.addAccessConfig",
    "compute.subnetworks.useExternalIp",
)
PERMISSIONS = (*DRY_RUN_PERMISSIONS, *JOB_PERMISSIONS)
CALLS = tuple((_api.SERVICE, f"v1.compute.instances.{verb}") for verb in ("deleteAccessConfig", "addAccessConfig"))
STEP, UNDO_STEP = "remove", "add again"


@dataclass(frozen=True)
class Params:
    """No parameters: the incident names the instance."""


@dataclass(frozen=True, slots=True)
class _Address:
    """An external address: the network interface, and the access configuration that has it."""

    interface: str
    config: str
    address: str
    tier: str


def target(incident: IncidentView, params: Params) -> str:
    """The instance, by its path."""
    del params
    return _api.instance_path(incident)


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to remove each external address of the instance."""
    del params
    resource = _api.instance_of(context.incident)
    instance = _api.read(context, resource.path)
    left = [
        each
        for each in _addresses(instance)
        if _api.operation(context, resource, STEP, each.interface, each.config) is None
    ]
    if not left:
        return Plan(texts.NO_ADDRESS(name=resource.name), before=_shown(instance))
    names = {"name": resource.name, "addresses": _text(left)}
    requests = tuple(_remove(context, resource, each) for each in left)
    return Plan(
        texts.WOULD_REMOVE_ADDRESSES(**names),
        calls=requests,
        done=texts.ADDRESSES_REMOVED(**names),
        before=_shown(instance),
        details=_api.named(resource, instance),
        undo={"add": _with_noted(context, left)},
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Requests the removal, or the addition, of each address."""
    del params
    calls.make_all(context, plan)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the interfaces again."""
    del params, plan
    resource = _api.instance_of(context.incident)
    instance = _api.read(context, resource.path)
    left = list(_addresses(instance))
    if not left:
        return Verdict(Outcome.FIXED, after=_shown(instance), resolves=False)
    return Verdict(Outcome.NOT_YET, texts.ADDRESS_LEFT(name=resource.name, addresses=_text(left)), _shown(instance))


def undo(context: ActionContext, params: Params, undo: dict[str, Any]) -> Plan:
    """Plans to add an external address to each interface that lost one in the run and has none; the addresses are new."""
    del params
    resource = _api.instance_of(context.incident)
    instance = _api.read(context, resource.path)
    present = {each.interface for each in _addresses(instance)}
    missing = [
        each
        for each in (_Address(**stored) for stored in undo["add"])
        if each.interface not in present
        and _may_have_removed(context, resource, each)
        and _api.operation(context, resource, UNDO_STEP, each.interface) is None
    ]
    if not missing:
        return Plan(texts.HAS_ADDRESS(name=resource.name), before=_shown(instance))
    names = {"name": resource.name, "interfaces": ", ".join(each.interface for each in missing)}
    requests = tuple(
        _api.request(
            context,
            f"{resource.path}/addAccessConfig",
            texts.ADD_ADDRESS(name=resource.name, interface=each.interface),
            UNDO_STEP,
            each.interface,
            query={"networkInterface": each.interface},
            body={"name": each.config, "type": "ONE_TO_ONE_NAT", **({"networkTier": each.tier} if each.tier else {})},
        )
        for each in missing
    )
    return Plan(
        texts.WOULD_ADD_ADDRESSES(**names, addresses=_text(missing)),
        calls=requests,
        done=texts.ADDRESSES_ADDED(**names),
        before=_shown(instance),
        details=_api.named(resource, instance),
    )


def _remove(context: ActionContext, resource: _api.ComputeResource, each: _Address) -> Call:
    does = texts.REMOVE_ADDRESS(name=resource.name, address=each.address)
    query = {"networkInterface": each.interface, "accessConfig": each.config}
    path = f"{resource.path}/deleteAccessConfig"
    return _api.request(context, path, does, STEP, each.interface, each.config, query=query)


def _may_have_removed(context: ActionContext, resource: _api.ComputeResource, each: _Address) -> bool:
    """Whether the run that this one undoes removed the address: it may have failed before."""
    call = _remove(context, resource, each)
    return calls.may_have_made(context, call.method, call.url, **call.shown_body)


def _addresses(instance: Mapping[str, Any]) -> Iterator[_Address]:
    for interface in instance.get("networkInterfaces", ()):
        for config in interface.get("accessConfigs", ()):
            name, address = str(config.get("name", "")), str(config.get("natIP", "?"))
            yield _Address(str(interface.get("name", "")), name, address, str(config.get("networkTier", "")))


def _with_noted(context: ActionContext, removed: Sequence[_Address]) -> list[dict[str, Any]]:
    """The addresses to add again: those of an interrupted attempt too."""
    noted = list((context.noted_undo or {}).get("add", ()))
    return noted + [each for each in map(_stored, removed) if each not in noted]


def _stored(each: _Address) -> dict[str, Any]:
    return {"interface": each.interface, "config": each.config, "address": each.address, "tier": each.tier}


def _text(addresses: Sequence[_Address]) -> str:
    return ", ".join(each.address for each in addresses)


def _shown(instance: Mapping[str, Any]) -> dict[str, Any]:
    return {"addresses": [_stored(each) for each in _addresses(instance)]}
