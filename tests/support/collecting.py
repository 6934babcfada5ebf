"""Runs selected collectors against servers on loopback, and reads the resulting Schema DB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from collectors.history_analysis import registry
from collectors.history_analysis.quota_limiter import Limiter
from collectors.history_analysis.results import SnapshotOutcome, SnapshotResult
from collectors.history_analysis.snapshot import HistoryDependencies, run
from db.schema_db.models import JobRun, SchemaBase, TableSize
from db.schema_db.store import SchemaStore
from shared.clients import Clients
from shared.config import Settings
from tests.support.history import TEN
from tests.support.metrics import kept_metrics


@dataclass
class CollectingSite:
    """Hinomi with these settings; the clock is stopped between runs."""

    store: SchemaStore
    settings: Settings
    metrics: Sequence[Mapping[str, Any]] = field(default_factory=kept_metrics)
    waits: list[float] = field(default_factory=list)
    queries: Sequence[Mapping[str, Any]] = ()

    def run(self, name: str, at: datetime = TEN) -> SnapshotResult:
        """Runs one collector for the slot of `at`; returns the result of its last scope."""
        return self.run_all(name, at)[-1]

    def run_all(self, name: str, at: datetime = TEN) -> Sequence[SnapshotResult]:
        """Like `run`, with the results of all scopes."""
        clock = at + timedelta(minutes=1)
        limiter = Limiter(sleep=self.waits.append)
        collectors = registry.discover(self.metrics, self.queries)
        outside = HistoryDependencies(
            self.store, Clients(self.settings), self.settings, lambda: clock, collectors, limiter
        )
        return run(outside, at, only=[name])

    def done(self, name: str, at: datetime = TEN) -> SnapshotResult:
        """Runs one collector and asserts success."""
        result = self.run(name, at)
        assert (result.outcome, result.error) == (SnapshotOutcome.DONE, "")
        return result

    def jobs(self) -> dict[str, JobRun]:
        """Every job run by its run id."""
        return {row.run_id: row for row in self._all(JobRun)}

    def sizes(self) -> list[TableSize]:
        """Every table size, by day and resource."""
        return sorted(self._all(TableSize), key=lambda row: (row.day, row.resource))

    def _all(self, model: type[Any]) -> list[Any]:
        with self.store.reading() as session:
            return list(session.scalars(select(model)))

    def rows(self, model: type[SchemaBase]) -> list[Any]:
        """Every row of a table."""
        return self._all(model)
