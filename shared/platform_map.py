"""The platform's map: which resources are in which layer, and who is meant to do what there.

One YAML file of the user's (docs/platform-map.md). Patterns are those of the shell; a name is written as people do:
project.dataset, bucket, projects/P/topics/T. What is wrong is reported with file and line, all of it at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from shared.errors import InputError
from shared.iam_names import BIGQUERY, MANAGER, STORAGE, project_of, short_name
from shared.platform_read import Reader
from shared.role_levels import Level, covers
from shared.strict_yaml import load

KINDS = ("datasets", "buckets", "topics", "dags", "pipelines")
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
        return any(fnmatchcase(name, pattern) for pattern in self.patterns.get(kind, ()))


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a persona may do: a level or roles on layers, or roles on single resources."""

    layers: tuple[str, ...]
    resources: tuple[str, ...]
    level: Level | None
    roles: tuple[str, ...]

    def permits(self, role: str) -> bool:
        """Whether a role stays within it."""
        if self.level is not None and covers(self.level, role):
            return True
        return any(fnmatchcase(role, pattern) for pattern in self.roles)

    def is_for(self, layer: str) -> bool:
        """Whether it is about a layer."""
        return layer in self.layers or EVERY_LAYER in self.layers


@dataclass(frozen=True, slots=True)
class Persona:
    """A part that people play, with the members that stand for it."""

    name: str
    members: tuple[str, ...]
    allowances: tuple[Allowance, ...]

    def is_member(self, member: str) -> bool:
        """Whether a member is named, by itself or by a pattern."""
        return any(fnmatchcase(member, pattern) for pattern in self.members)


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

    def layers_of(self, resource: str) -> list[Layer]:
        """The layers that a resource is in; of a project: those with something in it. Several, none, or all."""
        if not resource.startswith(MANAGER):
            return [layer for layer in self.layers if layer.holds(resource)]
        kind, _, name = resource.removeprefix(MANAGER).partition("/")
        return [layer for layer in self.layers if kind != "projects" or _has_part(layer, name)]

    def is_judged(self, resource: str) -> bool:
        """Whether the map says something about a resource."""
        return bool(self.layers_of(resource)) or any(
            _named(resource, allowance) for persona in self.personas for allowance in persona.allowances
        )

    def is_excepted(self, member: str, role: str) -> bool:
        """Whether a grant is left out."""
        return any(fnmatchcase(member, item.member) and fnmatchcase(role, item.role) for item in self.exceptions)

    def explains(self, members: Sequence[str], role: str, resource: str) -> str:
        """The persona that a grant is meant for, empty for none. `members`: the member, and the groups it is in.

        A grant above the layers has to be allowed on every layer that it reaches.
        """
        layers = self.layers_of(resource)
        for persona in self.personas:
            if any(persona.is_member(member) for member in members):
                allowed = [item for item in persona.allowances if item.permits(role)]
                everywhere = bool(layers) and all(any(item.is_for(layer.name) for item in allowed) for layer in layers)
                if everywhere or any(_named(resource, item) for item in allowed):
                    return persona.name
        return ""


def kind_of(resource: str) -> tuple[str, str]:
    """The kind of the map's patterns for a resource, and the name that they match; empty for other kinds."""
    if resource.startswith(STORAGE):
        return "buckets", resource.removeprefix(STORAGE).partition("/")[0]
    if resource.startswith(BIGQUERY) and "/datasets/" in resource:
        return "datasets", ".".join(resource.removeprefix(BIGQUERY).split("/")[1:4:2])
    if resource.startswith(PUBSUB):
        return "topics", resource.removeprefix(PUBSUB)
    return "", ""


def _has_part(layer: Layer, project: str) -> bool:
    """Whether a layer may have something in a project; a bucket's pattern does not tell."""
    datasets = [pattern.partition(".")[0] for pattern in layer.patterns.get("datasets", ())]
    topics = [project_of(f"/{pattern}") for pattern in layer.patterns.get("topics", ())]
    return bool(layer.patterns.get("buckets")) or any(fnmatchcase(project, item) for item in [*datasets, *topics])


def _named(resource: str, allowance: Allowance) -> bool:
    return any(fnmatchcase(short_name(resource), pattern) for pattern in allowance.resources)


def read(path: Path) -> PlatformMap:
    """The map in a file. Raises InputError, one line for each thing that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the platform map {path} cannot be read: {error}") from error
    return parse(text, str(path))


def parse(text: str, file: str) -> PlatformMap:
    """The map in a text. Raises InputError as `read`."""
    reader = Reader(load(text, file))
    layers = tuple(_layers(reader))
    names = {layer.name for layer in layers}
    personas = tuple(_personas(reader, names))
    exceptions = tuple(_exceptions(reader))
    reader.only((), ("layers", "personas", "ignore"))
    reader.finish()
    return PlatformMap(layers, personas, exceptions)


def _layers(reader: Reader) -> Iterator[Layer]:
    for name in reader.keys("layers"):
        path = ("layers", name)
        reader.only(path, ("owner", *KINDS))
        patterns = {kind: reader.texts((*path, kind)) for kind in KINDS}
        yield Layer(name, reader.text((*path, "owner")), {kind: found for kind, found in patterns.items() if found})


def _personas(reader: Reader, layers: set[str]) -> Iterator[Persona]:
    for name in reader.keys("personas"):
        path = ("personas", name)
        reader.only(path, ("members", "access"))
        members = reader.texts((*path, "members"), needed=True)
        for index, member in enumerate(members):
            if ":" not in member and not member.startswith("all"):
                reader.wrong(
                    f"'{member}' is no member: write group:…, user:… or serviceAccount:…", *path, "members", index
                )
        count = reader.count((*path, "access"))
        yield Persona(name, members, tuple(_allowance(reader, (*path, "access", at), layers) for at in range(count)))


def _allowance(reader: Reader, path: tuple[str | int, ...], layers: set[str]) -> Allowance:
    reader.only(path, ("layers", "resources", "may", "roles"))
    named = reader.texts((*path, "layers"))
    for index, layer in enumerate(named):
        if layer not in layers and layer != EVERY_LAYER:
            reader.wrong(f"there is no layer '{layer}': there are {', '.join(sorted(layers))}", *path, "layers", index)
    level = reader.text((*path, "may"))
    if level and level not in list(Level):
        reader.wrong(f"may is '{level}': write read, write or admin, or give roles", *path, "may")
    roles, resources = reader.texts((*path, "roles")), reader.texts((*path, "resources"))
    if not (level or roles):
        reader.wrong("say what it may do: may or roles", *path)
    if not (named or resources):
        reader.wrong("say where: layers or resources", *path)
    return Allowance(named, resources, Level(level) if level in list(Level) else None, roles)


def _exceptions(reader: Reader) -> Iterator[Ignored]:
    for index in range(reader.count(("ignore",))):
        reader.only(("ignore", index), ("member", "role"))
        yield Ignored(reader.text(("ignore", index, "member")) or "*", reader.text(("ignore", index, "role")) or "*")
