"""The dashboard runs in a function without the command line and the rule compiler."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from deploy.source import CODE, NOT_DEPLOYED
from shared.config import ROOT

# It asks first whether the module is there.
GUARDED = {("dashboard/pages/rules.py", "collectors.metrics_analysis.compiler")}
OWN = ("cli", "deploy", "tests", *CODE)


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (node.module, *(f"{node.module}.{name.name}" for name in node.names))
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def test_the_dashboard_imports_only_what_is_deployed() -> None:
    missing = tuple(path.removesuffix(".py").replace("/", ".") for path in NOT_DEPLOYED)
    found = {
        (file.relative_to(ROOT).as_posix(), next((part for part in missing if name.startswith(part)), name))
        for file in (ROOT / "dashboard").rglob("*.py")
        for name in _imports(file)
        if name.partition(".")[0] in OWN and (name.partition(".")[0] not in CODE or name.startswith(missing))
    }
    assert found - GUARDED == set()


def test_pages_start_without_the_api_and_its_models() -> None:
    """Pydantic would double the time to the first page, so only the API imports it, at its first request."""
    later = ("dashboard.api", "dashboard.badge", "pydantic")
    found = {
        (file.relative_to(ROOT).as_posix(), name)
        for file in (ROOT / "dashboard").rglob("*.py")
        if not {"api", "badge"} & {*file.relative_to(ROOT).parts}
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        for name in _imports_of(node)
        if name.startswith(later)
    }
    assert found == set()


def _imports_of(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module]
    return [name.name for name in node.names] if isinstance(node, ast.Import) else []
