"""A storm: the warehouse is briefly unavailable, and the tasks of many DAGs fail at once.

The channel gets a few cards and a digest with a line for every task.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from demo.entries import airflow_task
from demo.observer import ObservedIncident
from demo.stage import Stage

PART = "Airflow"
DAGS = 30
PREFIX, TASK = "refresh-", "build"
LASTS = 5
A_MOMENT = 0.5
MOST_WAITS = 60
SHOWN = 3  # number of incidents of the storm on the screen
A_WINDOW = 3  # the number of cards in a window
MOST_CARDS = 2 * A_WINDOW  # for the failures, and for the recoveries


@dataclass
class Storm:
    """Many DAGs that write to the same warehouse."""

    stage: Stage
    waits: int = MOST_WAITS

    def __post_init__(self) -> None:
        self.run = f"scheduled__{self.stage.now:%Y-%m-%d}T04:00:00+00:00"

    def strike(self) -> None:
        """Fails the last attempt of every task."""
        self._end("FAILED")
        self.stage.fails(PART, f"{DAGS} tasks fail: the warehouse is unavailable")
        self.stage.later(LASTS, self._pass)

    def _pass(self) -> None:
        # A failure that arrives after its success is recorded without a notification: a slow machine waits for all of them.
        if self.stage.waiting() and self.waits:
            self.waits -= 1
            self.stage.later(A_MOMENT, self._pass)
            return
        self._end("SUCCESS")
        self.stage.recovers(PART, f"the {DAGS} tasks succeeded")

    def _end(self, state: str) -> None:
        for number in range(DAGS):
            self.stage.publish(airflow_task(self.stage.now, dag(number), TASK, self.run, state, attempt=3))


def dag(number: int) -> str:
    """The name of one of the DAGs."""
    return f"{PREFIX}{number:02}"


def is_part(seen: ObservedIncident) -> bool:
    """Whether an incident belongs to the storm."""
    return PREFIX in seen.resource


def abridged(incidents: Iterable[ObservedIncident]) -> list[ObservedIncident]:
    """The incidents, with only the first ones of the storm."""
    seen = list(incidents)
    rest = {one.id for one in [one for one in seen if is_part(one)][SHOWN:]}
    return [one for one in seen if one.id not in rest]


def problems(cards: Sequence[dict[str, Any]], times: Sequence[float], window: float) -> list[str]:
    """The problems of the cards about the storm, which were sent at these times in windows of `window` seconds.

    On a slow machine the storm takes more windows.
    """
    about = [str(card) for card in cards if PREFIX in str(card)]
    single = [text for text in about if "'FactSet'" in text]
    windows = {int(at / window) for card, at in zip(cards, times, strict=False) if str(card) in single}
    most = max(MOST_CARDS, A_WINDOW * len(windows))
    missing = [dag(number) for number in range(DAGS) if not any(dag(number) in text for text in about)]
    found = [f"{PART}: no card names {', '.join(missing)}"] if missing else []
    if len(single) > most:
        found.append(f"{PART}: {len(single)} cards of single tasks, at most {most} were expected")
    if len(single) == len(about):
        found.append(f"{PART}: there was no digest")
    return found
