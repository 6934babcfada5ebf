"""The platform map: which resources are in which layer, and which access each persona should have there.

The user writes one YAML file (platform_file.py, docs/platform-map.md); functions get the checked map as JSON
(compiled_map.py). Patterns are shell patterns; names are written as people write them: project.dataset, bucket,
projects/P/topics/T.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase, translate
from functools import lru_cache

from insights.access.model import LEVELS, Ability, Level
from shared.identity.iam_names import BIGQUERY, EVERYBODY, STORAGE, project_of, short_name
from shared.lazy.dataclass import dataclass

KINDS = ("datasets", "buckets", "topics", "dags", "pipelines")
SERVICES = {"datasets": "bigquery", "buckets": "storage", "topics": "pubsub"}
EVERY_LAYER = "*"
PUBSUB = "//pubsub.googleapis.com/"
WILD = "*?["


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer: patterns of the resources in it, by kind."""

    name: str
    owner: str
    patterns: dict[str, tuple[str, ...]]

    def contains(self, resource: str) -> bool:
        """Whether the layer contains a dataset (or one of its tables), a bucket or a topic, given by its full resource name."""
        kind, name = kind_of(resource)
        return matches((name,), self.patterns.get(kind, ()))


@dataclass(frozen=True, slots=True)
class Allowance:
    """Access that a persona may have: a level or roles on layers, or roles on single resources."""

    layers: tuple[str, ...]
    resources: tuple[str, ...]
    level: Level | None
    roles: tuple[str, ...]

    def permits(self, ability: Ability) -> bool:
        """Whether the allowance covers a role."""
        if self.level is not None and _is_within(ability.level, self.level):
            return True
        return matches((ability.role,), self.roles)

    def is_for(self, layer: str) -> bool:
        """Whether the allowance applies to a layer."""
        return layer in self.layers or EVERY_LAYER in self.layers

    def names(self, resource: str) -> bool:
        """Whether the allowance names a resource, or the dataset, bucket or topic that contains it."""
        return matches((short_name(resource), resource, kind_of(resource)[1]), self.resources)


@dataclass(frozen=True, slots=True)
class Persona:
    """A role in the organization, its members, and the access that they should have."""

    name: str
    members: tuple[str, ...]
    allowances: tuple[Allowance, ...]

    @property
    def is_everybody(self) -> bool:
        """Whether the persona includes everybody."""
        return matches(EVERYBODY, self.members)


@dataclass(frozen=True, slots=True)
class Ignored:
    """Grants that the comparison leaves out, by patterns of their member and role."""

    member: str
    role: str


@dataclass(frozen=True, slots=True)
class PlatformMap:
    """Layers, personas and ignored grants."""

    layers: tuple[Layer, ...]
    personas: tuple[Persona, ...]
    ignored: tuple[Ignored, ...]

    def layers_of(self, resource: str) -> tuple[Layer, ...]:
        """The layers that contain a dataset, a bucket or a topic, or a resource inside one of them."""
        return tuple(layer for layer in self.layers if layer.contains(resource))

    def names(self, resource: str) -> bool:
        """Whether an allowance of a persona names a resource."""
        return any(item.names(resource) for persona in self.personas for item in persona.allowances)

    def is_ignored(self, member: str, role: str) -> bool:
        """Whether a grant is ignored."""
        return any(fnmatchcase(member, item.member) and fnmatchcase(role, item.role) for item in self.ignored)

    def personas_of(self, members: Collection[str]) -> list[Persona]:
        """The personas of a principal; `members` are the principal itself and all groups that it belongs to."""
        return [persona for persona in self.personas if matches(members, persona.members)]


