"""Restarts a connector of Kafka Connect that failed, such as one of Debezium: first its failed task, then the connector.

The connector comes from the incident's label `connector`, or its resource (`orders`, or `orders/0` with the task). A label `task` limits
the first restart to this task. For a report, the job must be the connector (`orders` or `orders/0`), because the declaration of its
reporter limits jobs, not labels. An incident with a label `connect_cluster` or `cluster` must be of the cluster that the connection serves.

The first restart restarts the failed tasks; each further restart restarts the connector with its failed tasks. A minute after a
restart, the action reads the states again. If something failed again, it waits for `pause_seconds`, twice as long each
time (at most an hour), and restarts once more; after `max_restarts` it gives up, and the chain or the notification of
the rule follows. A connector that runs a minute after a restart resolves an incident about a failed job. A connector
that a person paused or stopped is left alone. Messages may be delivered again after a restart, as after each failure of
a task.

For `kafka/connect_task_failed`, which reads the output of Kafka Connect on Kubernetes Engine, and for reports of a probe named `kafka`:

```yaml
  - name: restart-connector
    match: {rule: [kafka/connect_task_failed, report/kafka]}
    action: restart_connector
    params: {kafka_connect: cdc, max_restarts: 3}
    mode: auto
    then: page
```

Hinomi must reach the server over the network; where the deployed function cannot, run a [script on-premises](scripts.md#run-scripts-on-premises).
Before Kafka 3.0 a connector cannot be restarted with its failed tasks: each further restart then restarts only the connector. A restart
has no undo.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from handlers.actions import _declared
from handlers.actions.kafka._api import BY_PERSON, FAILED, ConnectApi, ConnectorStatus
from handlers.context import ActionContext, parameter
from handlers.remediations import calls
from handlers.remediations.model import Call, Outcome, Plan, Verdict
from shared.config import Settings
from shared.connections import kafka_connect as connections
from shared.connections._served import choices
from shared.errors import ActionError, InputError, TargetRefusal, TargetRefusedError
from shared.lazy.dataclass import dataclass
from shared.model import IncidentKind
from shared.records import IncidentView, SystemPlace
from shared.texts import EMPTY, Text, actions, joined
from shared.texts.remediations import kafka as texts

NAME = "restart_connector"
PERMISSIONS: tuple[str, ...] = ()
DRY_RUN_PERMISSIONS = PERMISSIONS

MOST_RESTARTS = 10
SHORTEST_PAUSE, LONGEST_PAUSE = 10, 3600  # seconds
SETTLES_AFTER = timedelta(minutes=1)  # until then, a state may be that of before the restart
LONGEST_NAME = 255
_RESOURCE = re.compile(r"(?P<connector>.+?)(?:/(?P<task>[0-9]{1,5}))?")
_TASK = re.compile(r"[0-9]{1,5}")


@dataclass(frozen=True)
class Params:
    """`kafka_connect` is the name of a connection in the settings; restarts count per connector and incident."""

    kafka_connect: str = parameter(
        "The connection: `<NAME>` of `HINOMI_KAFKA_CONNECT_<NAME>_URL` in lower case (settings.md)."
    )
    max_restarts: int = parameter(f"Maximum number of restarts of the connector, 1 to {MOST_RESTARTS}.", 3)
    pause_seconds: int = parameter(
        f"The pause before the second restart, {SHORTEST_PAUSE} to {LONGEST_PAUSE} seconds; each further one is twice as long.",
        60,
    )

    def __post_init__(self) -> None:
        if not 1 <= self.max_restarts <= MOST_RESTARTS:
            raise InputError(texts.MAX_RESTARTS(most=MOST_RESTARTS, value=self.max_restarts))
        if not SHORTEST_PAUSE <= self.pause_seconds <= LONGEST_PAUSE:
            raise InputError(texts.PAUSE(least=SHORTEST_PAUSE, most=LONGEST_PAUSE, value=self.pause_seconds))

    def pause(self, restarts: int) -> float:
        """The seconds between a restart and the next one, by the number of restarts."""
        return min(self.pause_seconds * 2.0 ** (restarts - 1), LONGEST_PAUSE)


@dataclass(frozen=True, slots=True)
class _Subject:
    """The connector of an incident, and its task if the incident names one."""

    connector: str
    task: int | None = None

    @property
    def text(self) -> Text:
        """The connector or the task as text."""
        return (
            texts.CONNECTOR(connector=self.connector)
            if self.task is None
            else texts.TASK(task=self.task, connector=self.connector)
        )


def target(incident: IncidentView, params: Params) -> str:
    """The connector; limits count per connector."""
    return f"{params.kafka_connect}: {_subject(incident).connector}"


def problem(settings: Settings, params: Params) -> Text:
    """The mistake in the parameters for this installation; an empty text if there is none.

    Settings of functions are unknown here.
    """
    if not settings.connections.get("kafka_connect"):
        return EMPTY
    return _declared.mistake(lambda: connections.configured(settings, params.kafka_connect))


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to restart the failed tasks, or, after an earlier restart, the connector, unless that was too recent."""
    subject = _subject(context.incident)
    _check_cluster(context, params.kafka_connect)
    api = _api(context, params.kafka_connect)
    status = api.status(subject.connector)
    if status.connector in BY_PERSON:
        stopped = texts.STOPPED(connector=subject.connector, state=status.connector)
        return Plan(stopped, before=status.as_dict())
    if not status.has_failed(subject.task):
        return Plan(texts.NOT_FAILED(what=subject.text, states=status.text), before=status.as_dict())
    restarts, since = _earlier(context, target(context.incident, params))
    if restarts >= params.max_restarts:
        failed = texts.FAILED_AGAIN(count=restarts, connector=subject.connector)
        raise TargetRefusedError(failed, TargetRefusal.LIMIT_REACHED)
    if since is not None and since < params.pause(restarts):
        early = texts.TOO_EARLY(connector=subject.connector, seconds=int(since), pause=int(params.pause(restarts)))
        return Plan(early, before=status.as_dict())
    return _restart(api, subject, status, context.now, count=restarts + 1, most=params.max_restarts)


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Makes the restarts, one after the other. During a rebalance Connect rejects them, and the states are read again."""
    calls.make_all(context, plan, _api(context, params.kafka_connect).session)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the states again, at the earliest a minute after the restart."""
    subject = _subject(context.incident)
    status = _api(context, params.kafka_connect).status(subject.connector)
    text, after = texts.IS_NOW(states=status.text), status.as_dict()
    restart = plan.details.get("restart")
    if restart is None:  # this run restarted nothing
        outcome = Outcome.FIXED if status.runs(subject.task) else Outcome.NOT_YET
        return Verdict(outcome, after=after, resolves=False)
    left = datetime.fromisoformat(plan.details["at"]) + SETTLES_AFTER - context.now
    if left > timedelta():
        return Verdict(Outcome.NOT_YET, after=after, look_again_seconds=left.total_seconds())
    if status.has_failed(subject.task):
        again = params.pause(restart) if restart < params.max_restarts else None
        return Verdict(Outcome.NOT_FIXED, text, after, run_again_seconds=again)
    if status.runs(subject.task):
        is_about_failure = context.incident.kind is IncidentKind.JOB_FAILURE
        return Verdict(Outcome.FIXED, text, after, resolves=is_about_failure)
    return Verdict(Outcome.NOT_YET, text, after)


