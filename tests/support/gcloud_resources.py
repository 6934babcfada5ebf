"""Resources as the simulated Google APIs change and show them."""

from __future__ import annotations

from typing import Any


def camel(name: str) -> str:
    """A field of an update mask as JSON writes it."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def merge(resource: dict[str, Any], name: str, value: Any, *, replaces: bool) -> None:
    """Sets a field of a resource; of an object its parts, unless the value replaces it."""
    if isinstance(value, dict) and isinstance(resource.get(name), dict) and not replaces:
        resource[name].update(value)
    else:
        resource[name] = value


def without_conditions(policy: dict[str, Any]) -> dict[str, Any]:
    """A policy of version 1: a role with a condition has another name (iam/docs/troubleshooting-withcond)."""
    shown = [
        {"role": f"{one['role']}_withcond_0123456789abcdef", "members": one["members"]} if one.get("condition") else one
        for one in policy.get("bindings", ())
    ]
    return {**policy, "bindings": shown} if shown else policy
