"""Compiled rules with declared reporters, as a deployed function has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from collectors.metrics_analysis.sigma import artifact
from shared.config import ROOT

_UNLIMITED = {"max_severity": "critical", "publishers": []}


def reporter(name: str, **more: Any) -> dict[str, Any]:
    """A compiled declaration of a reporter, which allows every kind and every resource unless `more` limits them."""
    kinds = ["job_failure", "load_issue", "irregular_access"]
    return {"name": name, "kind": kinds, "service": [name.lower()], "resource": ["*"], **_UNLIMITED, **more}


def rules_with(folder: Path, *names: str) -> Path:
    """Writes a folder with the compiled rules of Hinomi and these reporters."""
    made = {**artifact.load(ROOT / "rules"), "reporters": [reporter(name) for name in names]}
    artifact.write(folder, made)
    return folder
