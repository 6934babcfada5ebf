"""Which layers of the platform's map a grant on a resource, a project, a folder or the organization reaches."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import Resource
from db.schema_db.resource_hierarchy import all_ancestors_at
from insights.access.platform_map import SERVICES, Layer, PlatformMap, is_whole, kind_of, named_projects
from shared.iam_names import MANAGER, STORAGE, parents


class LayerScope:
    """Where the layers' datasets, buckets and topics hung at a time; read once.

    `resources` are those of each layer, `others` those in no layer. What was missing then is in neither, unless asked.
    """

    def __init__(self, session: Session, intended: PlatformMap, at: datetime, *, with_missing: bool = False) -> None:
        self.intended = intended
        self.resources: dict[str, list[str]] = {layer.name: [] for layer in intended.layers}
        self.others: list[str] = []
        self._projects: dict[str, str] = {}
        self._above = all_ancestors_at(session, at)
        self._project_above: dict[str, list[str]] = {}
        self._below: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)  # layers with the kinds of what is there
        self._counts: Counter[str] = Counter()
        self._anywhere: set[tuple[str, str]] = set()  # the same of what hangs nobody knows where
        rows = select(Resource.name, Resource.project, Resource.missing_since).order_by(Resource.name)
        there = []
        for name, project, missing in session.execute(rows):
            self._projects[name] = project
            if project and self._above.get(name):
                self._project_above.setdefault(project, self._above[name])
            if is_whole(name) and (with_missing or missing is None or missing > at):
                there.append(name)
        for name in there:
            self._note(name)
        self._note_patterns()

    def chain(self, resource: str) -> list[str]:
        """The resource and everything whose policy holds on it too, nearest first."""
        return [resource, *self._parents(resource)]

    def project(self, resource: str) -> str:
        """The project that a resource is in; empty where that is not known."""
        return self._projects.get(resource, "")

    def layers(self, resource: str, services: Collection[str] = SERVICES.values()) -> tuple[Layer, ...]:
        """The layers that a grant on a resource reaches, if it is about these services."""
        if not resource.startswith(MANAGER):
            return self.intended.layers_of(resource)
        below = self._anywhere | self._below.get(resource, set())
        names = {layer for layer, kind in below if SERVICES[kind] in services}
        return tuple(layer for layer in self.intended.layers if layer.name in names)

    def count(self, resource: str) -> int:
        """How many datasets, buckets and topics of layers a grant on a resource reaches, as far as is known."""
        return self._counts[resource] if resource.startswith(MANAGER) else 1

    def _note(self, name: str) -> None:
        layers, kind = self.intended.layers_of(name), kind_of(name)[0]
        above = [item for item in self._parents(name) if item.startswith(MANAGER)]
        if not layers:
            self.others.append(name)
            return
        self._counts.update(above)
        for layer in layers:
            self.resources[layer.name].append(name)
            for item in above:
                self._below[item].add((layer.name, kind))
            if not above:
                self._anywhere.add((layer.name, kind))

    def _note_patterns(self) -> None:
        """Projects that a pattern names are reached too; a bucket that was never seen may be in any."""
        for layer in self.intended.layers:
            for kind, project in named_projects(layer):
                name = f"{MANAGER}projects/{project}"
                for item in (name, *self._parents(name)):
                    self._below[item].add((layer.name, kind))
            seen = any(name.startswith(STORAGE) for name in self.resources[layer.name])
            if layer.patterns.get("buckets") and not seen:
                self._anywhere.add((layer.name, "buckets"))

    def _parents(self, resource: str) -> list[str]:
        near = (resource, *parents(resource, []))
        above = next((self._above[name] for name in near if self._above.get(name)), None)
        if above is None:
            project = self._projects.get(resource) or resource.removeprefix(f"{MANAGER}projects/")
            above = self._project_above.get(project) or ([f"projects/{project}"] if "/" not in project else [])
        return parents(resource, list(above))
