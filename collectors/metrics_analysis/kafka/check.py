"""The findings and recoveries of an observation of Kafka."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from collectors.metrics_analysis.kafka import connectors, sources
from collectors.metrics_analysis.kafka import problem as rules
from collectors.metrics_analysis.kafka.problem import KafkaProblem, ObservedPast, key_of
from shared.kafka.observation import KafkaObservation, ReplicationSlot
from shared.model import Finding, Recovery
from shared.records import IncidentView
from shared.texts import Text
from shared.texts import kafka as texts
from shared.texts.recorded import translations

FROM_LOG = "kafka/connect_task_failed"  # the rule about the same failure in the output of Kafka Connect
SERVICE = "kafka"
QUIET_SECONDS = (
    2 * 86_400
)  # a lasting fault is an occurrence each day: after this, nobody looks at the cluster any more


def effects(
    now: KafkaObservation,
    earlier: Sequence[KafkaObservation],
    unresolved: Callable[[str], Sequence[IncidentView]],
) -> Iterator[Finding | Recovery]:
    """The current faults, and the recoveries of unresolved incidents whose fault is gone.

    `earlier` are the observations of the same cluster in the LOOKBACK, oldest first.
    """
    incidents = {rule: [each for each in unresolved(rule) if _is_of(each, now)] for rule in rules.RULES}
    opened = {each.fingerprint: each.opened_at for listed in incidents.values() for each in listed}
    past = ObservedPast(now, earlier, opened)
    logged = frozenset(each.labels.get("connector", "") for each in unresolved(FROM_LOG))
    problems = [*sources.problems(past), *(() if now.error else connectors.problems(past, logged=logged))]
    yield from (_finding(each, past) for each in problems)
    keys = {key_of(each.rule, now.cluster, *each.names) for each in problems}
    for rule, listed in incidents.items():
        for incident in listed:
            summary = None if incident.fingerprint in keys else _over(rule, incident, past)
            if summary is not None:
                yield _recovery(rule, incident.fingerprint, now, summary)


def _is_of(incident: IncidentView, now: KafkaObservation) -> bool:
    return incident.labels.get("connect_cluster") == now.cluster


def _finding(problem: KafkaProblem, past: ObservedPast) -> Finding:
    now, key = past.now, key_of(problem.rule, past.now.cluster, *problem.names)
    since, episode = _episode(problem, past, key)
    return Finding(
        rule=problem.rule,
        title=problem.title.en,
        kind=problem.kind,
        severity=problem.severity,
        service=SERVICE,
        resource=problem.resource,
        principal="",
        summary=problem.summary.en,
        fingerprint=key,
        time=now.time,
        since=since,
        event_key=f"{problem.rule}|{key}|{problem.signature}|{episode}",
        quiet_seconds=QUIET_SECONDS,
        fields=dict(problem.fields),
        labels=dict(problem.labels),
        translations=translations(title=problem.title, summary=problem.summary),
        error=problem.error,
        next_steps=problem.next_steps,
    )


def _episode(problem: KafkaProblem, past: ObservedPast, key: str) -> tuple[datetime, str]:
    """The beginning of a fault, and the text that identifies its occurrences: one for each day of an open incident."""
    now, opened_at = past.now.time, past.open.get(key)
    if not past.is_truncated(problem.since):
        return problem.since, problem.since.isoformat()
    if opened_at is None:  # nobody saw its begin
        return problem.since, now.isoformat()
    since = min(opened_at, now)
    days = (now - since).days
    return since, since.isoformat() if not days else f"{since.isoformat()}+{days}"


def _over(rule: str, incident: IncidentView, past: ObservedPast) -> Text | None:
    """The recovery of an incident whose problem is gone; None if its subject could not be read."""
    label, now = incident.labels.get, past.now
    if rule == rules.UNREACHABLE:
        return None if now.error else texts.ANSWERS(name=now.cluster)
    if rule == rules.BROKERS_UNREACHABLE:
        return None if now.broker_error else texts.ANSWERS(name=now.cluster)
    if rule == rules.CONSUMER_LAG:
        return None if now.broker_error else texts.CAUGHT_UP(name=incident.resource)
    database = label("database", "")
    if rule in (rules.SOURCE_UNREACHABLE, *rules.OF_SLOTS):
        return _source_over(rule, database, label("slot", ""), past)
    return _connector_over(label("connector", ""), now)


def _source_over(rule: str, database: str, name: str, past: ObservedPast) -> Text | None:
    now = past.now
    if not any(each.database == database for each in now.sources):
        return texts.NOT_WATCHED(name=database)
    if not now.is_readable(database):
        return None
    if rule == rules.SOURCE_UNREACHABLE:
        return texts.ANSWERS(name=database)
    return None if now.error else _slot_over(rule, database, name, past)


def _slot_over(rule: str, database: str, name: str, past: ObservedPast) -> Text | None:
    slot = past.now.slot(database, name)
    if slot is None:
        is_awaited = any((each.database, each.slot) == (database, name) for each in past.now.connectors)
        return None if is_awaited else texts.SLOT_GONE(slot=name)
    if rule == rules.WAL_RETAINED:
        return texts.CAUGHT_UP(name=name)
    return texts.SLOT_READ(slot=name) if _is_read(rule, slot, past) else None


def _is_read(rule: str, slot: ReplicationSlot, past: ObservedPast) -> bool:
    if rule == rules.SLOT_LOST:
        return slot.wal_status != "lost"
    if rule == rules.SLOT_INACTIVE:
        return slot.active
    before = (each.slot(slot.database, slot.name) for each in past.earlier)
    return slot.active and any(each is not None and each.confirmed != slot.confirmed for each in before)


def _connector_over(name: str, now: KafkaObservation) -> Text | None:
    if now.error:
        return None
    connector = now.connector(name)
    if connector is None:
        return texts.DELETED(connector=name)
    return texts.RUNS(connector=name) if connector.runs else None


def _recovery(rule: str, key: str, now: KafkaObservation, summary: Text) -> Recovery:
    event = f"{rule}|{key}|over|{now.time.isoformat()}"
    return Recovery(rule, key, now.time, event, summary.en, translations(summary=summary))
