"""An error in one step does not stop the rest of a sweep."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from collectors.metrics_analysis.sweep import sweep
from db.error_db.store import ErrorStore
from main import Application
from shared import config
from shared.errors import TransientError

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Broken:
    """A worker that fails."""

    def run_due(self, now: datetime, *, limit: int = 20, incident_ids: list[int] | None = None) -> int:
        """Raises an unexpected error."""
        raise KeyError(now, limit, incident_ids)


class Noted:
    """A store in which only `count_incidents` and `forget` work; it records calls of `forget`."""

    forgot = 0

    def transaction(self, *_: Any) -> Any:
        """Raises an unexpected error."""
        raise ValueError("no transaction")

    def count_incidents(self) -> int:
        """Counts nothing."""
        return 0

    def forget(self, *_: Any, **__: Any) -> int:
        """Records the call."""
        self.forgot += 1
        return 3


@pytest.mark.sqlite
def test_a_step_that_fails_is_reported_and_the_others_run(
    store: ErrorStore, capsys: pytest.CaptureFixture[str], error_db_url: str
) -> None:
    pipeline = Application(config.load({"HINOMI_ERROR_DB_URL": error_db_url})).pipeline
    with pytest.raises(TransientError, match="in part: actions"):
        sweep(pipeline, store, Broken(), NOW)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["step"] for line in lines if line["severity"] == "ERROR"] == ["actions", "new_actions"]
    assert next(line for line in lines if line["message"] == "sweep")["dropped"] == 0


def test_every_step_has_its_turn_whatever_the_ones_before_it_did() -> None:
    pipeline, store = Application(config.load({})).pipeline, Noted()
    with pytest.raises(TransientError, match=r"in part: actions, quiet, late_splits, new_actions$"):
        sweep(pipeline, cast("ErrorStore", store), Broken(), NOW)
    assert store.forgot == 1
