"""Compares the permissions that collectors, actions and detectors declare with the calls that they make.

The calls are lines of tests/support/call_recorder.py; tests/support/call_permissions.py has what each of them needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from shared.config import ROOT
from tests.support.call_permissions import needed
from tests.support.metrics import example_metrics, kept_metrics

# The tests in which every call is checked.
FLOW_FOLDERS = ("handlers/actions", "handlers/notifiers", "collectors", "history")
FLOWS = tuple(ROOT / "tests" / "integration" / name for name in FLOW_FOLDERS)
# Permissions that no single request on loopback shows, with the reason.
UNSEEN = {
    "composer.dags.get": "Airflow's own API decides by it which DAGs a caller sees",
}

Declared = Mapping[str, set[str]]  # the permissions of each part


def declared(folder: Path) -> dict[str, set[str]]:
    """The declared permissions of each part, by its name in the recorder; writes a metric catalogue into the folder."""
    from collectors.history_analysis.bigquery import copy
    from collectors.history_analysis.registry import discover as collectors
    from collectors.metrics_analysis import reason_lines
    from collectors.metrics_analysis.detectors import discover as detectors
    from handlers import registry

    metrics = [*kept_metrics(), *example_metrics(folder)]
    with_copy = (*collectors(metrics), copy.step(None))  # type: ignore[arg-type]
    result = {f"collector {item.name}": set(item.permissions) for item in with_copy}
    result |= {f"action {name}": set(registry.find(name).PERMISSIONS) for name in registry.names()}
    result["reason lines"] = set(reason_lines.PERMISSIONS)
    for item in detectors():
        result[f"detector {item.__name__.rpartition('.')[2]}"] = set(getattr(item, "PERMISSIONS", ()))
    return result


def unknown(lines: Iterable[str]) -> list[str]:
    """The calls without an entry in the table of permissions."""
    return sorted(call for _, call in map(_split, lines) if needed(call) is None)


def undeclared(lines: Iterable[str], known: Declared) -> set[tuple[str, str]]:
    """Each part (or call without a part) with the permissions that it needs and no active part declares."""
    missing = set()
    for parts, call in map(_split, lines):
        declared_by_active = {permission for part in parts or known for permission in known.get(part, ())}
        lacking = _permissions(call) - declared_by_active
        missing |= {(part, permission) for permission in lacking for part in parts or {call}}
    return missing


def idle(lines: Iterable[str], known: Declared) -> set[tuple[str, str]]:
    """Each part with its declared permissions that none of its calls needs."""
    needs = {
        (part, permission) for parts, call in map(_split, lines) for part in parts for permission in _permissions(call)
    }
    pairs = {(part, permission) for part, permissions in known.items() for permission in permissions}
    return {(part, permission) for part, permission in pairs - needs if permission not in UNSEEN}


def _split(line: str) -> tuple[frozenset[str], str]:
    parts, _, call = line.partition("\t")
    return frozenset(parts.split("|")) - {""}, call


def _permissions(call: str) -> set[str]:
    line = needed(call)
    return set(line.permissions) if line else set()
