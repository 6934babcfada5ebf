"""Calls the function history_analysis once, as Cloud Scheduler would."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

import requests
from sqlalchemy import Engine, func, select

from collectors.history_analysis.results import SnapshotOutcome
from db.schema_db.models import Binding, JobRun, Snapshot, UserAction

TIMEOUT = 300.0  # seconds: it takes two, and a minute on a machine that does much else


class HistoryCall:
    """One call in the background; `answer` is None until it returns."""

    def __init__(self, url: str, now: datetime) -> None:
        self.answer: dict[str, Any] | None = None
        self.problem = ""
        self.now = now
        self._url = url
        self._thread = threading.Thread(target=self._call, daemon=True)

    def start(self) -> None:
        """Starts the call."""
        self._thread.start()

    def wait(self) -> None:
        """Waits for the answer."""
        self._thread.join(TIMEOUT)

    @property
    def problems(self) -> list[str]:
        """The errors of the collectors, or of the call, as sentences."""
        if self.answer is None:
            return [self.problem or "history_analysis did not answer"]
        failures = [f"history: {each['collector']}: {each['error']}" for each in self.answer["failures"]]
        return failures or ([] if self.answer["outcomes"].get(SnapshotOutcome.DONE) else ["history: no collector ran"])

    def _call(self) -> None:
        headers = {"X-CloudScheduler-ScheduleTime": self.now.isoformat()}
        try:
            response = requests.post(self._url, headers=headers, json={}, timeout=TIMEOUT)
            self.answer = response.json()
        except (requests.RequestException, ValueError) as error:
            self.problem = f"history_analysis: {error}"


def collected(engine: Engine) -> str:
    """The number of rows in the Schema DB, as text."""
    with engine.connect() as connection:
        jobs, bindings, actions = (
            connection.scalar(select(func.count()).select_from(model)) or 0 for model in (JobRun, Binding, UserAction)
        )
        collectors = connection.scalar(select(func.count(Snapshot.collector.distinct()))) or 0
    return f"{collectors} collectors: {jobs} job runs, {actions} hours of calls, {bindings} grants"
