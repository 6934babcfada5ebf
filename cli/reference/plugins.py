"""docs/actions.md and docs/notifiers.md: the reference of the plug-ins, written from their own declarations.

`hinomi handlers reference --write` writes the pages; a test keeps them equal to the code.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

from handlers import registry
from handlers.context import Action
from shared.config import ROOT
from shared.setting import Setting

PAGES = {registry.ACTIONS: ROOT / "docs" / "actions.md", registry.NOTIFIERS: ROOT / "docs" / "notifiers.md"}
HEADS = {
    registry.ACTIONS: """\
# Actions

What a [handler rule](handlers.md) can do about an incident. An action runs in `mode: dry_run` unless the rule says `auto`: it
then reports what it would change. This page is generated: `hinomi handlers reference --write`.
""",
    registry.NOTIFIERS: """\
# Notifiers

Where a [handler rule](handlers.md) can send a notification. This page is generated: `hinomi handlers reference --write`.
""",
}


def reference(part: str) -> str:
    """The page of the actions or of the notifiers in this source tree."""
    own = [each.name for each in registry.plugins().values() if each.part == part and not each.package]
    return "\n".join([HEADS[part], *(section(name) for name in own)])


def section(name: str) -> str:
    """The section of one plug-in, also of an installed package. Raises InputError when there is none."""
    plugin = registry.find(name)
    return "\n".join(
        [f"## {name}", "", inspect.cleandoc(plugin.__doc__ or ""), "", *_parameters(plugin), *_needs(plugin)]
    )


def write() -> list[Path]:
    """Writes both pages, and returns them."""
    for part, page in PAGES.items():
        page.write_text(reference(part), encoding="utf-8")
    return list(PAGES.values())


def _parameters(plugin: Action) -> Iterator[str]:
    found = fields(plugin.Params)
    if found:
        yield from ("| Parameter | Default | Meaning |", "|---|---|---|")
        yield from (f"| `{item.name}` | {_default(item)} | {item.metadata.get('doc', '')} |" for item in found)
        yield ""


def _default(item: Field[Any]) -> str:
    if item.default is MISSING:
        return "required"
    return f"`{item.default}`" if item.default not in ((), "", None) else "(empty)"


def _needs(plugin: Action) -> Iterator[str]:
    reading = getattr(plugin, "DRY_RUN_PERMISSIONS", plugin.PERMISSIONS)
    changing = [name for name in plugin.PERMISSIONS if name not in reading]
    if reading:
        yield from (f"Permissions: {_listed(reading)}.", "")
    if changing:
        yield from (f"With `mode: auto` also: {_listed(changing)}.", "")
    yield from _variables("Settings", getattr(plugin, "SETTINGS", ()))
    yield from _variables("Secrets", getattr(plugin, "SECRETS", ()))


def _variables(title: str, settings: tuple[Setting, ...]) -> Iterator[str]:
    if settings:
        yield from (f"| {title} ([how to set them](settings.md)) | Meaning |", "|---|---|")
        yield from (f"| {_listed(setting.documented)} | {setting.doc} |" for setting in settings)
        yield ""


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
