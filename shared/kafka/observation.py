"""The state of a Connect cluster and of the systems that it depends on, at one time, and its JSON form.

`hinomi probe kafka` publishes the JSON form, and the Error DB keeps it to determine how long a state has lasted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, field, replace
from datetime import datetime
from typing import Any

from shared.errors import InputError
from shared.lazy.dataclass import dataclass
from shared.texts import kafka as texts

FAILED, RUNNING, UNASSIGNED, RESTARTING = "FAILED", "RUNNING", "UNASSIGNED", "RESTARTING"
CHANGED_SETTINGS = "kafka/connect/changed_settings"  # the metric of the history: how many, at the reading before
STOPPED_BY_PERSON = ("PAUSED", "STOPPED")
MOST_CONNECTORS = 500
MOST_TASKS = 200  # of one connector
MOST_SLOTS = 200
MOST_LAGS = 2_000
LONGEST_NAME = 255
LONGEST_TEXT = 1_000
MESSAGES_LIMIT = 100_000.0
WAL_LIMIT = 10.0 * 2**30  # bytes


@dataclass(frozen=True, slots=True)
class TaskState:
    """A task of a connector. `error` is the line of its trace that says why it failed, `trace` a digest of the trace."""

    id: int
    state: str
    worker: str = ""
    error: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True)
class ConnectorState:
    """A connector with its tasks. `config` has a digest of each configuration value that is not a secret, by its key.

    For a connector of Debezium for PostgreSQL, `database`, `slot` and `tables` are those of its configuration,
    `heartbeat_ms` the interval of its heartbeat (0: none). `position` is the last stored source offset; `snapshot` says
    whether it belongs to an incomplete initial snapshot, or that there is none yet.
    """

    name: str
    state: str
    kind: str = ""
    worker: str = ""
    error: str = ""
    trace: str = ""
    tasks: tuple[TaskState, ...] = ()
    config: Mapping[str, str] = field(default_factory=dict)
    class_name: str = ""
    database: str = ""
    slot: str = ""
    tables: str = ""
    heartbeat_ms: int = 0
    position: str = ""
    snapshot: bool = False

    @property
    def failed_tasks(self) -> tuple[TaskState, ...]:
        """The tasks that failed."""
        return tuple(task for task in self.tasks if task.state == FAILED)

    @property
    def has_failed(self) -> bool:
        """Whether the connector or one of its tasks failed."""
        return self.state == FAILED or bool(self.failed_tasks)

    @property
    def is_unassigned(self) -> bool:
        """Whether the connector has no tasks, or no worker runs the connector or one of its tasks."""
        if self.state in (*STOPPED_BY_PERSON, FAILED):
            return False
        return UNASSIGNED in (self.state, *(task.state for task in self.tasks)) or not self.tasks

    @property
    def runs(self) -> bool:
        """Whether the connector and all its tasks are running."""
        return self.state == RUNNING and bool(self.tasks) and all(task.state == RUNNING for task in self.tasks)


@dataclass(frozen=True, slots=True)
class ReplicationSlot:
    """A logical replication slot. `retained` and `behind` are bytes of WAL: kept for the slot, and not yet confirmed by its reader.

    `confirmed` and `written` are positions in the WAL: how far the reader confirmed, and how far the database has written.
    `left` is the number of bytes that may still be written before the slot is lost; None without such a limit.
    """

    database: str
    name: str
    active: bool
    wal_status: str
    retained: int
    behind: int
    confirmed: int
    written: int
    left: int | None = None


@dataclass(frozen=True, slots=True)
class SourceState:
    """A PostgreSQL database and its slots. `error` says why it could not be read; empty if it was."""

    database: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class TopicLag:
    """The number of messages of a topic that a consumer group has not read. `members` is the number of its consumers."""

    group: str
    topic: str
    messages: int
    members: int = 0


@dataclass(frozen=True, slots=True)
class KafkaObservation:
    """The state of a Connect cluster at a time. `error` says why Connect could not be read, `broker_error` why lags are unknown.

    `messages_limit` and `wal_limit` (bytes) are the limits of lag and of retained WAL.
    """

    cluster: str
    time: datetime
    error: str = ""
    version: str = ""
    connectors: tuple[ConnectorState, ...] = ()
    sources: tuple[SourceState, ...] = ()
    slots: tuple[ReplicationSlot, ...] = ()
    lags: tuple[TopicLag, ...] = ()
    broker_error: str = ""
    messages_limit: float = MESSAGES_LIMIT
    wal_limit: float = WAL_LIMIT

    def connector(self, name: str) -> ConnectorState | None:
        """The connector of that name."""
        return next((each for each in self.connectors if each.name == name), None)

    def slot(self, database: str, name: str) -> ReplicationSlot | None:
        """The slot of that name in a database."""
        return next((each for each in self.slots if (each.database, each.name) == (database, name)), None)

    def reader(self, slot: ReplicationSlot) -> ConnectorState | None:
        """The connector that is configured to read a slot; None if there is none."""
        key = slot.database, slot.name
        return next((each for each in self.connectors if (each.database, each.slot) == key), None)

    def is_readable(self, database: str) -> bool:
        """Whether the slots of a database could be read."""
        return any(each.database == database and not each.error for each in self.sources)

    def without_texts(self) -> KafkaObservation:
        """The observation as it is stored: without error messages, which may contain data."""
        connectors = tuple(
            replace(each, error="", tables="", tasks=tuple(replace(task, error="") for task in each.tasks))
            for each in self.connectors
        )
        sources = tuple(replace(each, error=digest(each.error)) for each in self.sources)
        return replace(
            self,
            error=digest(self.error),
            broker_error=digest(self.broker_error),
            connectors=connectors,
            sources=sources,
        )

    def as_dict(self) -> dict[str, Any]:
        """The observation as JSON, without empty values."""
        values = asdict(self)
        values["time"] = self.time.isoformat()
        return {name: _filled(value) for name, value in values.items() if value not in ("", (), None)}


def digest(text: str) -> str:
    """A short digest of a text; empty for an empty text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12] if text else ""


