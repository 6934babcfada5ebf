"""The keys of a rule that Hinomi reads itself: its header and its `hinomi` block, as pydantic models.

pySigma reads the rest. docs/writing-rules.md describes the keys for people.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from collectors.metrics_analysis.advice import command_line
from shared.errors import InvalidValueError
from shared.model import ErrorClass, IncidentKind, RuleMode
from shared.texts import compiler as texts
from shared.texts.validation import FOLD
from shared.validation import Block, Choice, Line, Seconds, as_list, mistake

PRINCIPAL = "{protoPayload.authenticationInfo.principalEmail|protoPayload.authenticationInfo.principalSubject}"


def _folded(value: str) -> str:
    if "\n" in value.strip():
        raise InvalidValueError(FOLD)
    return value


def _uuid(value: Any) -> Any:
    """The type of an id; it stays a text, because pySigma checks that it is a UUID."""
    if not isinstance(value, str):
        raise InvalidValueError(texts.UUID)
    return value


TemplateText = Annotated[str, AfterValidator(_folded)]
Identifier = Annotated[str, BeforeValidator(_uuid)]


def _one_command(value: str) -> str:
    try:
        wrong = command_line.OPERATORS.intersection(command_line.words(value))
    except ValueError as error:
        raise InvalidValueError(texts.OPEN_MARK) from error
    if wrong:
        raise InvalidValueError(texts.ONE_COMMAND(word=min(wrong)))
    return value


Commands = Annotated[
    list[Annotated[TemplateText, AfterValidator(_one_command)]],
    BeforeValidator(as_list),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]


class LogSourceKeys(Block):
    """The log source of a rule: audit entries, other entries, or both."""

    product: Literal["gcp"]
    service: Literal["gcp.audit", "gcp.platform"] | None = None
    definition: str = ""


class CorrelationHeader(Block):
    """The header of a correlation; the other keys are pySigma's."""

    model_config = ConfigDict(extra="ignore")

    title: Line
    id: Identifier
    level: Any

    @model_validator(mode="before")
    @classmethod
    def _check(cls, value: Any) -> Any:
        for key in ("filter", "action"):
            if isinstance(value, dict) and key in value:
                raise mistake(texts.UNSUPPORTED_DOCUMENT(key=key), key)
        return value


class RuleHeader(CorrelationHeader):
    """The header of a rule."""

    logsource: LogSourceKeys
    sigma_version: Literal[2, 3] = Field(2, alias="sigma-version", description="3 where array selectors are used.")


class CountedRuleHeader(RuleHeader):
    """The header of a rule that is only counted by a correlation."""

    level: Any = None


class ExtractKeys(Block):
    """A regular expression whose named groups become values of the rule."""

    field: str
    regex: str
    when: str = Field("", description="A field that the entry must have.")
    name: bool = Field(
        default=False,
        description="The value is the name of a job, which is shown although HINOMI_REDACT hides its field.",
    )


class LinkKeys(Block):
    """The links of a job to jobs that run it, or that it runs."""

    group: TemplateText = Field(description="Jobs that may make each other fail; used when the entry has its values.")
    when: TemplateText = Field("", description="Values that the entry must have for this group.")
    own: list[TemplateText] = Field(default=[], description="Names of the job, and of the run that failed.")
    shared_names: list[TemplateText] = Field(
        default=[], description="Names that jobs of other environments may have too: they link failures only."
    )
    part_of: list[TemplateText] = Field(default=[], description="Names of the jobs and runs that fail with the run.")
    separate_by: dict[str, TemplateText] = Field(
        default={}, description="Values in which failures of one incident do not differ, such as the environment."
    )
    also: bool = Field(default=False, description="An additional group: the entry connects it with the first one.")
    repairs: bool = Field(
        default=False, description="With `also`: a success of the job repairs what is part of it in this group too."
    )


BECAUSE = "Why no entry can end the incident: shown in the reference of the rules."


class QuietKeys(Block):
    """A recovery after a quiet period, without an event."""

    quiet: Seconds
    because: Line | None = Field(None, description=BECAUSE)


