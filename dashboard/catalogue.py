"""The compiled rules that pages read, loaded once per process, because they do not change in a deployment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from shared.errors import HinomiError


@lru_cache(maxsize=2)
def _compiled(rules_dir: Path) -> Mapping[str, Any]:
    from collectors.metrics_analysis.sigma import artifact  # noqa: PLC0415

    return artifact.load(rules_dir)


def thresholds(rules_dir: Path) -> Sequence[Mapping[str, Any]]:
    """The limits of the load check; empty if the rules are invalid, which `hinomi rules check` explains."""
    try:
        return list(_compiled(rules_dir)["load"])
    except HinomiError:
        return []


def expectations(rules_dir: Path) -> Mapping[str, Any]:
    """The compiled rules/expectations.yaml; empty if the rules are invalid."""
    try:
        return dict(_compiled(rules_dir).get("expectations", {}))
    except HinomiError:
        return {}


def descriptions(rules_dir: Path, language: str = "en") -> Mapping[str, str]:
    """The description of each metric in the catalogue by its type; in English if it has no text in the language."""
    try:
        return {
            each["metric"]: each.get(f"description_{language}", each["description"])
            for service in _compiled(rules_dir)["history"]
            for each in service["metrics"]
        }
    except HinomiError:
        return {}
