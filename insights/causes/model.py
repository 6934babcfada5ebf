"""What changed before an incident, as values: who shows it puts it into words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from shared.history_paths import hidden
from shared.redaction import REDACTED, Redactor

# Somebody in a text of others, such as the name of a job or the message of an error.
_PERSON = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*")
_PEOPLE, _TEXTS = frozenset({"principal", "member"}), frozenset({"job_name", "error"})


class ChangeKind(StrEnum):
    """What kind of change."""

    DEPLOYMENT = "deployment"
    GRANT = "grant"
    SCHEMA = "schema"
    FAILED_JOB = "failed job"
    SLOW_JOB = "slow job"


class Saying(StrEnum):
    """What can be said of a change: its name in handlers/i18n.py, after `cause.`."""

    GRANTED = "granted"
    TAKEN = "taken"
    DEPLOYED = "deployed"
    COLUMNS = "columns"
    FAILED = "failed"
    FAILED_SILENTLY = "failed_silently"
    SLOW = "slow"
    MINUTES_BEFORE = "minutes_before"
    HOURS_BEFORE = "hours_before"
    SAME_RESOURCE = "same_resource"
    SAME_NAME = "same_name"
    SAME_JOB_NAME = "same_job_name"
    SAME_PRINCIPAL = "same_principal"
    SAME_SERVICE = "same_service"
    SAME_PROJECT = "same_project"
    AUDIT_LOG = "audit_log"
    FIRST_SEEN = "first_seen"
    NO_LONGER_SEEN = "no_longer_seen"
    CALLS = "calls"
    BETWEEN_DAYS = "between_days"
    ONE_RUN = "one_run"
    RUNS = "runs"


@dataclass(frozen=True, slots=True)
class Told:
    """Something that is said, with the values in it, each by the name of the column that it comes from."""

    saying: Saying
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cause:
    """A change that came before. `evidence` says what speaks for it; `score` only orders."""

    kind: ChangeKind
    time: datetime
    what: Told
    who: str
    score: float
    evidence: Sequence[Told] = ()


def redacted(causes: Sequence[Cause], patterns: Sequence[str]) -> list[Cause]:
    """The causes without the values whose column stands for a path that matches a pattern of HINOMI_REDACT.

    What is hidden in one place is hidden wherever it occurs.
    """
    names = hidden(patterns)
    redactor = Redactor(sorted(names))
    for cause in causes:
        redactor.redact({"principal": cause.who})
        for told in (cause.what, *cause.evidence):
            redactor.redact(told.values)
            # A member is called by the address alone where it acts.
            redactor.redact({name: value.partition(":")[2] for name, value in told.values.items() if name == "member"})
    return [_without(cause, names, redactor) for cause in causes]


def _without(cause: Cause, names: frozenset[str], redactor: Redactor) -> Cause:
    def said(told: Told) -> Told:
        return replace(told, values={name: shown(name, value) for name, value in told.values.items()})

    def shown(name: str, value: str) -> str:
        if not value or name in names:
            return value and REDACTED
        if name in _TEXTS and names & _PEOPLE:
            value = _PERSON.sub(REDACTED, value)
        return redactor.mask(value)

    evidence = tuple(said(told) for told in cause.evidence)
    return replace(cause, what=said(cause.what), who=shown("principal", cause.who), evidence=evidence)