class RecoveryKeys(Block):
    """The end of an incident: an entry that satisfies a condition, a quiet period, or both."""

    condition: str | None = None
    quiet: Seconds | None = None
    because: Line | None = Field(None, description=BECAUSE)
    summary: TemplateText | None = Field(
        None, description="The meaning of the entry that satisfies the condition, in one line."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.condition is None and self.quiet is None:
            raise mistake(texts.RECOVERY)
        if self.summary is not None and self.condition is None:
            raise mistake(texts.RECOVERY_SUMMARY, "summary")
        if self.because is not None and self.condition is not None:
            raise mistake(texts.RECOVERY_BECAUSE, "because")
        return self


class OperationKeys(Block):
    """A long-running operation, whose first entry has fields that the last entry lacks."""

    start: str = Field(description="The detection that the first entry satisfies.")


class ValueKeys(Block):
    """Lists of values that a resource allows or denies; `remembered.compared` says whether they became looser."""

    allowed: list[str] = Field(
        min_length=1, description="The lists of allowed values: more values make the policy looser."
    )
    denied: list[str] = Field(
        min_length=1, description="The lists of denied values: fewer values make the policy looser."
    )
    unless: list[str] = Field(
        default=[], description="Fields that make the lists impossible to compare if one of them is present."
    )


class RememberKeys(Block):
    """Fields of a resource that the rule remembers for later entries, which contain only a change."""

    key: list[TemplateText] = Field(min_length=1, description="The values that identify the resource.")
    entries: str = Field(description="The condition on entries whose fields are remembered.")
    complete: str | None = Field(
        None, description="Of these, the entries that contain the complete resource, or delete it."
    )
    fields: list[str] = Field(min_length=1, description="The fields to remember.")
    mask: str | None = Field(None, description="The field with the update mask: only fields that it names are written.")
    use: str = Field(description="The condition on entries that are evaluated with the remembered fields.")
    fill: bool = Field(
        default=False,
        description="The remembered fields fill in fields that the entry lacks; otherwise they are in `remembered`.",
    )
    deltas: bool = Field(
        default=False,
        description="The fields list changes of a policy: additions that no later change removes are remembered.",
    )
    differences: str | None = Field(
        None,
        description="Where the rule sees how a whole policy, the only one of `fields`, differs from the one before.",
    )
    values: ValueKeys | None = Field(None, description="Lists of values among the fields that are compared.")


class JapaneseKeys(Block):
    """The Japanese texts."""

    title: Line
    description: str = Field("", description="What happened and what it means, in one to three sentences.")
    summary: TemplateText
    recovered: TemplateText | None = None


class NextStepKeys(Block):
    """A next step of an experienced person."""

    en: Line = Field(description="The step in English: one sentence.")
    ja: Line = Field(description="The step in Japanese.")
    command: Commands = Field(
        default=[],
        description="The command, with values of the entry. From a list, the first command whose values the entry has is used.",
    )


class CorrelationBlock(Block):
    """The `hinomi` block of a correlation: the contents of its findings."""

    kind: Choice[IncidentKind]
    resource: TemplateText = Field(description="The resource that the incident is about.")
    principal: TemplateText = PRINCIPAL
    fault: str = Field("", description="Rules with the same fault share incidents. Default: the name of the rule.")
    fingerprint: list[TemplateText] = Field(min_length=1, description="The values that identify the fault.")
    run: TemplateText = Field("", description="The run that failed.")
    links: list[LinkKeys] = Field(default=[])
    state: bool = Field(default=False, description="The entry shows a state, such as a whole policy, not a change.")
    summary: TemplateText
    extract: list[ExtractKeys] = Field(default=[])
    labels: dict[str, TemplateText] = Field(default={})
    error: Choice[ErrorClass] | None = Field(None, description="The class of the error, where the rule knows it.")
    next_steps: list[NextStepKeys] = Field(
        default=[], alias="next", max_length=3, description="Next steps for the person who investigates: two or three."
    )
    recovery: QuietKeys | None = None
    mode: Choice[RuleMode] = Field(
        RuleMode.ENABLED,
        description="staged: findings are recorded without an incident; disabled: findings are not recorded.",
    )
    ja: JapaneseKeys | None = None


class FindingBlock(CorrelationBlock):
    """The `hinomi` block of a rule: the contents of its findings."""

    recovery: RecoveryKeys | None = None  # type: ignore[assignment]
    operation: OperationKeys | None = None
    remember: RememberKeys | None = None
    explains: bool = Field(
        default=False, description="The entry contains the reason of a failed run and does not open an incident."
    )
    reason_log: list[TemplateText] = Field(
        default=[],
        max_length=6,
        description="Conditions in the Logging query language on the entries that say why the run failed: they are read "
        "if the class of the error is unknown.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        has_event = self.recovery is not None and self.recovery.condition is not None
        if self.ja and self.ja.recovered is not None and not has_event:
            raise mistake(texts.RECOVERED, "ja", "recovered")
        return self


class CountedBlock(Block):
    """The `hinomi` block of a rule without findings, which is only counted by a correlation."""

    only: Literal["correlation"]
    operation: OperationKeys | None = None
