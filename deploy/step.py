"""One command of a deployment."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from enum import StrEnum

from shared.texts import EMPTY, Text
from shared.texts.deploy import resources

UNKNOWN = "(known later: "


class Operation(StrEnum):
    """What a command does to its resource."""

    CREATE = "create"
    CHANGE = "change"
    REMOVE = "remove"


# The first of these words in a gcloud command says what it does; a command without one of them changes.
VERBS = {
    "create": Operation.CREATE,
    "submit": Operation.CREATE,
    "add-iam-policy-binding": Operation.CREATE,
    "delete": Operation.REMOVE,
    "remove-iam-policy-binding": Operation.REMOVE,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One gcloud command and the reason for it.

    `resource` is what the resource is called, `difference` how it differs from the plan, `argv` is the command without
    the word gcloud, `purpose` is what the resource is for. `creates` marks a command that creates without a verb that
    says so.
    """

    resource: Text
    difference: Text
    argv: tuple[str, ...]
    purpose: Text = EMPTY
    creates: bool = False

    @property
    def what(self) -> str:
        """The resource in English, as JSON has it."""
        return self.resource.en

    @property
    def problem(self) -> str:
        """The difference in English, as JSON has it."""
        return self.difference.en

    @property
    def command(self) -> str:
        """The command as a person would type it."""
        return shlex.join(("gcloud", *self.argv))

    @property
    def is_complete(self) -> bool:
        """Whether each word of the command is known before earlier steps have run."""
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


def later(what: str) -> str:
    """A placeholder in a command for a value that an earlier step creates, such as the URL of a function."""
    return f"{UNKNOWN}{what})"
