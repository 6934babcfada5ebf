"""The interface of actions and notifiers: the parts of a module, its arguments and its result.

A module has, and handlers/completeness.py checks:
- NAME: its name in handlers.yaml. The module's docstring is its documentation: a sentence, and paragraphs behind it.
- PERMISSIONS: the Google IAM permissions that it needs; with DRY_RUN_PERMISSIONS when a dry run needs fewer, and with
  PERMISSIONS_BY_SERVICE when they depend on the service of the incident, and EVIDENCE when it needs a list of the evidence.
- unneeded(patterns, rules), where permissions depend on the resource of the incident: those that no resource accepted by these patterns
  needs, if the incidents are of these rules.
- JOB_PERMISSIONS, where it starts jobs or operations that end after the run: those of its PERMISSIONS that these need. The loop guard accepts
  such a call of Hinomi's account only if an action run started the job, or on the target of a run of the last day.
- Params: a frozen dataclass; each field is a `parameter(…)` with its documentation. Its __post_init__ raises InputError.
- target and run as in Action; a remediation has plan, apply and verify instead of run (handlers/remediations/contract.py),
  a notifier also has send_test, and send_report where its channels can show a report.
- SETTINGS and SECRETS, where it reads environment variables: Setting of shared/setting.py.
- Texts of shared.texts (Text, Template, Plural), so that they exist in every language.
- also_required(environment), where other settings require further variables: their names.
- EXTRA: the optional dependency of pyproject.toml that it imports, where it needs one; deployed when a rule uses it.
- asks_iam(settings, params), where its permissions depend on the settings.
- PUBLISHES_TO, where its permissions are for Pub/Sub topics alone: the setting that names a channel's topic. deploy.sh grants
  the publisher role on the topics that enabled handler rules use, and nothing in the monitored scope.
- problem(settings, params), where parameters name something of the installation: a Text with the mistake, or an empty one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, cast

from handlers.channels.rate_limit import RateLimit
from handlers.owners.table import Owners
from handlers.remediations.model import Journal, Plan, Verdict
from shared.config import Settings
from shared.errors import ActionError
from shared.lazy.dataclass import dataclass
from shared.model import Mode, RunState, Trigger
from shared.records import CallView, IncidentView, RunView, SystemPlace, WorkerAnswer
from shared.texts import EMPTY, Text, as_text

if TYPE_CHECKING:
    from insights.access.earlier_access import EarlierAccess
    from insights.access.model import AccessGrant
    from shared.clients import Clients


def parameter(doc: str, default: Any = MISSING) -> Any:
    """A field of Params with its documentation for docs/actions.md or docs/notifiers.md; required if it has no default."""
    return field(default=default, metadata={"doc": doc})


@dataclass(frozen=True, slots=True)
class ActionResult:
    """The result of an action.

    `text` is shown on cards and at the command line; a string becomes a Text that is the same in every language.
    `changed`: whether the action changed something. `undo` is the change that would reverse it, `details` are values
    for later runs; values that JSON cannot represent become strings.
    `recovered`: the action has verified that the fault is fixed; the incident is resolved.
    `wait_seconds`: nothing was done; the run is retried after that many seconds, and the attempt does not count.
    `refused`: the parts of the channel that did not accept the notification while others did, by name, each with its
    error (handlers/channels/parts.py); None for one that rejects this message only, or was left out. `is_part_removed`: the
    only part that the run was for is no longer a part of the channel.
    `plan` and `verdict` are those of a remediation. A dry run with a plan that has calls asks for approval, if the rule does.
    """

    text: Text
    changed: bool = True
    recovered: bool = False
    undo: dict[str, Any] | None = None
    details: dict[str, Any] | None = None
    wait_seconds: float | None = None
    plan: Plan | None = None
    verdict: Verdict | None = None
    refused: Mapping[str, ActionError | None] = field(default_factory=dict)
    is_part_removed: bool = False

    def __post_init__(self) -> None:
        # An action that has done its work must not fail because of its text, or of values that JSON cannot represent.
        object.__setattr__(self, "text", as_text(self.text))
        object.__setattr__(self, "undo", _as_json(self.undo))
        object.__setattr__(self, "details", _as_json(self.details))


def _as_json(values: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if values is None else cast("dict[str, Any]", json.loads(json.dumps(values, default=str)))


@dataclass(frozen=True, slots=True)
class Notification:
    """The notification of one run. `notified` says whether the channel has had a message about this incident.

    `maybe_sent`: an earlier attempt may have sent it, because its response was lost or its worker died. `held`: it
    waited for the hours of its rule. `cause` is the cause of the run.
    """

    run_id: int
    incident: IncidentView
    trigger: Trigger
    notified: bool = False
    maybe_sent: bool = False
    held: bool = False
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """A notifier's turn on its channel.

    With `wait_seconds` the notifier must not send anything for that time; `reason` says why. Otherwise one message about all `notifications`,
    earliest first: the runs behind them end as this run ends. `is_digest`: it lists them even if there is only one.
    """

    notifications: tuple[Notification, ...] = ()
    wait_seconds: float = 0.0
    reason: Text = EMPTY
    is_digest: bool = False


def _turn_of_its_own(_rate_limit: RateLimit) -> Turn:
    return Turn()


def _no_grants(_days: int) -> Sequence[AccessGrant]:
    return ()


def _no_access(_resource: str, _at: datetime) -> EarlierAccess | None:
    return None


@dataclass(frozen=True, slots=True)
class ActionContext:
    """The context of one run of an action, number `run_id`.

    `earlier_runs` counts the runs of this handler rule on this target that changed something before.
    `take_turn(rate_limit)` is for notifiers with a rate limit whose notifications may share a message: it
    decides whether to send now and for which notifications, for all instances (handlers/channels/delivery.py).
    `note_undo(undo)` stores the way to reverse the change that the action is about to make, so that it is known even when
    the worker dies before it records the result. Raises ActionError when another worker owns the run: change nothing.
    `may_continue()` extends the lease of a run that takes minutes; False when another worker has it: stop then.
    `likely_cause()` returns the most likely cause in one line, or that none was found; None without history. It queries a database.
    `alarm_note()` returns the usual range, the share of false alarms and the top contributors of an incident about load; it queries
    both databases. `digest_notes(incident)` returns the most likely cause, None if none was found, and this note of another incident.
    `removed_grants(days)` returns the roles that the principal of a failed job lost in the `days` days before; it queries a database too.
    `earlier_access(resource, at)` returns the roles on a resource (its full name) at an earlier time, None if the Schema DB does not answer.
    `environment_places(name)` returns where a Composer environment of this name has metrics, as the history has them.
    `noted_undo` is the undo that an unfinished earlier attempt stored. `maybe_sent`: an earlier attempt of a notification
    may have sent it.
    `part` is the only part of the channel that the notification is for, empty for all; `parts_waiting` are those that are
    left out, because earlier notifications wait for them.
    `owners` are the owners of resources, for a notification.
    `system_places` are the places of incidents of this service about a system (an Airflow environment, a Kafka Connect
    cluster) of the same name.
    `journal` records the calls of a remediation (handlers/remediations/calls.py), `approved_plan` is the fingerprint of the
    plan that a person approved. `undoes` is the undo of the run that this one undoes, None for any other run; `undone_calls` are
    the calls of that run with their effects (handlers/remediations/calls.py: `may_have_made`), None if they are unknown.
    `worker` is the name of the worker that runs it, empty for the function. `worker_answer(order)` returns what a worker with a
    subscription says of an order, None if nothing. `are_several(worker)`: it runs on several machines, which share its orders.
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
    maybe_sent: bool = False
    note_undo: Callable[[dict[str, Any]], None] = field(default=lambda _undo: None)
    take_turn: Callable[[RateLimit], Turn] = field(default=_turn_of_its_own)
    likely_cause: Callable[[], Text | None] = field(default=lambda: None)
    alarm_note: Callable[[], Text | None] = field(default=lambda: None)
    digest_notes: Callable[[IncidentView], tuple[Text | None, Text | None]] = field(default=lambda _other: (None, None))
    removed_grants: Callable[[int], Sequence[AccessGrant]] = field(default=_no_grants)
    earlier_access: Callable[[str, datetime], EarlierAccess | None] = field(default=_no_access)
    environment_places: Callable[[str], frozenset[SystemPlace]] = field(default=lambda _name: frozenset())
    part: str = ""
    parts_waiting: frozenset[str] = frozenset()
    journal: Journal = field(default_factory=Journal)
    approved_plan: str = ""
    may_continue: Callable[[], bool] = field(default=lambda: True)
    undoes: Mapping[str, Any] | None = None
    undone_calls: Sequence[CallView] | None = None
    owners: Owners = field(default_factory=Owners)
    system_places: frozenset[SystemPlace] = frozenset()
    worker: str = ""
    worker_answer: Callable[[str], WorkerAnswer | None] = field(default=lambda _order: None)
    are_several: Callable[[str], bool] = field(default=lambda _worker: False)

    def changes_of(self, action: str, target: str) -> tuple[RunView, ...]:
        """The earlier runs of an action on a target for this incident that changed something, earliest first."""
        return tuple(
            run
            for run in self.actions_so_far
            if (run.action, run.target, run.state, run.mode) == (action, target, RunState.DONE, Mode.AUTO)
            and (run.details or {}).get("changed", True)
        )

    def run_key(self, *more: object) -> str:
        """The key of the run, the same for every attempt, so that a receiver that knows the key acts only once."""
        parts = (self.settings.project, self.run_id, self.incident.id, self.incident.opened_at.isoformat(), *more)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


class Action(Protocol):
    """An action module."""

    NAME: str
    PERMISSIONS: tuple[str, ...]
    Params: type[Any]

    def target(self, incident: IncidentView, params: Any) -> str:
        """The target of the action, such as a resource or a channel; cooldowns and limits count per target."""

    def run(self, context: ActionContext, params: Any) -> ActionResult:
        """Runs the action; only reads when the mode is dry_run.

        Raises ActionError; a notifier raises ChannelError when its channel accepts no message.
        """


class Notifier(Action, Protocol):
    """A notifier module."""

    def send_test(self, settings: Settings, params: Any, now: datetime) -> Iterator[Text]:
        """Sends a test message; yields a line for each part of the response. Raises InputError or ActionError."""
