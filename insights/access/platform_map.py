"""The platform's map: which resources are in which layer, and who is meant to do what there.

One YAML file of the user's (docs/platform-map.md). Patterns are those of the shell; a name is written as people do:
project.dataset, bucket, projects/P/topics/T. What is wrong is reported with file and line, all of it at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from insights.access.patterns import is_pattern, matches
from insights.access.platform_read import MapReader
from insights.access.role_levels import Ability, Level
from shared.errors import InputError
from shared.iam_names import BIGQUERY, EVERYBODY, STORAGE, member_name, project_of, short_name
from shared.strict_yaml import load

KINDS = ("datasets", "buckets", "topics", "dags", "pipelines")
SERVICES = {"datasets": "bigquery", "buckets": "storage", "topics": "pubsub"}
EVERY_LAYER = "*"
PUBSUB = "//pubsub.googleapis.com/"
# The kinds of members that bindings have (iam/docs/principal-identifiers).
MEMBERS = (
    "user:", "group:", "serviceAccount:", "domain:", "principal:", "principalSet:", "projectOwner:", "projectEditor:",
    "projectViewer:", "deleted:",
)  # fmt: skip


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


def read(path: Path) -> PlatformMap:
    """The map in a file. Raises InputError, one line for each thing that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the platform map {path} cannot be read: {error}") from error
    return parse(text, str(path))


def parse(text: str, file: str) -> PlatformMap:
    """The map in a text. Raises InputError as `read`."""
    reader = MapReader(load(text, file))
    layers = tuple(_layers(reader))
    names = {layer.name for layer in layers}
    personas = tuple(_personas(reader, names))
    exceptions = tuple(_exceptions(reader))
    reader.only((), ("layers", "personas", "ignore"))
    reader.finish()
    return PlatformMap(layers, personas, exceptions)


def _layers(reader: MapReader) -> Iterator[Layer]:
    for name in reader.keys("layers"):
        path = ("layers", name)
        reader.only(path, ("owner", *KINDS))
        patterns = {kind: reader.texts((*path, kind)) for kind in KINDS}
        if not any(patterns.values()):
            reader.wrong(f"say what is in layer {name}: {', '.join(KINDS)}", *path)
        for kind, texts in patterns.items():
            for index, text in enumerate(texts):
                if mistake := _mistake(kind, text):
                    reader.wrong(mistake, *path, kind, index)
        yield Layer(name, reader.text((*path, "owner")), {kind: found for kind, found in patterns.items() if found})


def _mistake(kind: str, pattern: str) -> str:
    """What keeps a pattern from ever matching anything, empty for nothing."""
    if kind == "datasets" and "." not in pattern and "*" not in pattern:
        return f"'{pattern}' matches no dataset: write project.dataset"
    if kind == "buckets" and "/" in pattern:
        return f"'{pattern}' matches no bucket: write its name alone"
    if kind == "topics" and not pattern.startswith(("projects/", "*")):
        return f"'{pattern}' matches no topic: write projects/P/topics/T"
    return "" if pattern else "an empty text matches nothing"


def _personas(reader: MapReader, layers: set[str]) -> Iterator[Persona]:
    for name in reader.keys("personas", needed=False):
        path = ("personas", name)
        reader.only(path, ("members", "access"))
        members = reader.texts((*path, "members"), needed=True)
        for index, member in enumerate(members):
            if not member.startswith(MEMBERS) and member not in EVERYBODY:
                reader.wrong(
                    f"'{member}' is no member: write group:…, user:… or serviceAccount:…", *path, "members", index
                )
        count = reader.count((*path, "access"), needed=True)
        allowances = tuple(_allowance(reader, (*path, "access", at), layers) for at in range(count))
        yield Persona(name, tuple(map(member_name, members)), allowances)


def _allowance(reader: MapReader, path: tuple[str | int, ...], layers: set[str]) -> Allowance:
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


def _exceptions(reader: MapReader) -> Iterator[Ignored]:
    for index in range(reader.count(("ignore",))):
        reader.only(("ignore", index), ("member", "role"))
        member, role = reader.text(("ignore", index, "member")), reader.text(("ignore", index, "role"))
        if not (member or role):
            reader.wrong("say what is left out: member, role or both", "ignore", index)
        yield Ignored(member_name(member) or "*", role or "*")
