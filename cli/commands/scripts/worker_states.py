"""The workers on-premises, as `hinomi worker list` prints them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cli.language import localize
from cli.views import output
from shared.texts import COMMA
from shared.texts.scripts import workers as texts

if TYPE_CHECKING:
    from rich.console import Console

    from shared.records import WorkerMachine, WorkerView


@dataclass(frozen=True, slots=True)
class WorkerState:
    """A worker on one machine: `machine` and `alive_since` are empty if unknown, `seen_at` if it never sent a heartbeat."""

    worker: str
    machine: str
    is_alive: bool
    alive_since: datetime | None
    seen_at: datetime | None
    is_subscribed: bool
    scripts: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The state as JSON."""
        return {
            "worker": self.worker,
            "machine": self.machine,
            "alive": self.is_alive,
            "alive_since": self.alive_since if self.is_alive else None,
            "last_seen_at": self.seen_at,
            "takes_runs_from": "subscription" if self.is_subscribed else "database",
            "scripts": list(self.scripts),
        }


def states(
    machines: Sequence[WorkerMachine], workers: Sequence[WorkerView], named: Mapping[str, bool], now: datetime
) -> list[WorkerState]:
    """The workers by name and machine. `named` are those of the settings and scripts: whether each has a subscription."""
    listed = [
        WorkerState(
            each.worker,
            each.machine,
            each.is_alive(now),
            each.alive_since,
            each.seen_at,
            each.is_subscribed,
            each.scripts,
        )
        for each in machines
    ]
    names = {state.worker for state in listed}
    listed += [
        WorkerState(each.name, "", each.is_alive(now), None, each.seen_at, each.is_subscribed, each.scripts)
        for each in workers
        if each.name not in names
    ]
    names |= {state.worker for state in listed}
    listed += [WorkerState(name, "", False, None, None, named[name], ()) for name in named.keys() - names]
    return sorted(listed, key=lambda state: (state.worker, state.machine))


def print_workers(console: Console, listed: Sequence[WorkerState], now: datetime) -> None:
    """One row for each worker and machine."""
    from cli.views.rows import print_rows

    rows = []
    for state in listed:
        source = localize(texts.SUBSCRIPTION if state.is_subscribed else texts.DATABASE)
        cells = state.worker, state.machine, _shown(state, now), source, localize(COMMA).join(state.scripts)
        rows.append([output.styled(cell) for cell in cells])
    columns = [texts.WORKER, texts.MACHINE, texts.STATE, texts.TAKES_FROM, texts.SCRIPTS]
    print_rows(console, columns, rows, prose=[texts.SCRIPTS], heading=2)


def _shown(state: WorkerState, now: datetime) -> str:
    if state.seen_at is None:
        return localize(texts.NEVER)
    seen = output.ago(state.seen_at, now)
    if not state.is_alive:
        return localize(texts.SILENT(seen=seen))
    if state.alive_since is None:
        return localize(texts.LAST_HEARD(seen=seen))
    return localize(texts.ALIVE(since=output.ago(state.alive_since, now), seen=seen))
