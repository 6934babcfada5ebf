"""The state that a simulated Airflow reports: health, import errors, events, and the schedules of its DAGs.

The answers have the fields of a real Airflow 2.11 and 3.3.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from demo.platform.http import Reply, Request

COMPONENTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")


@dataclass
class AirflowFacts:
    """The state set by a scenario; components that are not in `unhealthy` are healthy.

    `schedules` has the differing fields of DAGs, by DAG.
    """

    unhealthy: dict[str, str] = field(default_factory=dict)
    import_errors: dict[str, str] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    schedules: dict[str, dict[str, Any]] = field(default_factory=dict)

    def health(self, now: datetime) -> Reply:
        """The state of each component with its latest heartbeat; the database has none."""
        body: dict[str, dict[str, Any]] = {}
        for name in COMPONENTS:
            body[name] = {"status": "unhealthy" if name in self.unhealthy else "healthy"}
            if name != "metadatabase":
                body[name][f"latest_{name}_heartbeat"] = self.unhealthy.get(name) or now.isoformat()
        return Reply(200, body)

    def errors(self, now: datetime) -> Reply:
        """The import errors."""
        rows = [
            {"import_error_id": number, "filename": file, "stack_trace": trace, "timestamp": now.isoformat()}
            for number, (file, trace) in enumerate(self.import_errors.items(), 1)
        ]
        return Reply(200, {"import_errors": rows, "total_entries": len(rows)})

    def logged(self, request: Request) -> Reply:
        """The events of one kind."""
        rows = [
            {"event_log_id": number, **each}
            for number, each in enumerate(self.events, 1)
            if each["event"] == request.query.get("event", each["event"])
            and each["when"] >= request.query.get("after", "")
        ]
        return Reply(200, {"event_logs": rows, "total_entries": len(rows)})

    def dags(self, names: Iterable[str], paused: set[str], version: int) -> Reply:
        """The DAGs, which are started by hand unless `schedules` says otherwise."""
        own = (
            {"timetable_summary": None, "is_stale": False, "next_dagrun_run_after": None}
            if version == 3
            else {"schedule_interval": None, "is_active": True, "next_dagrun_create_after": None}
        )
        by_hand = {"timetable_description": "Never, external triggers only", "owners": ["data-team"]}
        rows = [
            {"dag_id": name, "is_paused": name in paused, **by_hand, **own, **self.schedules.get(name, {})}
            for name in sorted({*names, *self.schedules})
        ]
        return Reply(200, {"dags": rows, "total_entries": len(rows)})
