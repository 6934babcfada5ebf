"""The decision on a handler rule: every stage in its order, each a pure function that returns a named reason.

match → silence → inhibit → dedupe → group → hours → brakes → approve → run → record
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from handlers.stages import approve, brakes, dedupe, group, hours, inhibit, record, run, silence
from handlers.stages.model import Question, Reason, StageName, StageResult
from shared.lazy.dataclass import dataclass

CHECKS: tuple[Callable[[Question], StageResult], ...] = (
    silence.check,
    inhibit.check,
    dedupe.check,
    group.check,
    hours.check,
    brakes.check,
    approve.check,
)


@dataclass(frozen=True, slots=True)
class Decision:
    """The results of the stages. A rule that does not match has only the result of that stage."""

    results: tuple[StageResult, ...]

    @property
    def run(self) -> bool:
        """Whether the rule runs."""
        return not any(result.stops for result in self.results)

    @property
    def reason(self) -> Reason:
        """The reason of the first stage that stops the rule; MATCHED if none does."""
        return next((result.reason for result in self.results if result.stops), Reason.MATCHED)

    @property
    def is_held(self) -> bool:
        """Whether the run waits for the hours of the rule."""
        return self.run and any(result.reason is Reason.HELD for result in self.results)

    @property
    def is_trial(self) -> bool:
        """Whether the run is a trial that tests whether a stopped rule works again."""
        return self.run and any(result.reason is Reason.BREAKER_TRIAL for result in self.results)

    @property
    def is_stored(self) -> bool:
        """Whether a run is stored, as planned or skipped."""
        return self._recorded in (Reason.PLANNED, Reason.SKIPPED)

    @property
    def is_silenced(self) -> bool:
        """Whether a silence suppresses a run that would otherwise have been considered."""
        return self.reason is Reason.SILENCED and self._recorded is not Reason.NOTHING_NEW

    @property
    def _recorded(self) -> Reason | None:
        return next((result.reason for result in self.results if result.stage is StageName.RECORD), None)

    def as_list(self) -> list[dict[str, Any]]:
        """The results as JSON, as stored in action_runs.decision."""
        return [result.as_dict() for result in self.results]


def decide(match: StageResult, question: Question) -> Decision:
    """Evaluates every stage for a rule; `match` is the result of the first stage, which needs no facts.

    A stage is also evaluated after another one stopped the rule: the incident then shows all reasons.
    """
    results = [match, *(check(question) for check in CHECKS)]
    if not any(result.stops for result in results):
        results.append(run.start(question))
    results.append(record.keep(question, results))
    return Decision(tuple(results))
