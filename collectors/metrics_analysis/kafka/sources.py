"""Faults of source databases and their replication slots, of consumers, and of the servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from collectors.metrics_analysis.kafka import problem as rules
from collectors.metrics_analysis.kafka.problem import KafkaProblem, ObservedPast
from shared import local_time
from shared.identity.error_classes import of_texts
from shared.kafka.observation import ConnectorState, KafkaObservation, ReplicationSlot, TopicLag
from shared.model import IncidentKind, NextStep, Severity
from shared.next_steps import next_step
from shared.texts import Text
from shared.texts import kafka as texts
from shared.units import human

SLOT_QUERY = "SELECT slot_name, active, wal_status, restart_lsn, confirmed_flush_lsn FROM pg_replication_slots"


def problems(past: ObservedPast) -> Iterator[KafkaProblem]:
    """The faults of the databases, of their slots, and of consumer groups."""
    yield from _servers(past)
    if not past.now.error:
        yield from _missing(past)
    for slot in past.now.slots:
        yield from _of_slot(past, slot)
    for lag in past.now.lags:
        yield from _lag(past, lag)


def _servers(past: ObservedPast) -> Iterator[KafkaProblem]:
    """The servers that did not answer twice in a row."""
    now = past.now
    if now.error and past.earlier and past.earlier[-1].error:
        since = past.since(lambda each: bool(each.error))
        summary = texts.UNREACHABLE(cluster=now.cluster, since=local_time.minute(since), error=now.error)
        step = next_step(texts.READ_WORKERS)
        yield _server(past, (rules.UNREACHABLE, texts.UNREACHABLE_TITLE, summary), now.error, since, step)
    if now.broker_error and past.earlier and past.earlier[-1].broker_error:
        since = past.since(lambda each: bool(each.broker_error))
        summary = texts.BROKERS(cluster=now.cluster, since=local_time.minute(since), error=now.broker_error)
        step = next_step(texts.CHECK_BROKERS)
        yield _server(past, (rules.BROKERS_UNREACHABLE, texts.BROKERS_TITLE, summary), now.broker_error, since, step)
    for source in now.sources:
        failed = _source_failed(source.database)
        if source.error and past.earlier and failed(past.earlier[-1]):
            since = past.since(failed)
            readers = sorted(each.name for each in now.connectors if each.database == source.database)
            summary = texts.SOURCE(database=source.database, since=local_time.minute(since), error=source.error)
            if readers:
                summary = texts.READ_BY(summary=summary, connectors=", ".join(readers[:10]))
            problem = _server(
                past,
                (rules.SOURCE_UNREACHABLE, texts.SOURCE_TITLE, summary),
                source.error,
                since,
                next_step(texts.CHECK_DATABASE),
            )
            labels = {**problem.labels, "database": source.database}
            yield replace(problem, names=(source.database,), resource=source.database, labels=labels)


def _server(
    past: ObservedPast, words: tuple[str, Text, Text], error: str, since: datetime, step: NextStep
) -> KafkaProblem:
    rule, title, summary = words
    return KafkaProblem(
        rule=rule,
        names=(),
        title=title,
        summary=summary,
        kind=IncidentKind.JOB_FAILURE,
        severity=Severity.HIGH,
        resource=past.now.cluster,
        since=since,
        error=of_texts([error]),
        labels={"connect_cluster": past.now.cluster},
        fields={"error": error},
        next_steps=(step,),
    )


def _source_failed(database: str) -> Callable[[KafkaObservation], bool]:
    return lambda each: any(one.database == database and bool(one.error) for one in each.sources)


def _missing(past: ObservedPast) -> Iterator[KafkaProblem]:
    """Slots that a connector should read and that do not exist, twice in a row: at first, Debezium creates its own."""
    for connector in past.now.connectors:
        is_missing = _is_missing(connector)
        if connector.has_failed or not is_missing(past.now):  # the failure of a connector names its missing slot
            continue
        if past.earlier and is_missing(past.earlier[-1]):
            summary = texts.MISSING(slot=connector.slot, database=connector.database)
            slot = ReplicationSlot(connector.database, connector.slot, False, "", 0, 0, 0, 0)
            yield _lost(past, slot, summary, past.since(is_missing), connector)


def _is_missing(connector: ConnectorState) -> Callable[[KafkaObservation], bool]:
    def is_missing(each: KafkaObservation) -> bool:
        is_known = bool(connector.slot) and each.is_readable(connector.database)
        return is_known and each.slot(connector.database, connector.slot) is None

    return is_missing


def _of_slot(past: ObservedPast, slot: ReplicationSlot) -> Iterator[KafkaProblem]:
    connector = past.now.reader(slot)
    if slot.wal_status == "lost":
        since = past.since(lambda each: _holds(each, slot, lambda one: one.wal_status == "lost"))
        yield _lost(past, slot, texts.LOST(slot=slot.name, database=slot.database), since, connector)
        return
    yield from _wal(past, slot, connector)
    is_explained = past.now.error or (connector is not None and not connector.runs)
    if is_explained:  # the connector has failed, is paused or restarts: that is the incident
        return
    if slot.active:
        yield from _stalled(past, slot, connector)
    elif connector is None or not connector.snapshot:  # the slot is read once the snapshot is complete
        yield from _inactive(past, slot, connector)


def _lost(
    past: ObservedPast, slot: ReplicationSlot, summary: Text, since: datetime, connector: ConnectorState | None
) -> KafkaProblem:
    if connector is not None:
        summary = texts.OF_CONNECTOR(summary=summary, connector=connector.name)
    words = (rules.SLOT_LOST, texts.LOST_TITLE, summary)
    problem = _slot_problem(past, slot, connector, words, (Severity.CRITICAL, IncidentKind.JOB_FAILURE), since)
    return replace(problem, next_steps=(*problem.next_steps, next_step(texts.NEW_SNAPSHOT)))


def _inactive(past: ObservedPast, slot: ReplicationSlot, connector: ConnectorState | None) -> Iterator[KafkaProblem]:
    since = past.since(lambda each: _holds(each, slot, lambda one: not one.active))
    if past.now.time - since < rules.INACTIVE_FOR:
        return
    summary = texts.INACTIVE(
        slot=slot.name, database=slot.database, since=local_time.minute(since), retained=_bytes(slot.retained)
    )
    if connector is not None:
        summary = texts.OF_RUNNING(summary=summary, connector=connector.name)
    else:
        summary = texts.WITHOUT_READER(summary=summary, cluster=past.now.cluster)
    severity = Severity.HIGH if connector is not None else Severity.MEDIUM
    words = (rules.SLOT_INACTIVE, texts.INACTIVE_TITLE, summary)
    problem = _slot_problem(past, slot, connector, words, (severity, IncidentKind.JOB_FAILURE), since)
    steps = problem.next_steps if connector is not None else (*problem.next_steps, _drop(slot))
    yield replace(problem, next_steps=steps)


def _stalled(past: ObservedPast, slot: ReplicationSlot, connector: ConnectorState | None) -> Iterator[KafkaProblem]:
    since = past.since(lambda each: _holds(each, slot, lambda one: one.active and one.confirmed == slot.confirmed))
    seen = (each.slot(slot.database, slot.name) for each in past.earlier if each.time >= since)
    first = next((each for each in seen if each is not None), slot)
    written = slot.written - first.written
    is_long = past.now.time - since >= rules.STALLED_FOR
    if connector is None or (connector.snapshot and connector.position) or not is_long or written < rules.STALLED_BYTES:
        return
    summary = texts.STALLED(
        connector=connector.name,
        cluster=past.now.cluster,
        since=local_time.minute(since),
        database=slot.database,
        written=_bytes(written),
    )
    if not connector.heartbeat_ms:
        summary = texts.NO_HEARTBEAT(summary=summary)
    severity = Severity.HIGH if connector.heartbeat_ms else Severity.MEDIUM
    words = (rules.STALLED, texts.STALLED_TITLE, summary)
    made = _slot_problem(past, slot, connector, words, (severity, IncidentKind.JOB_FAILURE), since)
    steps = made.next_steps if connector.heartbeat_ms else (*made.next_steps, next_step(texts.ADD_HEARTBEAT))
    yield replace(made, next_steps=steps)


def _wal(past: ObservedPast, slot: ReplicationSlot, connector: ConnectorState | None) -> Iterator[KafkaProblem]:
    limit, names = past.now.wal_limit, (slot.database, slot.name)
    lowest = rules.CLEAR * limit if past.is_open(rules.WAL_RETAINED, *names) else limit
    is_running_out = slot.wal_status == "unreserved"
    if slot.retained <= lowest and not is_running_out:
        return
    summary = texts.WAL(
        slot=slot.name,
        database=slot.database,
        retained=_bytes(slot.retained),
        limit=_bytes(limit),
        behind=_bytes(slot.behind),
    )
    if slot.left is not None:
        summary = texts.LEFT(summary=summary, left=_bytes(max(0, slot.left)))
    is_high = is_running_out or slot.retained > 2 * limit
    since = past.since(lambda each: _holds(each, slot, lambda one: one.retained > lowest))
    words = (rules.WAL_RETAINED, texts.WAL_TITLE, summary)
    severity = Severity.HIGH if is_high else Severity.MEDIUM
    problem = _slot_problem(past, slot, connector, words, (severity, IncidentKind.LOAD_ISSUE), since)
    steps = problem.next_steps if connector is not None else (*problem.next_steps, _drop(slot))
    yield replace(problem, signature=severity.value, next_steps=steps)


def _slot_problem(
    past: ObservedPast,
    slot: ReplicationSlot,
    connector: ConnectorState | None,
    words: tuple[str, Text, Text],
    weight: tuple[Severity, IncidentKind],
    since: datetime,
) -> KafkaProblem:
    rule, title, summary = words
    severity, kind = weight
    labels = {"connect_cluster": past.now.cluster, "database": slot.database, "slot": slot.name}
    if connector is not None:
        labels["connector"] = connector.name
    return KafkaProblem(
        rule=rule,
        names=(slot.database, slot.name),
        title=title,
        summary=summary,
        kind=kind,
        severity=severity,
        resource=connector.name if connector is not None else f"{slot.database}/{slot.name}",
        since=since,
        labels=labels,
        fields={
            "active": slot.active,
            "wal_status": slot.wal_status,
            "retained_bytes": slot.retained,
            "unconfirmed_bytes": slot.behind,
        },
        next_steps=(next_step(texts.READ_SLOTS, ("psql", f"--dbname={slot.database}", "--command", SLOT_QUERY)),),
    )


def _drop(slot: ReplicationSlot) -> NextStep:
    statement = f"SELECT pg_drop_replication_slot('{slot.name}')"
    return next_step(texts.DROP_SLOT, ("psql", f"--dbname={slot.database}", "--command", statement))


def _lag(past: ObservedPast, lag: TopicLag) -> Iterator[KafkaProblem]:
    limit, names = past.now.messages_limit, (lag.group, lag.topic)
    is_open = past.is_open(rules.CONSUMER_LAG, *names)
    lowest = rules.CLEAR * limit if is_open else limit

    def is_behind(each: KafkaObservation) -> bool | None:
        if each.broker_error:
            return None
        return any((one.group, one.topic) == names and one.messages > lowest for one in each.lags)

    since = past.since(is_behind)
    if lag.messages <= lowest or (past.now.time - since < rules.LAG_FOR and not is_open):
        return
    summary = texts.LAG(
        group=lag.group,
        messages=f"{lag.messages:,}",
        topic=lag.topic,
        limit=f"{limit:,.0f}",
        since=local_time.minute(since),
    )
    connector = lag.group.removeprefix("connect-") if past.now.connector(lag.group.removeprefix("connect-")) else ""
    labels = {"connect_cluster": past.now.cluster, "group": lag.group, "topic": lag.topic}
    yield KafkaProblem(
        rule=rules.CONSUMER_LAG,
        names=names,
        title=texts.LAG_TITLE,
        summary=summary if lag.members else texts.NO_MEMBERS(summary=summary),
        kind=IncidentKind.LOAD_ISSUE,
        severity=Severity.MEDIUM if lag.members else Severity.HIGH,
        resource=connector or lag.group,
        since=since,
        labels={**labels, "connector": connector} if connector else labels,
        fields={"messages": lag.messages, "limit": limit, "members": lag.members},
        next_steps=(next_step(texts.CHECK_CONSUMER),),
    )


def _holds(each: KafkaObservation, slot: ReplicationSlot, holds: Callable[[ReplicationSlot], bool]) -> bool | None:
    """Whether the condition is true for the slot; None if the database could not be read."""
    if not each.is_readable(slot.database):
        return None
    problem = each.slot(slot.database, slot.name)
    return problem is not None and holds(problem)


def _bytes(value: float) -> Text:
    return Text(en=human(value, "By"), ja=human(value, "By", "ja"))
