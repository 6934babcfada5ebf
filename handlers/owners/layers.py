"""Adds the layers of the platform map to the table of owners, when a file of handler rules is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from handlers.owners.keys import OwnerKeys
from handlers.owners.table import LAYERS, OWNERS
from shared.errors import InputError
from shared.strict_yaml import Document
from shared.suggestions import did_you_mean, listed
from shared.texts import owners as texts
from shared.texts.validation import USE

if TYPE_CHECKING:
    from insights.access.platform_map import PlatformMap
    from shared.config import Settings


def map_of(settings: Settings) -> PlatformMap | None:
    """The platform map of the installation; None if there is none. Raises InputError for an invalid map."""
    if not settings.platform_file:
        return None
    from insights.access.compiled_map import load  # noqa: PLC0415 - most installations have no platform map

    return load(Path(settings.platform_file))


def with_layers(defaults: Mapping[str, Any], platform_map: PlatformMap | None) -> dict[str, Any]:
    """The block of defaults with the layers of the map that have an owner; with all layers if entries name layers."""
    names_layers = any("layer" in entry.get("match", {}) for entry in defaults.get(OWNERS, ()))
    layers = {
        layer.name: {"owner": layer.owner, "patterns": {kind: list(each) for kind, each in layer.patterns.items()}}
        for layer in (platform_map.layers if platform_map else ())
        if layer.owner or names_layers
    }
    return {**defaults, LAYERS: layers} if layers else dict(defaults)


def unknown_layers(
    owners: list[OwnerKeys], platform_map: PlatformMap | None, document: Document
) -> Iterator[InputError]:
    """Mistakes: layers that the map does not have."""
    known = [layer.name for layer in platform_map.layers] if platform_map else []
    for index, keys in enumerate(owners):
        for name in keys.match.layer or ():
            if not platform_map:
                yield document.error(texts.NO_MAP(layer=name), "owners", index, "match", "layer")
            elif not set(name) & set("*?[") and name not in known:
                near = did_you_mean(name, known, most=1) or USE(names=listed(known))
                yield document.error(texts.NO_LAYER(layer=name, suggestion=near), "owners", index, "match", "layer")
