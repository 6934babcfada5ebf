"""A task that fails and recovers again and again, because its source answers every other call.

The third failure makes it flapping: one incident, one card, and no more news until it has been stable for an hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from demo.entries import airflow_task
from demo.observer import ObservedRun
from demo.stage import Stage
from shared.model import RunState, Trigger

PART = "CRM"
DAG, TASK = "sync_crm", "pull"
TIMES = 5
BETWEEN = 1.0
MOST_CARDS = 5  # twice opened and resolved, once flapping


@dataclass
class UnstableSource:
    """The source of a task that runs every hour; each run succeeds when it is repeated."""

    stage: Stage
    failures: int = 0

    def fail(self) -> None:
        """Fails the run of the next hour."""
        self._end("FAILED")
        if not self.failures:
            self.stage.fails(PART, f"{DAG}.{TASK} fails and recovers {TIMES} times")
        self.stage.later(BETWEEN, self._recover)

    def _recover(self) -> None:
        self._end("SUCCESS")
        self.failures += 1
        if self.failures < TIMES:
            self.stage.later(BETWEEN, self.fail)
        else:
            self.stage.recovers(PART, f"{DAG}.{TASK} succeeded; resolved after a stable hour")

    def _end(self, state: str) -> None:
        run = f"scheduled__{self.stage.now:%Y-%m-%d}T{self.failures:02}:00:00+00:00"
        self.stage.publish(airflow_task(self.stage.now, DAG, TASK, run, state, attempt=3))


def problems(cards: Sequence[dict[str, Any]], runs: Iterable[ObservedRun]) -> list[str]:
    """The problems of the notifications about the task."""
    single = [text for text in map(str, cards) if DAG in text and "'FactSet'" in text]
    found = []
    if not any(run.trigger == Trigger.FLAPPING and run.state == RunState.DONE for run in runs):
        found.append(f"{PART}: no notification says that {DAG} is flapping")
    if len(single) > MOST_CARDS:
        found.append(f"{PART}: {len(single)} cards about {DAG}, at most {MOST_CARDS} were expected")
    return found
