"""Faults of connectors: failed, without a worker, paused, or with a snapshot that does not begin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from collectors.metrics_analysis.kafka import problem as rules
from collectors.metrics_analysis.kafka.problem import KafkaProblem, ObservedPast
from shared import local_time
from shared.identity.error_classes import of_texts
from shared.kafka.observation import (
    FAILED,
    STOPPED_BY_PERSON,
    ConnectorState,
    KafkaObservation,
    digest,
)
from shared.model import IncidentKind, NextStep, Severity
from shared.next_steps import next_step
from shared.texts import Text, as_text
from shared.texts import kafka as texts

API = "http://localhost:8083"  # of a worker, on the machine that runs it
LOCKS = "SELECT pid, pg_blocking_pids(pid), query FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
NAMED_KEYS = 5


def problems(past: ObservedPast, *, logged: frozenset[str] = frozenset()) -> Iterator[KafkaProblem]:
    """The faults of all connectors, except failures of connectors in `logged`, which have an incident from their log."""
    for each in past.now.connectors:
        if each.has_failed:
            if each.name not in logged:
                yield _failed(past, each)
        elif each.state in STOPPED_BY_PERSON:
            yield from _paused(past, each)
        elif each.is_unassigned:
            yield from _unassigned(past, each)
        elif each.snapshot:
            yield from _snapshot(past, each)


def _failed(past: ObservedPast, connector: ConnectorState) -> KafkaProblem:
    failed = connector.failed_tasks
    error = next(filter(None, (connector.error, *(task.error for task in failed))), "")
    since = past.since(lambda each: _state(each, connector.name, lambda one: one.has_failed))
    changed = _changed_keys(past, connector, since)
    labels = _labels(past.now, connector)
    if len(failed) == 1 and connector.state != FAILED:
        labels["task"] = str(failed[0].id)
    return KafkaProblem(
        rule=rules.CONNECTOR_FAILED,
        names=(connector.name,),
        title=texts.FAILED_TITLE,
        summary=_failure(past, connector, error, changed),
        kind=IncidentKind.JOB_FAILURE,
        severity=Severity.HIGH,
        resource=connector.name,
        since=since,
        signature=digest(f"{connector.trace}|{[(task.id, task.trace) for task in failed]}"),
        error=of_texts([error]),
        labels=labels,
        fields={
            "connector": connector.state,
            "tasks": {str(task.id): task.state for task in connector.tasks},
            "error": error,
            "workers": sorted({task.worker for task in failed if task.worker}),
            **({"changed_configuration": changed[0]} if changed else {}),
        },
        next_steps=(
            next_step(texts.READ_STATUS, ("curl", "-sS", f"{API}/connectors/{connector.name}/status")),
            next_step(
                texts.FIX_THEN_RESTART,
                ("curl", "-sS", "-X", "POST"),
                f"{API}/connectors/{connector.name}/restart?includeTasks=true&onlyFailed=true",
            ),
        ),
    )


def _failure(
    past: ObservedPast, connector: ConnectorState, error: str, changed: tuple[list[str], datetime] | None
) -> Text:
    """The failed connector or task, the reason, and the other evidence."""
    failed = connector.failed_tasks
    values: dict[str, str | Text] = {
        "connector": connector.name,
        "cluster": past.now.cluster,
        "error": as_text(error) if error else texts.NO_TRACE,
        "tasks": ", ".join(str(task.id) for task in failed),
    }
    if connector.state == FAILED:
        summary = texts.CONNECTOR_FAILED(**values)
    elif len(connector.tasks) == 1:
        summary = texts.TASK_FAILED(**values)
    else:
        summary = texts.TASKS_FAILED(count=len(failed), all=len(connector.tasks), **values)
    if changed:
        keys = ", ".join(changed[0][:NAMED_KEYS])
        summary = texts.CONFIG_CHANGED(summary=summary, keys=keys, time=local_time.minute(changed[1]))
    if past.now.is_readable(connector.database) and past.now.slot(connector.database, connector.slot) is None:
        summary = texts.WITHOUT_SLOT(summary=summary, slot=connector.slot, database=connector.database)
    return _with_tables(summary, connector)


def _changed_keys(past: ObservedPast, connector: ConnectorState, since: datetime) -> tuple[list[str], datetime] | None:
    """The configuration keys that changed before the failure, within the lookback, and the time of the reading."""
    before = connector.config
    for each in reversed(past.earlier):
        previous = each.connector(connector.name)
        if previous is None or not previous.config:
            continue
        changed = sorted(key for key in {*previous.config, *before} if previous.config.get(key) != before.get(key))
        if changed:
            following = next((one.time for one in past.earlier if one.time > each.time), past.now.time)
            return changed, min(following, since) if following >= since else following
    return None


def _paused(past: ObservedPast, connector: ConnectorState) -> Iterator[KafkaProblem]:
    since = past.since(lambda each: _state(each, connector.name, lambda one: one.state in STOPPED_BY_PERSON))
    if past.now.time - since >= rules.PAUSED_FOR:
        summary = texts.PAUSED(
            connector=connector.name,
            cluster=past.now.cluster,
            state=connector.state,
            since=local_time.minute(since),
        )
        resume = ("curl", "-sS", "-X", "PUT", f"{API}/connectors/{connector.name}/resume")
        yield _problem(
            past,
            connector,
            (rules.CONNECTOR_PAUSED, texts.PAUSED_TITLE, summary),
            Severity.LOW,
            since,
            next_step(texts.RESUME, resume),
        )


def _unassigned(past: ObservedPast, connector: ConnectorState) -> Iterator[KafkaProblem]:
    since = past.since(lambda each: _state(each, connector.name, lambda one: one.is_unassigned))
    if past.now.time - since >= rules.UNASSIGNED_FOR:
        summary = texts.UNASSIGNED(connector=connector.name, cluster=past.now.cluster, since=local_time.minute(since))
        yield _problem(
            past,
            connector,
            (rules.CONNECTOR_UNASSIGNED, texts.UNASSIGNED_TITLE, summary),
            Severity.HIGH,
            since,
            next_step(texts.READ_WORKERS, ("curl", "-sS", f"{API}/connectors?expand=status")),
        )


def _snapshot(past: ObservedPast, connector: ConnectorState) -> Iterator[KafkaProblem]:
    """A fault if a snapshot has read no row and nobody reads its slot: tables are locked, or a transaction is open.

    After the first row the offset of a snapshot stays the same until its end, so it does not show progress.
    """
    slot = past.now.slot(connector.database, connector.slot)
    if connector.position or slot is None or slot.active:
        return
    since = past.since(lambda each: _state(each, connector.name, lambda one: one.snapshot and not one.position))
    if past.now.time - since >= rules.SNAPSHOT_FOR:
        summary = texts.SNAPSHOT(connector=connector.name, cluster=past.now.cluster, since=local_time.minute(since))
        yield _problem(
            past,
            connector,
            (rules.SNAPSHOT_STUCK, texts.SNAPSHOT_TITLE, _with_tables(summary, connector)),
            Severity.MEDIUM,
            since,
            next_step(texts.READ_LOCKS, ("psql", f"--dbname={connector.database}", "--command", LOCKS)),
        )


def _problem(
    past: ObservedPast,
    connector: ConnectorState,
    words: tuple[str, Text, Text],
    severity: Severity,
    since: datetime,
    step: NextStep,
) -> KafkaProblem:
    rule, title, summary = words
    return KafkaProblem(
        rule=rule,
        names=(connector.name,),
        title=title,
        summary=summary,
        kind=IncidentKind.JOB_FAILURE,
        severity=severity,
        resource=connector.name,
        since=since,
        labels=_labels(past.now, connector),
        fields={
            "connector": connector.state,
            "tasks": {str(task.id): task.state for task in connector.tasks},
        },
        next_steps=(step,),
    )


def _labels(now: KafkaObservation, connector: ConnectorState) -> dict[str, str]:
    labels = {
        "connector": connector.name,
        "connect_cluster": now.cluster,
        "database": connector.database,
        "slot": connector.slot,
    }
    return {name: value for name, value in labels.items() if value}


def _with_tables(summary: Text, connector: ConnectorState) -> Text:
    return texts.WITH_TABLES(summary=summary, tables=connector.tables[:200]) if connector.tables else summary


def _state(each: KafkaObservation, name: str, holds: Callable[[ConnectorState], bool]) -> bool | None:
    """Whether the condition is true for the connector; None if Connect did not respond."""
    if each.error:
        return None
    connector = each.connector(name)
    return connector is not None and holds(connector)
