"""How the simulated Google APIs change resources and return them."""

from __future__ import annotations

from typing import Any


def camel(name: str) -> str:
    """Converts a field of an update mask to its name in JSON: from snake case to camel case."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def merge(resource: dict[str, Any], name: str, value: Any, *, replaces: bool) -> None:
    """Sets a field of a resource. An object is merged into the current value, unless it `replaces` that."""
    if isinstance(value, dict) and isinstance(resource.get(name), dict) and not replaces:
        resource[name].update(value)
    else:
        resource[name] = value


def without_conditions(policy: dict[str, Any]) -> dict[str, Any]:
    """A policy in version 1, where a role with a condition gets a suffix (iam/docs/troubleshooting-withcond)."""
    shown = [
        {"role": f"{one['role']}_withcond_0123456789abcdef", "members": one["members"]} if one.get("condition") else one
        for one in policy.get("bindings", ())
    ]
    return {**policy, "bindings": shown} if shown else policy
