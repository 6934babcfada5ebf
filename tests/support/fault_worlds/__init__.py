"""The worlds of the fault matrix (tests/integration/handlers/remediations/test_fault_matrix.py), one file for each remediation.

A file has the place and the name of the action's in handlers/actions, and has `world()`: a context manager that starts a small server with a fault that the
action repairs, and yields a World.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, cast

from demo.platform.http import JsonServer, Request
from handlers import registry
from insights.causes.lookup import Causes
from shared.config import Settings
from shared.model import Finding

# Remediations whose server does not show whether a call had its effect: their own tests have the faults.
WITHOUT_SERVER = frozenset(
    {"run_script", "http_call", "execute_workflow", "seek_subscription", "replay_dead_letter", "publish_message"}
)


@dataclass
class World:
    """A server with one fault.

    `is_change` recognizes the request that changes something, `changes` counts the changes that took effect, `correct` is
    what a person does who corrects the fault by hand, and `remove` deletes the target. `causes` is its Schema DB,
    if the action reads one.
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
    place = registry.plugins()[action].module.removeprefix("handlers.actions.")
    module = importlib.import_module(f"{__name__}.{place}")
    return cast("AbstractContextManager[World]", module.world())
