"""Summarizes the steps of a plan by resource and kind, for a person to review before confirming."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

from deploy.scripts.declared import PACKAGE
from deploy.step import Operation, Step
from shared.own_incidents import JOB_PREFIX
from shared.texts import Text, joined
from shared.texts.deploy import resources

APIS = "APIs"
GRANTS = "Grants"
SCRIPTS = "Scripts"
# Each kind with the first words of its gcloud commands, in the order of display.
# The verb identifies a grant, because its command begins with the resource that it is on, and the name a job of a script.
PREFIXES: dict[str, tuple[tuple[str, ...], ...]] = {
    APIS: (("services",),),
    "Service accounts": (("iam", "service-accounts"),),
    "Custom roles": (("iam", "roles"),),
    GRANTS: (),
    "Pub/Sub": (("pubsub",),),
    "Log sinks": (("logging",),),
    "Database": (("sql",),),
    "Secrets": (("secrets",),),
    "Release job": (("artifacts",), ("builds",), ("run", "jobs")),
    SCRIPTS: (),
    "Functions": (("functions",), ("run", "services")),
    "Schedules": (("scheduler",),),
    "Alerts": (("monitoring",),),
}
RELEASE_TRACKS = ("alpha", "beta")
GRANT_VERBS = ("add-iam-policy-binding", "remove-iam-policy-binding")


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """The changes of a plan to one resource: all its steps, in their order."""

    kind: str
    resource: Text
    steps: tuple[Step, ...]

    @property
    def what(self) -> str:
        """The resource in English."""
        return self.resource.en

    @property
    def operation(self) -> Operation:
        """The operation on the resource: deleting and creating it is a change; creating and configuring it is a creation."""
        operations = {step.operation for step in self.steps}
        if operations == {Operation.REMOVE}:
            return Operation.REMOVE
        if Operation.CREATE in operations and Operation.REMOVE not in operations:
            return Operation.CREATE
        return Operation.CHANGE

    @property
    def differences(self) -> tuple[Text, ...]:
        """The differences between the resource and the plan, without duplicates."""
        return tuple(dict.fromkeys(step.difference for step in self.steps))


def by_resource(steps: Iterable[Step]) -> list[ResourceChange]:
    """An entry for each resource of the steps, by kind. Raises ValueError for an unknown command."""
    groups: dict[tuple[str, Text], list[Step]] = {}
    for step in steps:
        groups.setdefault((kind_of(step), step.resource), []).append(step)
    order = list(PREFIXES)
    changes = [ResourceChange(kind, resource, tuple(those)) for (kind, resource), those in groups.items()]
    return sorted(changes, key=lambda change: order.index(change.kind))


def kind_of(step: Step) -> str:
    """The kind of resource of a command. Raises ValueError for an unknown command."""
    words = step.argv[1:] if step.argv[0] in RELEASE_TRACKS else step.argv
    if any(verb in words for verb in GRANT_VERBS):
        return GRANTS
    if _is_of_scripts(words):
        return SCRIPTS
    for kind, prefixes in PREFIXES.items():
        if any(words[: len(prefix)] == prefix for prefix in prefixes):
            return kind
    raise ValueError(f"no kind of resource for: gcloud {' '.join(words[:3])}")


def _is_of_scripts(words: tuple[str, ...]) -> bool:
    """Whether a command is about the job of a script or their image."""
    is_job = words[:2] == ("run", "jobs") and any(word.startswith(JOB_PREFIX) for word in words[3:4])
    return is_job or (words[:2] == ("builds", "submit") and PurePath(words[2]).name == PACKAGE)


def counts(changes: Iterable[ResourceChange]) -> Text:
    """`58 to create, 0 to change, 0 to remove`."""
    number = Counter(change.operation for change in changes)
    return joined(resources.TO_DO[operation](count=f"{number[operation]:,}") for operation in Operation)
