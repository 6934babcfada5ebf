"""Reads the schedules that the DAGs of an Airflow declare, over its REST API or from its metadata database.

A schedule is a cron expression, an interval, the assets (datasets) that start the DAG, or the description of a
timetable. A DAG without a schedule is started by hand. Formats: airflow.apache.org, DAG in both API references, and the
table `dag`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors.history_analysis.airflow.rest_api import AirflowRest
from collectors.history_analysis.airflow.rows import SERVICE
from collectors.history_analysis.collector import Batch, SnapshotContext
from shared.calendar.cron import cron_interval
from shared.calendar.timestamps import time_of
from shared.connections.airflow import database
from shared.history import ScheduleRow, SchedulesSeenRow

PRESETS = {
    "@hourly": timedelta(hours=1),
    "@daily": timedelta(days=1),
    "@weekly": timedelta(weeks=1),
    "@monthly": timedelta(days=31),
    "@quarterly": timedelta(days=92),
    "@yearly": timedelta(days=366),
    "@once": None,
    "@continuous": None,
}
BY_HAND = ("", "None", "null", "Never, external triggers only")
_DELTA = re.compile(r"(?:(\d+) days?, )?(\d+):(\d{2}):(\d{2})(?:\.\d+)?")
COLUMNS = ("dag_id", "is_paused", "timetable_summary", "timetable_description", "next_dagrun_create_after")


def over_rest(context: SnapshotContext, name: str) -> Iterator[Batch]:
    """The schedules of the existing DAGs, and the mark of a complete list."""
    rest = AirflowRest.open(context, name)
    active = {"exclude_stale": "true"} if rest.base.endswith("/v2") else {"only_active": "true"}
    for page in rest.pages_of("dags", "dags", active):
        yield Batch([schedule_row(name, dag, context.now) for dag in page])
    yield Batch([SchedulesSeenRow(SERVICE, name, "", context.now)])


def from_database(context: SnapshotContext, name: str) -> Iterator[Batch]:
    """The schedules from the table `dag`: in Airflow 2 its column is `schedule_interval`, in Airflow 3 `timetable_summary`."""
    from sqlalchemy import Boolean, DateTime, column, inspect, select, table  # noqa: PLC0415

    engine = database(context.clients, name)
    context.call("airflow.read")
    with engine.connect() as connection:
        known = {each["name"] for each in inspect(connection).get_columns("dag")}
        names = [each for each in (*COLUMNS, "schedule_interval") if each in known]
        active = column("is_active", Boolean) if "is_active" in known else ~column("is_stale", Boolean)
        typed: dict[str, Any] = {"is_paused": Boolean(), "next_dagrun_create_after": DateTime(timezone=True)}
        columns = [column(each, typed.get(each)) for each in names]
        query = select(*columns).select_from(table("dag")).where(active)
        rows = [schedule_row(name, dict(row), context.now) for row in connection.execute(query).mappings()]
    yield Batch([*rows, SchedulesSeenRow(SERVICE, name, "", context.now)])


def schedule_row(airflow: str, dag: Mapping[str, Any], now: datetime) -> ScheduleRow:
    """The schedule of one DAG."""
    text = _declared(dag)
    interval = _interval(text)
    next_run = dag.get("next_dagrun_run_after") or dag.get("next_dagrun_create_after")
    return ScheduleRow(
        service=SERVICE,
        project=airflow,
        location="",
        job_name=str(dag["dag_id"]),
        seen_at=now,
        schedule=text,
        time_zone=str(dag.get("timezone") or "UTC"),
        interval_seconds=int(interval.total_seconds()) if interval else None,
        next_run_at=_time(next_run),
        state="paused" if dag.get("is_paused") else "enabled",
    )


def _declared(dag: Mapping[str, Any]) -> str:
    """The schedule as text; empty for a DAG that only people start."""
    given = dag.get("timetable_summary") or dag.get("schedule_interval")
    if isinstance(given, str) and given.startswith(("{", '"')):  # the column of Airflow 2 is JSON
        given = json.loads(given)
    if isinstance(given, Mapping):
        if "value" in given:
            given = given["value"]
        else:
            attributes = given.get("attrs", given)
            given = str(timedelta(**{name: attributes.get(name) or 0 for name in ("days", "seconds", "microseconds")}))
    text = str(given or dag.get("timetable_description") or "")
    return "" if text in BY_HAND else text


def _interval(text: str) -> timedelta | None:
    """The longest time between two runs; None for assets, timetables, and DAGs that nothing starts regularly."""
    if match := _DELTA.fullmatch(text):
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds) or None
    return PRESETS.get(text) or cron_interval(text)


def _time(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value
    found = time_of(value)
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found
