"""An installed package with plug-ins: the notifier of docs/handlers.md, or modules that a test writes."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from handlers import registry
from shared.config import ROOT

NOTIFIER = {"hinomi.notifiers": {"chat": "my_chat.notifier"}}


def documented_notifier() -> str:
    """The source of the notifier that docs/handlers.md shows as a whole."""
    return _documented("python", 'NAME = "chat"')


def documented_test() -> str:
    """The test of this notifier that docs/handlers.md shows."""
    return _documented("python", "from my_chat import notifier")


def documented_project() -> str:
    """The pyproject.toml of its package in docs/handlers.md."""
    return _documented("toml", 'name = "my-chat"')


def _documented(language: str, part: str) -> str:
    """The block of docs/handlers.md in a language that contains a part."""
    page = (ROOT / "docs" / "handlers.md").read_text(encoding="utf-8")
    blocks = re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (source,) = [block for block in blocks if part in block]
    return str(source)


def install(
    site: Path,
    modules: Mapping[str, str] | None = None,
    entry_points: Mapping[str, Mapping[str, str]] | None = None,
    *,
    name: str = "my-chat",
    requires: tuple[str, ...] = (),
) -> None:
    """Writes a package and its metadata into a folder, like an installer; by default the documented notifier."""
    if modules is None:
        modules = {"my_chat/__init__.py": "", "my_chat/notifier.py": documented_notifier()}
    sections = NOTIFIER if entry_points is None else entry_points
    listed = [
        line
        for group, points in sections.items()
        for line in (f"[{group}]", *(f"{k} = {v}" for k, v in points.items()))
    ]
    info = f"{name.replace('-', '_')}-1.0.dist-info"
    metadata = [
        "Metadata-Version: 2.1",
        f"Name: {name}",
        "Version: 1.0",
        *(f"Requires-Dist: {text}" for text in requires),
    ]
    files = {
        **modules,
        f"{info}/METADATA": "\n".join([*metadata, ""]),
        f"{info}/entry_points.txt": "\n".join([*listed, ""]),
        f"{info}/direct_url.json": '{"url": "file:///somewhere"}',
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    for path, text in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text, encoding="utf-8")


@contextmanager
def importable(site: Path) -> Iterator[None]:
    """Adds the packages of a folder to this process, like a start with PYTHONPATH."""
    before = set(sys.modules)
    sys.path.insert(0, str(site))
    registry.plugins.cache_clear()
    try:
        yield
    finally:
        sys.path.remove(str(site))
        registry.plugins.cache_clear()
        for name in set(sys.modules) - before:
            if getattr(sys.modules[name], "__file__", None) and str(site) in str(sys.modules[name].__file__):
                del sys.modules[name]
