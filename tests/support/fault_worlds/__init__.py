"""The worlds of the fault matrix (tests/integration/handlers/remediations/test_fault_matrix.py), one file per remediation.

The file has the same name and folder as the action in handlers/actions. It has `world()`: a context manager that starts
a small server with a fault that the action repairs, and yields a World.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, cast

from demo.platform.http import JsonServer, Request
from handlers import registry
from insights.causes.lookup import Causes
from shared.config import Settings
from shared.model import Finding, RunState

# How an action differs from the matrix, by fault: fields of the expectation; None for a fault that cannot occur.
Differences = Mapping[str, Mapping[str, Any] | None]
# For a call without a precondition, a conflict is an error like others.
_REJECTED = {"first": RunState.FAILED, "last": RunState.FAILED, "changes": 0, "failures": 1, "effects": ("none",)}
NOT_A_CONFLICT: Differences = dict.fromkeys(("conflict", "precondition failed", "conflicts without end"), _REJECTED)
# For a call whose effect cannot be read: after a lost response it is repeated, and must be harmless.
_LOST = ("server error", "gateway error", "connection lost")
REPEATED: Differences = {
    fault: {"effects": ("unknown", "made")}
    for fault in (*(f"{fault} after the change" for fault in _LOST), "worker killed after the call")
}


@dataclass
class World:
    """A server with one fault.

    `is_change` recognizes the request that makes the change, `changes` counts the changes that took effect, `correct`
    repairs the fault as a person would by hand, and `remove` deletes the target. `causes` is the Schema DB, if the
    action reads one.
    """

    server: JsonServer
    settings: Settings
    finding: Finding
    is_change: Callable[[Request], bool]
    changes: Callable[[], int]
    correct: Callable[[], None]
    remove: Callable[[], None]
    params: dict[str, Any] = field(default_factory=dict)
    causes: Causes | None = None


def world_of(action: str) -> AbstractContextManager[World]:
    """The world of an action."""
    return cast("AbstractContextManager[World]", _module(action).world())


def differences_of(action: str) -> Differences:
    """How an action deviates from the matrix."""
    return getattr(_module(action), "DIFFERS", {})


def effects_of(action: str, effects: tuple[str, ...]) -> tuple[str, ...]:
    """The effects of all calls of an action: `effects` are those of the change; some actions call before or after it."""
    module = _module(action)
    before = getattr(module, "CALLS_BEFORE", ()) if effects else ()
    after = getattr(module, "CALLS_AFTER", ()) if effects[-1:] == ("made",) else ()
    return (*before, *effects, *after)


def _module(action: str) -> Any:
    place = registry.plugins()[action].module.removeprefix("handlers.actions.")
    return importlib.import_module(f"{__name__}.{place}")
