"""Reads the lag of consumer groups from Kafka brokers, those of sink connectors among them.

The package kafka-python is optional (`pip install kafka-python`). Connect names the group of a sink connector
`connect-<connector>` (kafka.apache.org/documentation, "Connect": `consumer.override.group.id` changes it).
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from shared.kafka.observation import MOST_LAGS, TopicLag

if TYPE_CHECKING:
    from shared.connections.kafka_connect import KafkaConnectConnection

TIMEOUT_MS = 10_000
MOST_GROUPS = 200
SINK_GROUP = "connect-"


class BrokersUnreadableError(Exception):
    """The brokers did not answer, or the package kafka-python is missing; the text says which."""


def lags(connection: KafkaConnectConnection) -> tuple[TopicLag, ...]:
    """The lag in messages of each group and topic for which the group committed offsets. Raises BrokersUnreadableError."""
    try:
        from kafka import KafkaAdminClient  # noqa: PLC0415
        from kafka.errors import KafkaError  # noqa: PLC0415
    except ImportError as error:
        raise BrokersUnreadableError("kafka-python is not installed: pip install kafka-python") from error
    try:
        with _options(connection) as options, contextlib.closing(KafkaAdminClient(**options)) as client:
            return tuple(sorted(_lags(client), key=lambda each: (each.group, each.topic)))[:MOST_LAGS]
    except (KafkaError, OSError, ValueError) as error:
        raise BrokersUnreadableError(f"{type(error).__name__}: {str(error)[:200]}".rstrip(": ")) from error


def _lags(client: Any) -> Iterator[TopicLag]:
    # The groups of the workers themselves have another protocol, and commit no offsets.
    listed = [each for each in client.list_groups() if each["protocol_type"] in ("consumer", "")]
    groups = [str(each["group_id"]) for each in listed][:MOST_GROUPS]
    if not groups:
        return
    described = client.describe_groups(groups)
    committed = client.list_group_offsets(dict.fromkeys(groups))
    partitions = {partition for offsets in committed.values() for partition in offsets}
    ends = _ends(client, partitions)
    for group, offsets in committed.items():
        by_topic: defaultdict[str, int] = defaultdict(int)
        for partition, offset in offsets.items():
            if partition in ends and offset.offset >= 0:
                by_topic[partition.topic] += max(0, ends[partition] - offset.offset)
        members = len(described.get(group, {}).get("members") or ())
        for topic, messages in by_topic.items():
            yield TopicLag(group, topic, messages, members)


def _ends(client: Any, partitions: set[Any]) -> dict[Any, int]:
    from kafka.admin import OffsetSpec  # noqa: PLC0415

    if not partitions:
        return {}
    latest = client.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
    return {partition: each.offset for partition, each in latest.items()}


@contextlib.contextmanager
def _options(connection: KafkaConnectConnection) -> Iterator[dict[str, Any]]:
    """The arguments of the client. Certificates are in a file while the block runs."""
    options: dict[str, Any] = {
        "bootstrap_servers": [each.strip() for each in connection.brokers.split(",") if each.strip()],
        "client_id": "hinomi",
        "request_timeout_ms": TIMEOUT_MS,
        "bootstrap_timeout_ms": TIMEOUT_MS,
        "security_protocol": connection.broker_security,
    }
    if connection.broker_security.startswith("SASL"):
        options |= {
            "sasl_mechanism": connection.broker_mechanism,
            "sasl_plain_username": connection.broker_user,
            "sasl_plain_password": connection.broker_password.reveal(),
        }
    if not connection.ca or connection.broker_security in ("PLAINTEXT", "SASL_PLAINTEXT"):
        yield options
        return
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "ca.pem")  # noqa: PTH118 - the client takes a name
        with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123
            file.write(connection.ca.reveal())
        yield {**options, "ssl_cafile": path}
