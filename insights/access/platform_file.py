"""The platform map as a user writes it (docs/platform-map.md): pydantic models, and their conversion to the map.

Only the command line and the build read the file; a function gets the validated map as JSON (compiled_map.load).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from insights.access.model import Level
from insights.access.platform_map import EVERY_LAYER, Allowance, Ignored, Layer, Persona, PlatformMap
from shared import validation
from shared.errors import InputError, InvalidValueError, messages
from shared.identity.iam_names import EVERYBODY, member_name
from shared.strict_yaml import Document, load
from shared.suggestions import did_you_mean, listed
from shared.texts.cli import platform as texts
from shared.texts.validation import USE
from shared.validation import Block, Choice, as_list, mistake

# The kinds of members that bindings have (iam/docs/principal-identifiers).
MEMBERS = (
    "user:", "group:", "serviceAccount:", "domain:", "principal:", "principalSet:", "projectOwner:", "projectEditor:",
    "projectViewer:", "deleted:",
)  # fmt: skip


def _text(value: str) -> str:
    if not value:
        raise InvalidValueError(texts.EMPTY_TEXT)
    return value


def _dataset(pattern: str) -> str:
    if "." not in pattern and "*" not in pattern:
        raise InvalidValueError(texts.INVALID_DATASET(pattern=pattern))
    return pattern


def _bucket(pattern: str) -> str:
    if "/" in pattern:
        raise InvalidValueError(texts.INVALID_BUCKET(pattern=pattern))
    return pattern


def _topic(pattern: str) -> str:
    if not pattern.startswith(("projects/", "*")):
        raise InvalidValueError(texts.INVALID_TOPIC(pattern=pattern))
    return pattern


def _member(text: str) -> str:
    if not text.startswith(MEMBERS) and text not in EVERYBODY:
        raise InvalidValueError(texts.INVALID_MEMBER(member=text))
    return text


_TEXT_OR_LIST: dict[str, Any] = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
Text = Annotated[str, AfterValidator(_text)]
Texts = Annotated[list[Text], BeforeValidator(as_list), WithJsonSchema(_TEXT_OR_LIST)]
Datasets = Annotated[
    list[Annotated[Text, AfterValidator(_dataset)]], BeforeValidator(as_list), WithJsonSchema(_TEXT_OR_LIST)
]
Buckets = Annotated[
    list[Annotated[Text, AfterValidator(_bucket)]], BeforeValidator(as_list), WithJsonSchema(_TEXT_OR_LIST)
]
Topics = Annotated[
    list[Annotated[Text, AfterValidator(_topic)]], BeforeValidator(as_list), WithJsonSchema(_TEXT_OR_LIST)
]
Members = Annotated[
    list[Annotated[str, AfterValidator(_member)]],
    BeforeValidator(as_list),
    Field(min_length=1),
    WithJsonSchema(_TEXT_OR_LIST),
]


class LayerKeys(Block):
    """The resources of one layer, as patterns."""

    owner: str = Field("", description="The owner of the layer.")
    datasets: Datasets = Field(default=[], description="project.dataset")
    buckets: Buckets = Field(default=[], description="Names of buckets.")
    topics: Topics = Field(default=[], description="projects/P/topics/T")
    dags: Texts = Field(default=[], description="Names of DAGs.")
    pipelines: Texts = Field(default=[], description="Names of pipelines.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not any(self.patterns().values()):
            raise mistake(texts.NO_PATTERNS(kinds=listed(list(self.patterns()))))
        return self

    def patterns(self) -> dict[str, tuple[str, ...]]:
        """The patterns by kind."""
        return {
            "datasets": tuple(self.datasets),
            "buckets": tuple(self.buckets),
            "topics": tuple(self.topics),
            "dags": tuple(self.dags),
            "pipelines": tuple(self.pipelines),
        }


class AccessKeys(Block):
    """The access of a persona, and the layers or resources that it applies to."""

    layers: Texts = Field(default=[], description="Names of layers, or * for every layer.")
    resources: Texts = Field(default=[], description="Single resources, as patterns.")
    may: Choice[Level] | None = Field(None, description="read, write or admin.")
    roles: Texts = Field(default=[], description="Roles, instead of a level or besides it.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.may is None and not self.roles:
            raise mistake(texts.NOTHING_ALLOWED)
        if not (self.layers or self.resources):
            raise mistake(texts.NOWHERE_ALLOWED)
        return self


class PersonaKeys(Block):
    """A group of people or service accounts with the same tasks."""

    members: Members
    access: list[AccessKeys] = Field(min_length=1)


class IgnoredKeys(Block):
    """Grants that the comparison ignores."""

    member: str = ""
    role: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not (self.member or self.role):
            raise mistake(texts.NOTHING_IGNORED)
        return self


class PlatformFile(Block):
    """The platform map."""

    layers: dict[str, LayerKeys] = Field(min_length=1)
    personas: dict[str, PersonaKeys]
    ignore: list[IgnoredKeys] = Field(default=[])


def read(path: Path) -> PlatformMap:
    """Reads the map from a file. Raises InputError with one line for each mistake."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            texts.CANNOT_BE_READ(file=str(path), error=getattr(error, "strerror", None) or str(error))
        ) from error
    return parse(text, str(path))


def parse(text: str, file: str) -> PlatformMap:
    """Reads the map from a text. Raises InputError like `read`."""
    document = load(text, file)
    keys, errors = validation.check(PlatformFile, document)
    if keys is not None:
        errors = list(_unknown_layers(keys, document))
    if keys is None or errors:
        raise InputError(messages(errors))
    return PlatformMap(
        layers=tuple(Layer(name, layer.owner, _filled(layer)) for name, layer in keys.layers.items()),
        personas=tuple(_persona(name, persona) for name, persona in keys.personas.items()),
        ignored=tuple(Ignored(member_name(item.member) or "*", item.role or "*") for item in keys.ignore),
    )


def _unknown_layers(keys: PlatformFile, document: Document) -> Iterator[InputError]:
    """Mistakes for layers that a persona names and the map does not define."""
    for name, persona in keys.personas.items():
        for at, access in enumerate(persona.access):
            for index, layer in enumerate(access.layers):
                if layer not in keys.layers and layer != EVERY_LAYER:
                    near = did_you_mean(layer, keys.layers, most=1) or USE(names=listed(list(keys.layers)))
                    path = ("personas", name, "access", at, "layers", index)
                    yield document.error(texts.NO_LAYER(layer=layer, suggestion=near), *path)


def _filled(layer: LayerKeys) -> dict[str, tuple[str, ...]]:
    return {kind: patterns for kind, patterns in layer.patterns().items() if patterns}


def _persona(name: str, persona: PersonaKeys) -> Persona:
    allowances = tuple(
        Allowance(tuple(access.layers), tuple(access.resources), access.may, tuple(access.roles))
        for access in persona.access
    )
    return Persona(name, tuple(map(member_name, persona.members)), allowances)
