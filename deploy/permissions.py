"""The permissions that the enabled parts of Hinomi declare, and nothing else: what the generated roles hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from handlers import registry
from handlers.read import read
from handlers.spec import HandlerSpec
from shared.config import Settings
from shared.model import Mode

Reasons = dict[str, list[str]]


def declared(function: str, *, artifact: dict[str, Any], handlers_file: Path, settings: Settings) -> Reasons:
    """The permissions that a function needs in what it watches, each with the parts that declare it.

    `settings` are those that it will have: what has nothing to read in them needs nothing. Raises InputError for a
    handlers file that is wrong.
    """
    makers = {
        "metrics_analysis": lambda: _metrics(artifact, handlers_file, settings),
        "history_analysis": lambda: _history(artifact, settings),
    }
    reasons: Reasons = {}
    for permission, reason in makers.get(function, lambda: iter(()))():
        reasons.setdefault(permission, []).append(reason)
    return {name: sorted(set(reasons[name])) for name in sorted(reasons)}


def of_handler(rule: HandlerSpec, settings: Settings) -> tuple[str, ...]:
    """What one handler rule needs: in dry_run an action may declare less, as it only reads then.

    Nothing when the action says that the other side is not there in these settings, or does not ask IAM.
    """
    action = registry.find(rule.action)
    asks_iam = getattr(action, "asks_iam", None)
    if asks_iam is not None and not asks_iam(settings, registry.params(action, rule.params)):
        return ()
    if rule.mode is Mode.DRY_RUN:
        return tuple(getattr(action, "DRY_RUN_PERMISSIONS", action.PERMISSIONS))
    return action.PERMISSIONS


def _metrics(artifact: dict[str, Any], handlers_file: Path, settings: Settings) -> Iterator[tuple[str, str]]:
    from collectors.metrics_analysis.detectors import discover  # noqa: PLC0415

    if artifact["load"]:
        for detector in discover():
            for permission in getattr(detector, "PERMISSIONS", ()):
                yield permission, f"detector {detector.__name__.rpartition('.')[2]}"
    rules, errors = read(handlers_file)
    if errors:
        raise errors[0]
    for rule in rules:
        for permission in of_handler(rule, settings) if rule.enabled else ():
            yield permission, f"handler rule {rule.name} ({rule.action}, {rule.mode})"


def _history(artifact: dict[str, Any], settings: Settings) -> Iterator[tuple[str, str]]:
    from collectors.history_analysis.registry import discover  # noqa: PLC0415

    for collector in discover(artifact["history"]):
        for permission in collector.permissions if collector.scopes(settings) else ():
            yield permission, f"collector {collector.name}"