def parse(data: Any, time: datetime) -> KafkaObservation:
    """Parses the JSON form of an observation made at `time`. Raises InputError for any other form."""
    try:
        found = _observation(data, time)
    except (TypeError, KeyError, ValueError, AttributeError, OverflowError) as error:
        raise InputError(texts.INVALID_OBSERVATION(reason=type(error).__name__)) from error
    if not found.cluster:
        raise InputError(texts.INVALID_OBSERVATION(reason="cluster"))
    return found


def _observation(data: Mapping[str, Any], time: datetime) -> KafkaObservation:
    return KafkaObservation(
        cluster=_text(data["cluster"]),
        time=time,
        error=_text(data.get("error", "")),
        version=_text(data.get("version", "")),
        connectors=tuple(map(_connector, _listed(data, "connectors", MOST_CONNECTORS))),
        sources=tuple(_of(SourceState, each) for each in _listed(data, "sources", MOST_SLOTS)),
        slots=tuple(_of(ReplicationSlot, each) for each in _listed(data, "slots", MOST_SLOTS)),
        lags=tuple(_of(TopicLag, each) for each in _listed(data, "lags", MOST_LAGS)),
        broker_error=_text(data.get("broker_error", "")),
        messages_limit=float(data.get("messages_limit", MESSAGES_LIMIT)),
        wal_limit=float(data.get("wal_limit", WAL_LIMIT)),
    )


def _connector(data: Mapping[str, Any]) -> ConnectorState:
    tasks = tuple(_of(TaskState, each) for each in _listed(data, "tasks", MOST_TASKS))
    config = {_text(name): _text(value) for name, value in dict(data.get("config", {})).items()}
    found: ConnectorState = _of(ConnectorState, data, without=("tasks", "config"))
    return replace(found, tasks=tasks, config=config)


def _of(kind: Callable[..., Any], data: Mapping[str, Any], *, without: Sequence[str] = ()) -> Any:
    """An object of this class from its known fields, each checked against the type of its annotation."""
    annotations: Mapping[str, str] = kind.__annotations__
    return kind(
        **{
            name: _value(annotations[name], value)
            for name, value in data.items()
            if name in annotations and name not in without
        }
    )


def _value(annotation: str, value: Any) -> Any:
    if annotation == "bool":
        if not isinstance(value, bool):
            raise TypeError
        return value
    if annotation.startswith("int"):
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError
        return max(-(2**63), min(value, 2**63 - 1))
    return _text(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value[:LONGEST_TEXT]


def _listed(data: Mapping[str, Any], name: str, most: int) -> Iterator[Mapping[str, Any]]:
    values = data.get(name, ())
    if not isinstance(values, list | tuple) or len(values) > most:
        raise ValueError
    yield from values


def _filled(value: Any) -> Any:
    """A JSON value without empty values."""
    if isinstance(value, dict):
        return {name: _filled(each) for name, each in value.items() if each not in ("", (), None, {}, [])}
    if isinstance(value, list | tuple):
        return [_filled(each) for each in value]
    return value
