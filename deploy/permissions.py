"""The permissions that the enabled parts of Hinomi declare, and nothing else: what the generated roles hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from handlers import registry
from handlers.read import read
from handlers.spec import HandlerSpec
from shared.model import Mode

Reasons = dict[str, list[str]]


def declared(function: str, *, artifact: dict[str, Any], handlers_file: Path) -> Reasons:
    """The permissions that a function needs in what it watches, each with the parts that declare it.

    Raises InputError for a handlers file that is wrong.
    """
    makers = {"metrics_analysis": lambda: _metrics(artifact, handlers_file), "history_analysis": _history}
    reasons: Reasons = {}
    for permission, reason in makers.get(function, lambda: iter(()))():
        reasons.setdefault(permission, []).append(reason)
    return {name: sorted(set(reasons[name])) for name in sorted(reasons)}


def of_handler(rule: HandlerSpec) -> tuple[str, ...]:
    """What one handler rule needs: in dry_run an action may declare less, as it only reads then."""
    action = registry.find(rule.action)
    if rule.mode is Mode.DRY_RUN:
        return tuple(getattr(action, "DRY_RUN_PERMISSIONS", action.PERMISSIONS))
    return action.PERMISSIONS


def _metrics(artifact: dict[str, Any], handlers_file: Path) -> Iterator[tuple[str, str]]:
    from collectors.metrics_analysis.detectors import discover  # noqa: PLC0415

    if artifact["load"]:
        for detector in discover():
            for permission in getattr(detector, "PERMISSIONS", ()):
                yield permission, f"detector {detector.__name__.rpartition('.')[2]}"
    rules, errors = read(handlers_file)
    if errors:
        raise errors[0]
    for rule in rules:
        for permission in of_handler(rule) if rule.enabled else ():
            yield permission, f"handler rule {rule.name} ({rule.action}, {rule.mode})"


def _history() -> Iterator[tuple[str, str]]:
    from collectors.history_analysis.registry import discover  # noqa: PLC0415

    for collector in discover():
        for permission in collector.permissions:
            yield permission, f"collector {collector.name}"
