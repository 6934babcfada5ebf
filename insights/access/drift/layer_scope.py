"""Finds the layers of the platform map that a grant reaches on a resource, a project, a folder or the organization."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection

from insights.access.hierarchy import Hierarchy
from insights.access.platform_map import SERVICES, Layer, PlatformMap, is_container, kind_of, named_projects
from shared.identity.iam_names import MANAGER, STORAGE

LayerKind = tuple[str, str]  # the name of a layer, and a kind of resource in it


class LayerScope:
    """The datasets, buckets and topics of the layers at the end of a window.

    `resources` has the resources of each layer, `others` the resources outside all layers. Resources missing from the
    latest snapshot are included only with `with_missing`.
    """

    def __init__(self, platform_map: PlatformMap, hierarchy: Hierarchy, *, with_missing: bool = False) -> None:
        self.platform_map = platform_map
        self.hierarchy = hierarchy
        self.resources: dict[str, list[str]] = {layer.name: [] for layer in platform_map.layers}
        self.others: list[str] = []
        self._below: defaultdict[str, set[LayerKind]] = defaultdict(set)  # by project, folder and organization
        self._counts: Counter[str] = Counter()
        self._anywhere: set[LayerKind] = set()  # in unknown projects
        for name in hierarchy.resources(with_missing=with_missing):
            if is_container(name):
                self._add(name)
        self._add_named_projects()

    def layers(self, resource: str, services: Collection[str] = SERVICES.values()) -> tuple[Layer, ...]:
        """The layers that a grant on a resource reaches, if its role concerns BigQuery, Cloud Storage or Pub/Sub."""
        if not resource.startswith(MANAGER):
            return self.platform_map.layers_of(resource)
        below = self._anywhere | self._below.get(resource, set())
        names = {layer for layer, kind in below if SERVICES[kind] in services}
        return tuple(layer for layer in self.platform_map.layers if layer.name in names)

    def count(self, resource: str) -> int:
        """The number of datasets, buckets and topics in layers that a grant on a resource reaches, if known."""
        return self._counts[resource] if resource.startswith(MANAGER) else 1

    def _add(self, name: str) -> None:
        layers, kind = self.platform_map.layers_of(name), kind_of(name)[0]
        if not layers:
            self.others.append(name)
            return
        above = self._above(name)
        self._counts.update(above)
        for layer in layers:
            self.resources[layer.name].append(name)
            for item in above:
                self._below[item].add((layer.name, kind))
            if not above:
                self._anywhere.add((layer.name, kind))

    def _add_named_projects(self) -> None:
        """Adds projects that a pattern names; a bucket that no snapshot has seen may be in any project."""
        for layer in self.platform_map.layers:
            for kind, project in named_projects(layer):
                name = f"{MANAGER}projects/{project}"
                for item in (name, *self._above(name)):
                    self._below[item].add((layer.name, kind))
            seen = any(name.startswith(STORAGE) for name in self.resources[layer.name])
            if layer.patterns.get("buckets") and not seen:
                self._anywhere.add((layer.name, "buckets"))

    def _above(self, resource: str) -> list[str]:
        return [item for item in self.hierarchy.chain(resource)[1:] if item.startswith(MANAGER)]