def _restart(
    api: ConnectApi, subject: _Subject, status: ConnectorStatus, now: datetime, *, count: int, most: int
) -> Plan:
    name = subject.connector
    only_tasks = count == 1 and status.connector != FAILED
    tasks = status.failed_tasks(subject.task) if only_tasks else []
    made: tuple[Call, ...] = tuple(api.restart_task(name, task) for task in tasks)
    what = joined([texts.TASK(task=task, connector=name) for task in tasks]) or texts.CONNECTOR(connector=name)
    return Plan(
        texts.WOULD_RESTART(what=what),
        calls=made or (api.restart_connector(name),),
        done=texts.RESTARTED(what=what, count=count, most=most),
        precondition={"state": FAILED},
        before=status.as_dict(),
        details={"restart": count, "at": now.isoformat()},
    )


def _earlier(context: ActionContext, name: str) -> tuple[int, float | None]:
    """The number of restarts of this incident's connector since it last ran, and the seconds since the last restart."""
    made = [run for run in context.changes_of(NAME, name) if "restart" in (run.details or {})]
    if not made or made[-1].verdict == Outcome.FIXED:
        return 0, None
    last = made[-1]
    since = (context.now - last.finished_at).total_seconds() if last.finished_at else None
    return int((last.details or {})["restart"]), since


def _subject(incident: IncidentView) -> _Subject:
    """The connector and task of the incident. Raises ActionError for an invalid one, or a report about another one."""
    match = _RESOURCE.fullmatch(incident.resource)
    of_resource, task_of_resource = (match["connector"], match["task"]) if match else ("", None)
    connector = incident.labels.get("connector", "") or of_resource
    if not connector or len(connector) > LONGEST_NAME or not connector.isprintable() or not connector.strip(". "):
        raise ActionError(texts.NO_NAME, permanent=True)
    is_same = connector in (of_resource, incident.resource)
    task = incident.labels.get("task", "") or (task_of_resource if is_same else "") or ""
    if task and not _TASK.fullmatch(task):
        raise ActionError(texts.BAD_TASK(value=task[:20]), permanent=True)
    is_other_task = task_of_resource is not None and task != task_of_resource
    if incident.is_report and (not is_same or is_other_task):
        other = texts.OTHER_JOB(job=incident.resource, connector=connector)
        raise TargetRefusedError(other, TargetRefusal.OTHER_TARGET)
    return _Subject(connector, int(task) if task else None)


def _check_cluster(context: ActionContext, name: str) -> None:
    """Checks the cluster: a connector of the same name in another cluster is another connector."""
    labels = context.incident.labels
    cluster = labels.get("connect_cluster", "") or labels.get("cluster", "")
    connection = _connection(context, name)
    location = "" if context.incident.is_report else labels.get("location", "")
    place = SystemPlace(context.incident.project, location)
    if not connections.serves(connection, name, cluster, place):
        setting = connections.CLUSTER.of(name)
        other = texts.OTHER_CLUSTER(cluster=cluster, name=name, setting=setting)
        raise TargetRefusedError(other, TargetRefusal.OTHER_TARGET)
    if connections.serves_any(connection, name, cluster, context.system_places):
        setting = connections.CLUSTER.of(name)
        values = ", ".join(choices(cluster, context.system_places))
        several = actions.AMBIGUOUS_SYSTEM(named=cluster, name=name, setting=setting, values=values)
        raise TargetRefusedError(several, TargetRefusal.OTHER_TARGET)


def _connection(context: ActionContext, name: str) -> connections.KafkaConnectConnection:
    try:
        return connections.configured(context.settings, name)
    except InputError as error:
        raise ActionError(error.text, permanent=True) from error


def _api(context: ActionContext, name: str) -> ConnectApi:
    try:
        return ConnectApi(connections.server(context.clients, name), connections.URL.of(name))
    except InputError as error:
        raise ActionError(error.text, permanent=True) from error
