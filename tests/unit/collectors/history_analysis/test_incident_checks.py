"""The checks that follow a history run."""

from __future__ import annotations

import pytest

from collectors.history_analysis import incident_checks
from collectors.history_analysis.baselines.limits import LimitCheck
from collectors.history_analysis.late_jobs.check import LateJobCheck
from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from shared.config import Settings
from tests.support.runs import NOW

pytestmark = pytest.mark.sqlite


def test_a_check_that_fails_is_raised_after_the_others_ran(
    sqlite_store: ErrorStore, sqlite_schema_store: SchemaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def fail(_check: LateJobCheck, _now: object) -> int:
        ran.append("late jobs")
        raise ZeroDivisionError

    monkeypatch.setattr(LateJobCheck, "check", fail)
    monkeypatch.setattr(LimitCheck, "check", lambda *_: ran.append("limits"))
    with pytest.raises(ZeroDivisionError):
        incident_checks.run(
            sqlite_schema_store, lambda: sqlite_store, Settings(), lambda *_: None, lambda: NOW, {"load": []}
        )
    assert ran == ["late jobs", "limits"]