@dataclass(frozen=True, slots=True)
class ExpectedAccess:
    """Access that the map expects: a member of a persona should have a level in a layer."""

    persona: str
    member: str
    layer: Layer
    level: Level

    @property
    def key(self) -> str:
        """Identifies the expectation. The key changes if the patterns of the layer change."""
        parts = [self.persona, self.member, self.layer.name, sorted(self.layer.patterns.items()), self.level]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def explained_by(personas: Sequence[Persona], ability: Ability, resource: str, layers: Sequence[Layer]) -> str:
    """The persona, or the personas together, whose allowances explain a grant; empty if none does.

    A grant that reaches several layers must be allowed on each of them.
    """
    allowed = {persona.name: [item for item in persona.allowances if item.permits(ability)] for persona in personas}
    for name, items in allowed.items():
        if _is_explained(items, resource, layers):
            return name
    allowances = [item for items in allowed.values() for item in items]
    if not _is_explained(allowances, resource, layers):
        return ""
    return ", ".join(name for name, items in allowed.items() if items)


def _is_explained(allowed: Sequence[Allowance], resource: str, layers: Sequence[Layer]) -> bool:
    if any(item.names(resource) for item in allowed):
        return True
    return bool(layers) and all(any(item.is_for(layer.name) for item in allowed) for layer in layers)


def _is_within(level: Level | None, allowed: Level) -> bool:
    """Whether a role's level is not above another one. A role of unknown level is only within admin."""
    return allowed is Level.ADMIN or (level is not None and LEVELS.index(level) <= LEVELS.index(allowed))


def expectations(platform_map: PlatformMap) -> Iterator[ExpectedAccess]:
    """All access that the map expects. A pattern of members expects no access, because it names no specific member."""
    for persona in platform_map.personas:
        members = [member for member in persona.members if not is_pattern(member)]
        for allowance in persona.allowances:
            for layer in platform_map.layers:
                if allowance.level and allowance.is_for(layer.name):
                    yield from (ExpectedAccess(persona.name, item, layer, allowance.level) for item in members)


def is_pattern(text: str) -> bool:
    """Whether a text contains wildcards."""
    return any(char in text for char in WILD)


def matches(names: Iterable[str], patterns: tuple[str, ...]) -> bool:
    """Whether one of the names matches one of the patterns; case-sensitive."""
    exact, wild = _compiled(patterns)
    return any(name in exact or (wild is not None and wild.match(name) is not None) for name in names)


@lru_cache(maxsize=50_000)
def _compiled(patterns: tuple[str, ...]) -> tuple[frozenset[str], re.Pattern[str] | None]:
    """Names without wildcards as a set, and one regular expression for all patterns."""
    wild = "|".join(translate(pattern) for pattern in patterns if is_pattern(pattern))
    return frozenset(pattern for pattern in patterns if not is_pattern(pattern)), re.compile(wild) if wild else None


def kind_of(resource: str) -> tuple[str, str]:
    """The pattern kind of a resource, and the name to match; both empty for other kinds of resources."""
    if resource.startswith(STORAGE):
        return "buckets", resource.removeprefix(STORAGE).partition("/")[0]
    if resource.startswith(BIGQUERY) and "/datasets/" in resource:
        return "datasets", ".".join(resource.removeprefix(BIGQUERY).split("/")[1:4:2])
    if resource.startswith(PUBSUB):
        return "topics", resource.removeprefix(PUBSUB)
    return "", ""


def is_container(resource: str) -> bool:
    """Whether a resource is itself a dataset, a bucket or a topic, rather than inside one."""
    kind, name = kind_of(resource)
    if kind == "topics":
        return "/topics/" in name
    return (kind == "buckets" and resource == STORAGE + name) or (kind == "datasets" and resource.count("/") == 6)


def named_projects(layer: Layer) -> set[tuple[str, str]]:
    """The projects that the patterns of a layer name in full, each with the kind of the pattern."""
    datasets = [("datasets", pattern.rpartition(".")[0]) for pattern in layer.patterns.get("datasets", ())]
    topics = [("topics", project_of(f"/{pattern}")) for pattern in layer.patterns.get("topics", ())]
    return {(kind, project) for kind, project in [*datasets, *topics] if project and not is_pattern(project)}
