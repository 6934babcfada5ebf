"""What an action is given and what it gives back.

An action module has these, and the registry checks them: NAME (the module's name, as handlers.yaml calls it),
PERMISSIONS (the Google IAM permissions that it needs; with DRY_RUN_PERMISSIONS beside it when it needs fewer
to say what it would do, so that a dry run is not given the power to change), Params (a frozen dataclass whose
__post_init__ raises InputError for a wrong value), target and run as in Action. Its texts are Text, Template and Plural
of shared.texts, so that they exist in every language; those of an action of this code base are in shared/texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from handlers.rate_limit import Pace
from shared.config import Settings
from shared.model import Mode, Trigger
from shared.records import IncidentView, RunView
from shared.texts import Text, as_text

if TYPE_CHECKING:
    from shared.clients import Clients


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action did.

    `text` says it on cards and at the command line; a string becomes a Text that is the same in every language.
    `recovered` only when the action has read back that the fault is gone: it resolves the incident.
    `wait_seconds` puts the run off: nothing was done, try again after so many seconds (no attempt is counted).
    """

    text: Text
    changed: bool = True
    recovered: bool = False
    undo: dict[str, Any] | None = None
    details: dict[str, Any] | None = None
    wait_seconds: float | None = None

    def __post_init__(self) -> None:
        # An action that has done its work must not fail for its text.
        object.__setattr__(self, "text", as_text(self.text))


@dataclass(frozen=True, slots=True)
class Waiting:
    """Another due run of the same action on the same target: what it would have told."""

    run_id: int
    incident: IncidentView
    trigger: Trigger


@dataclass(frozen=True, slots=True)
class ActionContext:
    """One run of an action, number `run_id`.

    `earlier_runs` counts the runs of this handler rule on this target that changed something before.
    `take_slot(channel, pace)` claims the right to send one message on a channel, at the moment of the call and for
    all instances (handlers/rate_limit.py, a row of `channels`): 0 is "send now", otherwise the seconds to wait.
    `claim_waiting(more_than, limit)` takes over the other due runs of this action on this target, when there are
    more than so many, by the worker's own claim: they end as this run ends (done, or put back when it waits or fails).
    `note_undo(undo)` keeps what would undo the change that the action is about to make, so that it is known even when
    the worker dies before it can say what it did. Raises ActionError when the run is not ours any more: change nothing.
    `causes()` says what changed before the incident, a line each, most likely first; it asks a database, briefly.
    `noted_undo` is what an earlier attempt noted that never ended as done.
    """

    incident: IncidentView
    trigger: Trigger
    mode: Mode
    now: datetime
    clients: Clients
    settings: Settings
    earlier_runs: int = 0
    actions_so_far: tuple[RunView, ...] = ()
    run_id: int = 0
    noted_undo: Mapping[str, Any] | None = None
    note_undo: Callable[[dict[str, Any]], None] = field(default=lambda _undo: None)
    take_slot: Callable[[str, Pace], float] = field(default=lambda _channel, _pace: 0.0)
    claim_waiting: Callable[[int, int], tuple[Waiting, ...]] = field(default=lambda _more_than, _limit: ())
    causes: Callable[[], list[str]] = field(default=list)


class Action(Protocol):
    """An action module."""

    NAME: str
    PERMISSIONS: tuple[str, ...]
    Params: type[Any]

    def target(self, incident: IncidentView, params: Any) -> str:
        """What it touches."""

    def run(self, context: ActionContext, params: Any) -> Outcome:
        """Does it."""


class Notifier(Action, Protocol):
    """A notifier module."""

    def send_test(self, settings: Settings, params: Any, now: datetime) -> Iterator[Text]:
        """Sends a test message; a line for each thing that came back. Raises InputError or ActionError."""
