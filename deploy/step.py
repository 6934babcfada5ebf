"""A command of a deployment."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from enum import StrEnum

from deploy import record
from handlers.declared_settings import declared, shown_value
from shared.texts import EMPTY, Text
from shared.texts.deploy import placeholders, resources
from shared.texts.recognize import recognized

UNKNOWN = "(known later: "
_PLACEHOLDER = re.compile(re.escape(UNKNOWN) + r"([^()]*)\)")

# The variables of a function or a job, as deploy/parts/functions.py joins them.
_VARIABLES = re.compile(r"(?P<flag>--(?:set|update)-env-vars=\^(?P<mark>[^^]+)\^)(?P<pairs>.+)", re.DOTALL)


class Operation(StrEnum):
    """The effect of a command on its resource."""

    CREATE = "create"
    CHANGE = "change"
    REMOVE = "remove"


# The first of these words in a gcloud command determines its operation; a command without one of them changes.
VERBS = {
    "create": Operation.CREATE,
    "submit": Operation.CREATE,
    "add-iam-policy-binding": Operation.CREATE,
    "delete": Operation.REMOVE,
    "remove-iam-policy-binding": Operation.REMOVE,
}


@dataclass(frozen=True, slots=True)
class Step:
    """A gcloud command and the reason for it.

    `resource` is the term for the resource, `difference` its difference from the plan, `argv` the command without the
    word gcloud, `purpose` the purpose of the resource. `creates` is True for a command that creates without a verb that
    says so.
    """

    resource: Text
    difference: Text
    argv: tuple[str, ...]
    purpose: Text = EMPTY
    creates: bool = False

    @property
    def what(self) -> str:
        """The resource in English, for JSON."""
        return self.resource.en

    @property
    def problem(self) -> str:
        """The difference in English, for JSON."""
        return self.difference.en

    @property
    def command(self) -> str:
        """The command as a person would type it, without secrets in plain settings."""
        return shlex.join(("gcloud", *self.shown_argv))

    @property
    def shown_argv(self) -> tuple[str, ...]:
        """The words of the command for display; the value of a setting is hidden unless its format shows that it is not secret."""
        return tuple(_shown_word(word) for word in self.argv)

    @property
    def command_text(self) -> Text:
        """The command for people, with translated placeholders."""
        return with_placeholders(self.command)

    @property
    def is_complete(self) -> bool:
        """Whether all words of the command are known before earlier steps have run."""
        return not any(UNKNOWN in part for part in self.argv)

    @property
    def operation(self) -> Operation:
        """Whether the command creates, changes or removes its resource."""
        verbs = (VERBS[word] for word in self.argv if word in VERBS)
        return Operation.CREATE if self.creates else next(verbs, Operation.CHANGE)

    @property
    def title(self) -> Text:
        """The step in one line, such as `create topic hinomi-evidence`."""
        if self.operation is Operation.CHANGE:
            return resources.TITLE_OF_CHANGE(resource=self.resource, difference=self.difference)
        return resources.TITLE[self.operation](resource=self.resource)


def _shown_word(word: str) -> str:
    match = _VARIABLES.fullmatch(word)
    if match is None:
        return word
    known = declared()
    pairs = [pair.partition("=") for pair in match["pairs"].split(match["mark"])]
    values = {
        name: record.shown(value) if name == record.VARIABLE else shown_value(name, value, known)
        for name, _, value in pairs
    }
    return match["flag"] + match["mark"].join(f"{name}={value}" for name, value in values.items())


def later(value: Text) -> str:
    """A placeholder in a command for a value that an earlier step creates, such as the URL of a function; in English."""
    return placeholders.LATER(value=value).en


def with_placeholders(words: str) -> Text:
    """Words of a command in every language; only the placeholders of `later` differ."""

    def translated(match: re.Match[str]) -> str:
        return placeholders.LATER(value=recognized(match[1], placeholders)).ja

    return Text(en=words, ja=_PLACEHOLDER.sub(translated, words))
