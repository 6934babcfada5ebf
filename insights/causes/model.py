"""A change before an incident: the values, which can be redacted, and the sentences that contain them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from shared.redaction import REDACTED, Redactor
from shared.redaction.history_paths import hidden
from shared.texts import Template, Text

# The column for a person named inside another text, such as the name of a job or an error message.
_PERSON = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*")
_PEOPLE, _TEXTS = frozenset({"principal", "member"}), frozenset({"job_name", "error"})


class ChangeKind(StrEnum):
    """The kinds of changes."""

    DEPLOYMENT = "deployment"
    GRANT = "grant"
    SCHEMA = "schema"
    FAILED_JOB = "failed job"
    SLOW_JOB = "slow job"


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence about a change, and its values by the name of the column that each comes from."""

    sentence: Template | Text
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> Text:
        """The sentence with its values filled in."""
        return self.sentence(**self.values) if isinstance(self.sentence, Template) else self.sentence


@dataclass(frozen=True, slots=True)
class Cause:
    """A change that came before the incident. `evidence` says why it may be the cause; `score` is for sorting only."""

    kind: ChangeKind
    time: datetime
    what: Statement
    who: str
    score: float
    evidence: Sequence[Statement] = ()


def redacted(causes: Sequence[Cause], patterns: Sequence[str]) -> list[Cause]:
    """The causes without values whose column maps to a path that matches a pattern of HINOMI_REDACT.

    A value that is hidden in one place is hidden wherever it occurs.
    """
    names = hidden(patterns)
    redactor = Redactor(sorted(names))
    for cause in causes:
        redactor.redact({"principal": cause.who})
        for statement in (cause.what, *cause.evidence):
            redactor.redact(statement.values)
            # In the role of an actor, a member appears as its address alone.
            members = {name: value.partition(":")[2] for name, value in statement.values.items() if name == "member"}
            redactor.redact(members)
    return [_without(cause, names, redactor) for cause in causes]


def _without(cause: Cause, names: frozenset[str], redactor: Redactor) -> Cause:
    def masked(statement: Statement) -> Statement:
        return replace(statement, values={name: shown(name, value) for name, value in statement.values.items()})

    def shown(name: str, value: str) -> str:
        if not value or name in names:
            return value and REDACTED
        if name in _TEXTS and names & _PEOPLE:
            value = _PERSON.sub(REDACTED, value)
        return redactor.mask(value)

    evidence = tuple(masked(statement) for statement in cause.evidence)
    return replace(cause, what=masked(cause.what), who=shown("principal", cause.who), evidence=evidence)
