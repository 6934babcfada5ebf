"""Reads the connectors of a Connect cluster over its REST API.

Formats: kafka.apache.org/documentation, "Connect REST API": `GET /connectors?expand=status&expand=info` (KIP-465, Kafka 2.3) has
all connectors in one response, `GET /connectors/{name}/offsets` (KIP-875, Kafka 3.6) the source offsets. Of a connector of Debezium
for PostgreSQL, debezium.io/documentation/reference/stable/connectors/postgresql.html names the properties that are read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from shared.http import error_message, is_success
from shared.kafka.observation import (
    LONGEST_TEXT,
    MOST_CONNECTORS,
    MOST_TASKS,
    ConnectorState,
    TaskState,
    digest,
)

if TYPE_CHECKING:
    from shared.connections.kafka_connect import KafkaConnectServer

TIMEOUT = 10.0
DEBEZIUM_POSTGRES = "io.debezium.connector.postgresql.PostgresConnector"
DEFAULT_SLOT = "debezium"
LONGEST_LINE = 5_000  # characters of a line of a trace that are read
MOST_OFFSETS = 100  # connectors whose offsets are read, one call each
_SECRET = re.compile(r"password|secret|token|jaas|credential|passphrase|(?:access|private|api)[._]key", re.IGNORECASE)
_CAUSE = re.compile(r"\s*Caused by: (.+)")
_DUMP = re.compile(r"\[[^\[\]]{20,}\]|\{[^{}\[\]]{20,}\}")  # the fields of an object, innermost first


class ConnectUnreadableError(Exception):
    """Connect did not answer, or answered with an error; the text says which."""


def version(server: KafkaConnectServer) -> str:
    """The version of Kafka that the worker runs. Raises ConnectUnreadableError."""
    return str(_object(_get(server, "/")).get("version", ""))[:50]


def connectors(server: KafkaConnectServer) -> tuple[ConnectorState, ...]:
    """All connectors by name, at most MOST_CONNECTORS. Raises ConnectUnreadableError."""
    body = _object(_get(server, "/connectors?expand=status&expand=info"))
    return tuple(_connector(name, body[name]) for name in sorted(body)[:MOST_CONNECTORS])


def offsets(server: KafkaConnectServer, connector: str) -> tuple[str, bool] | None:
    """The source offset of a connector as text, and whether it belongs to an incomplete snapshot.

    A connector without an offset has read no row of its snapshot, or its snapshot had no row. None if Connect is older
    than this call. Raises ConnectUnreadableError.
    """
    body = _get(server, f"/connectors/{quote(connector, safe='')}/offsets", or_none=True)
    if body is not None and not _object(body).get("offsets"):
        return "", True
    offsets_of = [each.get("offset") for each in _object(body).get("offsets", ()) if isinstance(each, Mapping)]
    given = [each for each in offsets_of if isinstance(each, Mapping)]
    if not given:
        return None
    is_snapshot = any(each.get("snapshot") and not each.get("snapshot_completed") for each in given)
    position = ",".join(str(each.get("lsn", digest(str(sorted(each.items()))))) for each in given[:20])
    return position[:LONGEST_TEXT], is_snapshot


def cause(trace: str) -> str:
    """The line of a stack trace that says why it failed, without dumps of objects: the last "Caused by", otherwise the first line."""
    causes = [match[1] for line in trace.splitlines() if (match := _CAUSE.match(line))]
    line = causes[-1] if causes else next(iter(trace.strip().splitlines()), "")
    line = line.strip()[:LONGEST_LINE]
    while (shorter := _DUMP.sub("…", line)) != line:
        line = shorter
    return line[:LONGEST_TEXT]


def _connector(name: str, body: Any) -> ConnectorState:
    status, info = _object(_object(body).get("status")), _object(_object(body).get("info"))
    own, config = _object(status.get("connector")), _object(info.get("config"))
    class_name, trace = str(config.get("connector.class", "")), str(own.get("trace", ""))
    is_postgres = class_name == DEBEZIUM_POSTGRES
    return ConnectorState(
        name=name,
        state=str(own.get("state", "")),
        kind=str(status.get("type", "") or info.get("type", "")),
        worker=str(own.get("worker_id", "")),
        error=cause(trace),
        trace=digest(trace),
        tasks=tuple(sorted(_tasks(status), key=lambda task: task.id))[:MOST_TASKS],
        config={key: digest(str(value)) for key, value in config.items() if not _SECRET.search(key)},
        class_name=class_name[:LONGEST_TEXT],
        database=str(config.get("database.dbname", "")) if is_postgres else "",
        slot=str(config.get("slot.name", DEFAULT_SLOT)) if is_postgres else "",
        tables=str(config.get("table.include.list", ""))[:LONGEST_TEXT] if is_postgres else "",
        heartbeat_ms=_number(config.get("heartbeat.interval.ms")) if is_postgres else 0,
    )


def _tasks(status: Mapping[str, Any]) -> Iterator[TaskState]:
    for task in status.get("tasks") or ():
        trace = str(task.get("trace", ""))
        yield TaskState(
            int(task.get("id", 0)),
            str(task.get("state", "")),
            str(task.get("worker_id", "")),
            cause(trace),
            digest(trace),
        )


def _get(server: KafkaConnectServer, path: str, *, or_none: bool = False) -> Any:
    import requests  # noqa: PLC0415

    try:
        response = server.session.get(f"{server.url}{path}", timeout=TIMEOUT, allow_redirects=False)
    except requests.RequestException as error:
        raise ConnectUnreadableError(_words(error)) from error
    if or_none and response.status_code in (404, 405, 409):
        return {}
    if not is_success(response.status_code):
        raise ConnectUnreadableError(f"HTTP {response.status_code} {error_message(response)}".strip())
    try:
        return response.json()
    except ValueError as error:
        raise ConnectUnreadableError("the response is not JSON") from error


def _words(error: Exception) -> str:
    """The error in words without addresses, because a URL may contain a password."""
    kind = type(error).__name__
    known = (
        "Connection refused",
        "Connection reset",
        "Name or service not known",
        "timed out",
        "certificate verify failed",
    )
    reason = next((each for each in known if each.lower() in str(error).lower()), "")
    return f"{kind}: {reason}" if reason else kind


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: Any) -> int:
    text = str(value or "0")
    return int(text) if text.isdecimal() and len(text) < 12 else 0
