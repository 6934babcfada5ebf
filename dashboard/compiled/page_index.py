"""An index of the pages and their addresses, so that the first page of a process need not import all others.

A deployment contains the index: `python -m dashboard.compiled FOLDER` writes it. Elsewhere it is written with the first
use, and again when a page or its title changes: like the bytecode of a module, it knows the times and sizes of its files.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from dashboard.compiled.loader import CACHE, DEPLOYED, write_file
from dashboard.page import Page, Route
from dashboard.security.roles import UserRole
from shared.texts import Text

NAME = "pages.json"
VERSION = 1  # of the form of the index
FOLDER = Path(__file__).parents[1]
# Everything that an index contains: the pages, their titles, and the classes of both.
SOURCES = (
    "dashboard/pages",
    "dashboard/page.py",
    "dashboard/security/roles.py",
    "shared/texts/dashboard",
    "shared/texts/remediations/by_hand.py",
)


class LazyFunction:
    """A function of a page, imported with its first call."""

    def __init__(self, module: str, name: str) -> None:
        self.__module__, self.__name__ = module, name

    def __call__(self, *args: Any, **values: Any) -> Any:
        """Calls the function of the module."""
        return getattr(import_module(self.__module__), self.__name__)(*args, **values)


def read(folder: Path = FOLDER) -> tuple[Page, ...] | None:
    """The pages of the index of a deployment, or of the one kept here; None if there is none for the current files."""
    deployed = _content(folder / "templates" / DEPLOYED / NAME)
    index = deployed or _content(folder / "pages" / CACHE / NAME)
    is_current = index and (deployed or index.get("files") == _files(folder.parent)) and index.get("version") == VERSION
    return tuple(map(_page, index["pages"])) if index and is_current else None


def keep(pages: Sequence[Page], folder: Path = FOLDER) -> None:
    """Writes the index of these pages for the next process, which imports the pages again if the folder is read-only."""
    with contextlib.suppress(OSError):
        write_file(folder / "pages" / CACHE / NAME, _written(pages, _files(folder.parent)))


def write(pages: Sequence[Page], folder: Path) -> None:
    """Writes the index into the folder of a deployment. Raises OSError."""
    write_file(folder / NAME, _written(pages, []))


def _content(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _written(pages: Sequence[Page], files: Sequence[Any]) -> str:
    index = {"version": VERSION, "files": files, "pages": [_stored(page) for page in pages]}
    return json.dumps(index, ensure_ascii=False)


def _stored(page: Page) -> dict[str, Any]:
    routes = [
        [each.path, each.method, each.template, each.role, each.function.__module__, each.function.__name__]
        for each in page.routes
    ]
    return {
        **{name: getattr(page, name) for name in ("name", "order", "icon", "key", "on_phone", "within", "role")},
        "title": [page.title.en, page.title.ja],
        "badge": [page.badge.__module__, page.badge.__name__] if page.badge else None,
        "routes": routes,
    }


def _page(stored: dict[str, Any]) -> Page:
    en, ja = stored["title"]
    routes = [
        Route(path, method, template, UserRole(role), LazyFunction(module, name))
        for path, method, template, role, module, name in stored["routes"]
    ]
    badge = LazyFunction(*stored["badge"]) if stored["badge"] else None
    made = {**stored, "title": Text(en=en, ja=ja), "role": UserRole(stored["role"]), "badge": badge, "routes": routes}
    return Page(**made)


def _files(root: Path) -> list[list[Any]]:
    """The path, the time and the size of each file that the index depends on."""
    return [[path, *_stamp(f"{root}/{path}")] for source in SOURCES for path in _modules(root, source)]


def _modules(root: Path, source: str) -> Iterator[str]:
    """The Python files at or below a path."""
    if source.endswith(".py"):
        yield source
        return
    for folder, below, names in os.walk(root / source):
        below[:] = sorted(name for name in below if name != CACHE)
        yield from (f"{os.path.relpath(folder, root)}/{name}" for name in sorted(names) if name.endswith(".py"))


def _stamp(path: str) -> tuple[int, int]:
    status = os.stat(path)  # noqa: PTH116 - for sixty files with the first page
    return status.st_mtime_ns, status.st_size
