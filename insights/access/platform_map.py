"""The platform's map: which resources are in which layer, and who is meant to do what there.

The user writes one YAML file (platform_file.py, docs/platform-map.md). Patterns are those of the shell; a name is written
as people do: project.dataset, bucket, projects/P/topics/T. The build writes the checked map as JSON for the functions.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from insights.access.patterns import is_pattern, matches
from insights.access.role_levels import Ability, Level
from shared.errors import InputError
from shared.iam_names import BIGQUERY, EVERYBODY, STORAGE, project_of, short_name

SERVICES = {"datasets": "bigquery", "buckets": "storage", "topics": "pubsub"}
EVERY_LAYER = "*"
PUBSUB = "//pubsub.googleapis.com/"


@dataclass(frozen=True, slots=True)
class Layer:
    """What is in one layer, as patterns, by kind."""

    name: str
    owner: str
    patterns: dict[str, tuple[str, ...]]

    def holds(self, resource: str) -> bool:
        """Whether a dataset (with its tables), a bucket or a topic is in it; by its full resource name."""
        kind, name = kind_of(resource)
        return matches((name,), self.patterns.get(kind, ()))


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a persona may do: a level or roles on layers, or roles on single resources."""

    layers: tuple[str, ...]
    resources: tuple[str, ...]
    level: Level | None
    roles: tuple[str, ...]

    def permits(self, ability: Ability) -> bool:
        """Whether a role stays within it."""
        if self.level is not None and ability.within(self.level):
            return True
        return matches((ability.role,), self.roles)

    def is_for(self, layer: str) -> bool:
        """Whether it is about a layer."""
        return layer in self.layers or EVERY_LAYER in self.layers

    def names(self, resource: str) -> bool:
        """Whether it is about a resource: by its name, or by that of the dataset, bucket or topic that it is in."""
        return matches((short_name(resource), resource, kind_of(resource)[1]), self.resources)


@dataclass(frozen=True, slots=True)
class Persona:
    """A part that people play, with the members that stand for it."""

    name: str
    members: tuple[str, ...]
    allowances: tuple[Allowance, ...]

    def is_member(self, member: str) -> bool:
        """Whether a member is named, by itself or by a pattern."""
        return matches((member,), self.members)

    @property
    def is_everybody(self) -> bool:
        """Whether it is what anybody may do."""
        return matches(EVERYBODY, self.members)


@dataclass(frozen=True, slots=True)
class Ignored:
    """Grants that are nobody's business here, such as those of Google's own agents."""

    member: str
    role: str


@dataclass(frozen=True, slots=True)
class PlatformMap:
    """The whole map."""

    layers: tuple[Layer, ...]
    personas: tuple[Persona, ...]
    exceptions: tuple[Ignored, ...]

    def layers_of(self, resource: str) -> tuple[Layer, ...]:
        """The layers that a dataset, a bucket, a topic, or something in one of them, is in."""
        return tuple(layer for layer in self.layers if layer.holds(resource))

    def names(self, resource: str) -> bool:
        """Whether a persona may do something on a resource that is named."""
        return any(item.names(resource) for persona in self.personas for item in persona.allowances)

    def is_excepted(self, member: str, role: str) -> bool:
        """Whether a grant is left out."""
        return any(fnmatchcase(member, item.member) and fnmatchcase(role, item.role) for item in self.exceptions)

    def personas_of(self, members: Collection[str]) -> list[Persona]:
        """The personas that somebody is, by itself and by everything that it is in."""
        return [persona for persona in self.personas if matches(members, persona.members)]

    def explains(self, members: Collection[str], ability: Ability, resource: str, layers: Sequence[Layer]) -> str:
        """The persona that a grant is meant for, as `explained_by` of those that the members are."""
        return explained_by(self.personas_of(members), ability, resource, layers)


def explained_by(personas: Sequence[Persona], ability: Ability, resource: str, layers: Sequence[Layer]) -> str:
    """Which of the personas of a member a grant is meant for, or several together; empty for none.

    A grant that reaches several layers has to be allowed on each of them.
    """
    allowed = {persona.name: [item for item in persona.allowances if item.permits(ability)] for persona in personas}
    for name, items in allowed.items():
        if _is_explained(items, resource, layers):
            return name
    together = [item for items in allowed.values() for item in items]
    if not _is_explained(together, resource, layers):
        return ""
    return ", ".join(name for name, items in allowed.items() if items)


def _is_explained(allowed: Sequence[Allowance], resource: str, layers: Sequence[Layer]) -> bool:
    if any(item.names(resource) for item in allowed):
        return True
    return bool(layers) and all(any(item.is_for(layer.name) for item in allowed) for layer in layers)


def kind_of(resource: str) -> tuple[str, str]:
    """The kind of the map's patterns for a resource, and the name that they match; empty for other kinds."""
    if resource.startswith(STORAGE):
        return "buckets", resource.removeprefix(STORAGE).partition("/")[0]
    if resource.startswith(BIGQUERY) and "/datasets/" in resource:
        return "datasets", ".".join(resource.removeprefix(BIGQUERY).split("/")[1:4:2])
    if resource.startswith(PUBSUB):
        return "topics", resource.removeprefix(PUBSUB)
    return "", ""


def is_whole(resource: str) -> bool:
    """Whether it is a dataset, a bucket or a topic itself, and not something in one."""
    kind, name = kind_of(resource)
    if kind == "topics":
        return "/topics/" in name
    return (kind == "buckets" and resource == STORAGE + name) or (kind == "datasets" and resource.count("/") == 6)


def named_projects(layer: Layer) -> set[tuple[str, str]]:
    """The projects that a layer's patterns of datasets and topics name in full, each with the kind."""
    datasets = [("datasets", pattern.rpartition(".")[0]) for pattern in layer.patterns.get("datasets", ())]
    topics = [("topics", project_of(f"/{pattern}")) for pattern in layer.patterns.get("topics", ())]
    return {(kind, project) for kind, project in [*datasets, *topics] if project and not is_pattern(project)}


def load(path: Path) -> PlatformMap:
    """The map: the YAML file at `path`, or the JSON that the build wrote in its place. Raises InputError."""
    if path.exists():
        return _read_yaml(path)
    compiled = path.with_suffix(".json")
    try:
        return from_dict(json.loads(compiled.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"the platform map {path} cannot be read: {error}") from error


def _read_yaml(path: Path) -> PlatformMap:
    try:
        from insights.access.platform_file import read  # noqa: PLC0415
    except ModuleNotFoundError as error:
        message = f"the platform map is not compiled and {error.name} is not installed: run `hinomi deploy source`"
        raise InputError(message, file=path) from error
    return read(path)


def as_dict(intended: PlatformMap) -> dict[str, Any]:
    """The map as JSON, for the build."""
    return asdict(intended)


def from_dict(value: Mapping[str, Any]) -> PlatformMap:
    """The inverse of `as_dict`."""
    return PlatformMap(
        layers=tuple(
            Layer(item["name"], item["owner"], {kind: tuple(texts) for kind, texts in item["patterns"].items()})
            for item in value["layers"]
        ),
        personas=tuple(
            Persona(item["name"], tuple(item["members"]), tuple(map(_allowance, item["allowances"])))
            for item in value["personas"]
        ),
        exceptions=tuple(Ignored(item["member"], item["role"]) for item in value["exceptions"]),
    )


def _allowance(item: Mapping[str, Any]) -> Allowance:
    level = Level(item["level"]) if item["level"] is not None else None
    return Allowance(tuple(item["layers"]), tuple(item["resources"]), level, tuple(item["roles"]))
