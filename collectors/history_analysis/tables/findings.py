"""Findings about stale tables and unusual volumes, and their recoveries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from insights.tables.layers import LayerOf
from insights.tables.state import TableState
from insights.tables.volume import UnusualVolume
from shared import local_time
from shared.identity.fingerprint import fingerprint
from shared.identity.table_rules import MANY_STALE, STALE, VOLUME
from shared.model import Finding, IncidentKind, NextStep, Recovery, Severity
from shared.next_steps import next_step
from shared.texts import Template, Text, as_text
from shared.texts import tables as texts
from shared.texts.recorded import translations
from shared.units import human

NAMED = 5  # tables that a summary names
SERVICE = "bigquery"


def stale(table: TableState, downstream: Sequence[str], writers: Sequence[str], layer_of: LayerOf) -> Finding:
    """The finding about a table that was not updated by its usual time. Each missing update is an occurrence.

    `layer_of` returns the layer of a table in the platform map, and its owner.
    """
    due = table.due.due_at if table.due else table.seen_at
    values = {"table": table.table, "changed": local_time.minute(table.changed_at), "due": local_time.minute(due)}
    summary = texts.SEVERAL_STALE(**values, count=table.missed) if table.missed > 1 else texts.STALE(**values)
    base = _finding(
        table,
        (STALE, texts.STALE_TITLE, _with_downstream(_in_layer(summary, layer_of(table.table)), downstream)),
        IncidentKind.JOB_FAILURE,
        due,
    )
    return replace(
        base,
        event_key=f"{base.event_key}|{table.missed}|{due.isoformat()}",
        fields={
            "last_update": table.changed_at.isoformat(),
            "usual_update": due.isoformat(),
            "late_at": table.due.late_at.isoformat() if table.due else "",
            "missed": table.missed,
            **_layer_facts(layer_of(table.table)),
        },
        elements=_elements(
            downstream=_downstream(downstream, layer_of), written_by=[{"job": each} for each in writers]
        ),
        next_steps=(
            *(_step(texts.SEE_WRITER, "jobs", "show", each) for each in writers[:1]),
            _step(texts.SEE_TABLES, "tables", "--stale"),
        ),
    )


def many_stale(tables: Sequence[TableState], expected: int) -> Finding:
    """The finding about many stale tables of one dataset."""
    first = tables[0]
    since = min(each.due.due_at for each in tables if each.due)
    names = [each.table.rpartition(".")[2] for each in tables]
    summary = texts.MANY_STALE(
        count=len(tables),
        expected=expected,
        dataset=dataset_of(first),
        since=local_time.minute(since),
        tables=_named(names),
    )
    base = _finding(first, (MANY_STALE, texts.MANY_STALE_TITLE, summary), IncidentKind.JOB_FAILURE, since)
    return replace(
        base,
        event_key=f"{base.event_key}|{since.isoformat()}",
        fields={"stale": len(tables), "expected": expected},
        elements={"tables": [{"table": each.table} for each in tables]},
        next_steps=(
            next_step(texts.SEE_JOBS, ("hinomi", "jobs", "list", "--state", "failing", "--state", "missing")),
            _step(texts.SEE_TABLES, "tables", "--stale"),
        ),
    )


def unusual(
    table: TableState, volume: UnusualVolume, around: tuple[Sequence[str], Sequence[str]], layer_of: LayerOf
) -> Finding:
    """The finding about an unusual volume. Each day is an occurrence.

    `around` are the tables made from the table, and its writers.
    """
    downstream, writers = around
    base = _finding(
        table,
        (
            VOLUME,
            texts.VOLUME_TITLE,
            _with_downstream(_in_layer(_volume(table, volume), layer_of(table.table)), downstream),
        ),
        IncidentKind.LOAD_ISSUE,
        table.seen_at,
    )
    return replace(
        base,
        event_key=f"{base.event_key}|{volume.day.isoformat()}",
        fields={
            "day": volume.day.isoformat(),
            "measure": f"{volume.measure} added" if volume.is_added else volume.measure,
            "value": volume.value,
            "usual": volume.usual,
            "expected_low": volume.low,
            "expected_high": volume.high,
            **_layer_facts(layer_of(table.table)),
        },
        elements=_elements(downstream=_downstream(downstream, layer_of)),
        next_steps=(
            *(_step(texts.SEE_WRITER, "jobs", "show", each) for each in writers[:1]),
            _step(texts.SEE_UPSTREAM, "tables"),
        ),
    )


def over(rule: str, key: str, table: TableState | None, now: datetime) -> Recovery:
    """The recovery of an incident of these rules. `table` is the current state of the table, or None if unknown."""
    summary = texts.USUAL_AGAIN if rule == VOLUME else texts.MOST_UPDATED
    time = now
    if rule == STALE:
        is_updated = table is not None and not table.is_stale
        summary = texts.UPDATED(time=local_time.minute(table.changed_at)) if table and is_updated else texts.NOT_DUE
        time = table.changed_at if table and is_updated else now
    return Recovery(rule, key, time, f"{rule}|{key}|over|{time.isoformat()}", summary.en, translations(summary=summary))


def key_of(rule: str, name: str) -> str:
    """The fingerprint of a table or dataset."""
    return fingerprint(rule, name)


def dataset_of(table: TableState) -> str:
    """`project.dataset` of a table."""
    return table.table.rpartition(".")[0]


def _finding(table: TableState, words: tuple[str, Text, Text], kind: IncidentKind, since: datetime) -> Finding:
    """The common part of the findings of a rule; about the dataset if many tables are stale."""
    rule, title, summary = words
    name = dataset_of(table) if rule == MANY_STALE else table.table
    labels = {"dataset": table.dataset} if rule == MANY_STALE else {"dataset": table.dataset, "table": table.table}
    key = key_of(rule, name)
    return Finding(
        rule=rule,
        title=title.en,
        kind=kind,
        severity=Severity.HIGH if rule == MANY_STALE else Severity.MEDIUM,
        service=SERVICE,
        resource=name,
        project=table.project,
        principal="",
        summary=summary.en,
        fingerprint=key,
        time=table.seen_at,
        since=min(since, table.seen_at),
        event_key=f"{rule}|{key}",
        labels=labels,
        translations=translations(title=title, summary=summary),
    )


def _elements(**lists: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    return {name: values for name, values in lists.items() if values}


def _downstream(tables: Sequence[str], layer_of: LayerOf) -> list[dict[str, Any]]:
    """The tables made from a table, each with its layer and the owner of that."""
    return [{"table": each, **_layer_facts(layer_of(each))} for each in tables]


def _layer_facts(layer: tuple[str, str]) -> dict[str, str]:
    name, owner = layer
    return {"layer": name, "layer_owner": owner} if name else {}


def _in_layer(summary: Text, layer: tuple[str, str]) -> Text:
    name, owner = layer
    if not name:
        return summary
    return (
        texts.IN_LAYER(summary=summary, layer=name, owner=owner)
        if owner
        else texts.IN_LAYER_ONLY(summary=summary, layer=name)
    )


def _with_downstream(summary: Text, downstream: Sequence[str]) -> Text:
    if not downstream:
        return summary
    return texts.DOWNSTREAM(summary=summary, count=len(downstream), tables=_named(downstream))


def _named(names: Sequence[str]) -> Text:
    listed = as_text(", ".join(names[:NAMED]))
    return texts.AND_MORE(tables=listed, count=len(names) - NAMED) if len(names) > NAMED else listed


def _volume(table: TableState, volume: UnusualVolume) -> Text:
    by_measure: Mapping[tuple[str, bool], Template] = {
        ("rows", True): texts.ROWS_ADDED,
        ("rows", False): texts.ROWS,
        ("bytes", True): texts.BYTES_ADDED,
        ("bytes", False): texts.BYTES,
    }
    shown: Callable[[float], Any] = _rows if volume.measure == "rows" else _bytes
    return by_measure[volume.measure, volume.is_added](
        table=table.table,
        day=volume.day.isoformat(),
        value=shown(volume.value),
        usual=shown(volume.usual),
        low=shown(volume.low),
        high=shown(volume.high),
    )


def _rows(value: float) -> str:
    return f"{value:,.0f}"


def _bytes(value: float) -> Text:
    return Text(en=human(value, "By"), ja=human(value, "By", "ja"))


def _step(text: Text, *words: str) -> NextStep:
    return (
        next_step(text, ("hinomi", *words[:2]), *words[2:])
        if words[0] == "jobs"
        else next_step(text, ("hinomi", *words))
    )
