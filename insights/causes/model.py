"""A change before an incident: its values, which can be redacted, and the sentences that contain them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import date, datetime
from enum import StrEnum

from insights.causes.spoken import spoken
from shared.lazy.dataclass import dataclass
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
    REVOKED = "revoked grant"
    SCHEMA = "schema"
    QUOTA = "quota"
    FAILED_JOB = "failed job"
    LATE_JOB = "late job"
    SLOW_JOB = "slow job"
    VOLUME = "volume"
    LOAD = "load"
    PLATFORM = "platform event"


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence about a change, with its values by the name of their column."""

    sentence: Template | Text
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> Text:
        """The sentence with its values filled in."""
        return self.sentence(**spoken(self.values)) if isinstance(self.sentence, Template) else self.sentence


@dataclass(frozen=True, slots=True)
class Cause:
    """A change before the incident. `evidence` says why it may be the cause; `score` (0 to 1) ranks it.

    `days` are those of the two snapshots between which it happened; its time of day is then unknown, and `time` an estimate.
    """

    kind: ChangeKind
    time: datetime
    what: Statement
    who: str
    score: float
    evidence: Sequence[Statement] = ()
    days: tuple[date, date] | None = None


@dataclass(frozen=True, slots=True)
class RuledOut:
    """A change with a connection to the incident, and the reason why it is not the cause."""

    cause: Cause
    why: Statement


@dataclass(frozen=True, slots=True)
class CauseReport:
    """The likely causes of an incident, the most likely first, and the excluded changes, the closest first.

    `has_history` is False if no collector has run; an empty report then means nothing.
    """

    causes: Sequence[Cause] = ()
    ruled_out: Sequence[RuledOut] = ()
    has_history: bool = True

    def shortened(self, limit: int) -> CauseReport:
        """At most `limit` causes and `limit` excluded changes."""
        return CauseReport(self.causes[:limit], self.ruled_out[:limit], self.has_history)


def redacted(report: CauseReport, patterns: Sequence[str]) -> CauseReport:
    """The report without values that a pattern of HINOMI_REDACT hides, by the path of their column.

    A hidden value is hidden wherever it occurs.
    """
    names = hidden(patterns)
    redactor = Redactor(sorted(names))
    for cause, why in _all(report):
        redactor.redact({"principal": cause.who})
        for statement in (cause.what, *cause.evidence, *why):
            redactor.redact(statement.values)
            # In the role of an actor, a member appears as its address alone.
            members = {name: value.partition(":")[2] for name, value in statement.values.items() if name == "member"}
            redactor.redact(members)
    mask = _Mask(names, redactor)
    return CauseReport(
        [mask.cause(cause) for cause in report.causes],
        [RuledOut(mask.cause(each.cause), mask.statement(each.why)) for each in report.ruled_out],
        report.has_history,
    )


def _all(report: CauseReport) -> Iterator[tuple[Cause, Iterable[Statement]]]:
    yield from ((cause, ()) for cause in report.causes)
    yield from ((each.cause, (each.why,)) for each in report.ruled_out)


@dataclass(frozen=True, slots=True)
class _Mask:
    names: frozenset[str]
    redactor: Redactor

    def cause(self, cause: Cause) -> Cause:
        evidence = tuple(self.statement(each) for each in cause.evidence)
        return replace(
            cause, what=self.statement(cause.what), who=self._shown("principal", cause.who), evidence=evidence
        )

    def statement(self, statement: Statement) -> Statement:
        return replace(statement, values={name: self._shown(name, value) for name, value in statement.values.items()})

    def _shown(self, name: str, value: str) -> str:
        if not value or name in self.names:
            return value and REDACTED
        if name in _TEXTS and self.names & _PEOPLE:
            value = _PERSON.sub(REDACTED, value)
        return self.redactor.mask(value)
