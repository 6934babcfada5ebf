"""The values that a remediation and the runner exchange: calls, plans, verdicts, and the journal of a run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any

from shared.lazy.dataclass import dataclass
from shared.texts import EMPTY, LANGUAGES, Text, as_text


class Effect(StrEnum):
    """Whether a call took effect, according to its response."""

    MADE = "made"
    NONE = "none"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """Whether a remediation fixed the fault."""

    FIXED = "fixed"
    NOT_FIXED = "not_fixed"
    NOT_YET = "not_yet"
    BY_EVENT = "by_event"  # a later event says so, such as the task's success in the log
    UNVERIFIED = "unverified"  # NOT_YET until the time limit


@dataclass(frozen=True, slots=True)
class Call:
    """One call that changes something.

    `does` names it in errors ("write the policy of bucket b"). `shows` is the part of the body that people see, without
    secrets; None for the whole body. A response with a status in `conflicts` means that the precondition failed.
    """

    does: Text
    method: str
    url: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    shows: Mapping[str, Any] | None = None
    conflicts: tuple[int, ...] = (409, 412)

    @property
    def shown_body(self) -> dict[str, Any]:
        """The summary of the body that is stored and shown."""
        shown = self.body if self.shows is None else self.shows
        return dict(shown) if isinstance(shown, Mapping) else {} if shown is None else {"body": shown}

    def as_dict(self) -> dict[str, Any]:
        """The call as JSON, without its headers and with the summary of its body."""
        does = {language: self.does.in_language(language) for language in LANGUAGES}
        return {"method": self.method, "url": self.url, "does": does, "body": self.shown_body}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Call:
        """A stored call; its body is only the summary."""
        return cls(_text(stored["does"]), stored["method"], stored["url"], shows=stored["body"])


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes that a remediation would make.

    `text` says what the calls would do, or, without calls, why there is nothing to do. `done` is the result after the
    calls. `precondition` is what the calls require of the target (an etag, a state), `before` the state that was read,
    `undo` the values for the module's `undo`, and `details` are values for later runs. All are stored as JSON and contain
    no secrets.
    """

    text: Text
    calls: tuple[Call, ...] = ()
    done: Text = EMPTY
    precondition: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, Any] = field(default_factory=dict)
    undo: dict[str, Any] | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """A digest of the calls: a run makes only calls that were approved. The digest does not cover the etag."""
        calls = [(call.method, call.url, call.shown_body) for call in self.calls]
        return hashlib.sha256(json.dumps(calls, sort_keys=True, default=str).encode()).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """The plan as JSON, without the undo, which is stored separately."""
        texts = {"text": self.text, "done": self.done}
        stored = {name: {each: text.in_language(each) for each in LANGUAGES} for name, text in texts.items()}
        states = {"precondition": self.precondition, "before": self.before, "details": self.details}
        plain = {name: json.loads(json.dumps(dict(state), default=str)) for name, state in states.items()}
        return {**stored, **plain, "calls": [call.as_dict() for call in self.calls], "fingerprint": self.fingerprint}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any], undo: dict[str, Any] | None = None) -> Plan:
        """A stored plan, whose calls have no bodies."""
        return cls(
            text=_text(stored["text"]),
            done=_text(stored["done"]),
            calls=tuple(Call.from_dict(each) for each in stored["calls"]),
            precondition=stored["precondition"],
            before=stored["before"],
            details=stored["details"],
            undo=undo,
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the fault is fixed. `text` is added to the result of the run; `after` is the state that was read.

    FIXED resolves the incident unless `resolves` is False: then its recovery arrives as an event, or another fault of it
    remains. NOT_YET is verified again after `look_again_seconds`. NOT_FIXED stops the rule (its circuit breaker opens),
    unless another run `may_help_again`: then it counts as one failure. With `run_again_seconds`, NOT_FIXED plans another run
    of the rule after that time, and counts for nothing: the last one of these runs does.
    """

    outcome: Outcome
    text: Text = EMPTY
    after: Mapping[str, Any] = field(default_factory=dict)
    resolves: bool = True
    look_again_seconds: float = 60.0
    may_help_again: bool = False
    run_again_seconds: float | None = None

    @property
    def is_recovery(self) -> bool:
        """Whether the verdict resolves the incident."""
        return self.outcome is Outcome.FIXED and self.resolves


@dataclass(frozen=True, slots=True)
class Done:
    """The result of `apply` if only the calls show it, such as the number of messages.

    `changed`: whether they changed anything.
    """

    text: Text
    details: Mapping[str, Any] = field(default_factory=dict)
    changed: bool = True


class Journal:
    """The record of one run: its plan before the calls, each call before it is made, and the response.

    This class keeps it in memory; handlers/remediations/stored.py stores it in the Error DB.
    """

    def __init__(self) -> None:
        self.plan: Plan | None = None
        self.effects: list[Effect] = []
        self._made: list[tuple[str, str]] = []  # method and URL of each call

    def effect_of(self, call: Call) -> Effect | None:
        """The effect of the latest call of this run with the same method and URL; None if there was none."""
        wanted = call.method, call.url
        found = [effect for made, effect in zip(self._made, self.effects, strict=True) if made == wanted]
        return found[-1] if found else None

    @property
    def may_have_changed(self) -> bool:
        """Whether a call of this run took effect, or may have."""
        return any(effect is not Effect.NONE for effect in self.effects)

    def planned(self, name: str) -> str:
        """A detail of an earlier attempt's plan that may have taken effect, such as the id that it used; empty if there is none."""
        return str(self.plan.details.get(name, "")) if self.plan and self.may_have_changed else ""

    @property
    def noted_undo(self) -> dict[str, Any] | None:
        """The values that reverse these calls; None if none of them may have taken effect."""
        return self.plan.undo if self.plan and self.may_have_changed else None

    def begin(self, plan: Plan) -> None:
        """Records the plan and its undo. Raises ActionError when another worker owns the run."""
        self.plan = plan

    def call(self, call: Call) -> int:
        """Records a call that is about to be made. Raises ActionError when another worker owns the run."""
        self.effects.append(Effect.UNKNOWN)
        self._made.append((call.method, call.url))
        return len(self.effects) - 1

    def answered(self, number: int, effect: Effect, status: int | None, text: str) -> None:
        """Records the response to a call."""
        del status, text
        self.effects[number] = effect


def _text(stored: Any) -> Text:
    if not isinstance(stored, Mapping):
        return as_text(str(stored))
    english = str(stored.get("en", ""))
    return Text(en=english, ja=str(stored.get("ja", english)))
