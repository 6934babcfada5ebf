"""The keys of an owner in handlers.yaml, as pydantic models. docs/handlers.md describes them for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from handlers.cards.escape import url
from handlers.escalation.rotation_keys import Person
from handlers.owners.table import PROPERTIES, OwnerEntry
from shared.errors import InputError, InvalidValueError
from shared.strict_yaml import Document
from shared.texts import owners as texts
from shared.validation import Block, Matching, Patterns, mistake, one_line


def _text(value: Any) -> Any:
    """The tier as text, because it may be written as a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _link(text: str) -> str:
    if url(text) is None:
        raise InvalidValueError(texts.INVALID_RUNBOOK(text=text))
    return text


Rotation = Annotated[str, Matching(r"[a-z0-9][a-z0-9_-]{0,99}", texts.INVALID_ROTATION)]
Tier = Annotated[
    str,
    BeforeValidator(_text),
    Matching(r"[^\s](.{0,28}[^\s])?", texts.INVALID_TIER),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string", "minLength": 1, "maxLength": 30}]}),
]


class OwnerMatchKeys(Block):
    """The incidents of an owner: a pattern or a list of patterns for each property."""

    layer: Patterns | None = Field(default=None, description="Layers of the platform map that contain the resource.")
    service: Patterns | None = None
    project: Patterns | None = None
    resource: Patterns | None = Field(
        default=None, description="Such as example-project.mart.*, gs://exports or prod/ingest_*."
    )
    rule: Patterns | None = None
    labels: dict[str, Patterns] = Field(default={})


class OwnerKeys(Block):
    """An owner, and the resources that it owns."""

    owner: Annotated[str, AfterValidator(one_line), Field(max_length=100)]
    match: OwnerMatchKeys = Field(default=OwnerMatchKeys(), description="Default: everything that has no other owner.")
    tier: Tier = Field("", description="The importance of the resource, such as 1 or gold. Shown on cards.")
    runbook: Annotated[str, AfterValidator(_link)] = Field("", description="Address of the instructions for a fault.")
    channel: Person | None = Field(None, description="The channel of the owner, for rules with to_owner.")
    on_call: Rotation | None = Field(None, description="Instead of a channel: the rotation whose person is notified.")

    @model_validator(mode="after")
    def _check_recipient(self) -> OwnerKeys:
        """Checks that an owner has a channel or a rotation, and not both."""
        if self.channel and self.on_call:
            raise mistake(texts.CHANNEL_OR_ON_CALL)
        return self

    def entry(self) -> OwnerEntry:
        """The owner entry that the keys declare."""
        match = self.match
        return OwnerEntry(
            owner=self.owner,
            patterns={name: tuple(found) for name in PROPERTIES if (found := getattr(match, name))},
            labels={name: tuple(patterns) for name, patterns in match.labels.items()},
            tier=self.tier,
            runbook=self.runbook,
            channel=self.channel or "",
            on_call=self.on_call or "",
        )


def mistakes(owners: list[OwnerKeys], rotations: dict[str, Any], document: Document) -> Iterator[InputError]:
    """Mistakes: rotations that do not exist, and entries that an earlier one with the same match hides."""
    first: dict[str, int] = {}
    for index, keys in enumerate(owners):
        if keys.on_call and keys.on_call not in rotations:
            yield document.error(texts.NO_ROTATION(name=keys.on_call), "owners", index, "on_call")
        match = repr(keys.entry().as_dict().get("match"))
        if match in first:
            yield document.error(texts.SAME_MATCH(number=first[match] + 1), "owners", index)
        first.setdefault(match, index)
