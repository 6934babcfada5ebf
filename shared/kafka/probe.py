"""Reads everything that a Kafka Connect connection of the settings refers to."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

from shared.clients import Clients
from shared.connections import kafka_connect as connections
from shared.connections.kafka_connect import KafkaConnectConnection, KafkaConnectServer
from shared.kafka import brokers, connect, slots
from shared.kafka.observation import ConnectorState, KafkaObservation, ReplicationSlot, SourceState

READERS = 4


def observe(clients: Clients, name: str, now: datetime) -> KafkaObservation:
    """The state of the connection `name` at `now`. What cannot be read is an `error` of the observation.

    Raises InputError if there is no such connection.
    """
    connection = connections.configured(clients.settings, name)
    empty = KafkaObservation(
        cluster=cluster_name(connection, name),
        time=now,
        messages_limit=connection.most_messages,
        wal_limit=connection.most_wal,
    )
    with ThreadPoolExecutor(READERS) as pool:
        sources = pool.map(slots.read, connection.sources)
        lags = pool.submit(brokers.lags, connection) if connection.brokers else None
        observation = _connectors(empty, connections.server(clients, name))
        observation = _with_sources(observation, list(sources))
        try:
            return replace(observation, lags=lags.result()) if lags else observation
        except brokers.BrokersUnreadableError as error:
            return replace(observation, broker_error=str(error))


def _connectors(empty: KafkaObservation, server: KafkaConnectServer) -> KafkaObservation:
    try:
        listed = connect.connectors(server)
        return replace(empty, version=connect.version(server), connectors=tuple(_with_offsets(server, listed)))
    except connect.ConnectUnreadableError as error:
        return replace(empty, error=str(error))


def _with_offsets(server: KafkaConnectServer, listed: tuple[ConnectorState, ...]) -> Iterator[ConnectorState]:
    """The connectors; those of Debezium with their stored offset."""
    left = connect.MOST_OFFSETS
    for each in listed:
        if each.slot and left:
            left -= 1
            position, snapshot = connect.offsets(server, each.name) or ("", False)
            yield replace(each, position=position, snapshot=snapshot)
        else:
            yield each


def _with_sources(
    observation: KafkaObservation, read: list[tuple[SourceState, tuple[ReplicationSlot, ...]]]
) -> KafkaObservation:
    return replace(
        observation,
        sources=tuple(source for source, _ in read),
        slots=tuple(slot for _, of_source in read for slot in of_source),
    )


def cluster_name(connection: KafkaConnectConnection, name: str) -> str:
    """The name of a connection's Connect cluster in its incidents."""
    return (connection.cluster or name).rpartition("/")[2]
