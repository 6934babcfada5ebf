"""Opens and resolves incidents about the checks of declared queries, after each history run.

The latest result of a check counts: a problem opens its incident, a pass resolves it at the time of the result. Reports
and log entries open their own incidents when they arrive.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from collectors.history_analysis.incident_changes import IncidentCheck, write
from db.error_db import queries
from insights.quality.checks import latest_results
from shared.quality import findings
from shared.quality.result import PROBLEMS, QUERIED, RULE, CheckState, QualityResultRow

SERVICE = "bigquery"
RECENT = timedelta(days=2)  # an older problem was found before, or is no longer checked


@dataclass(frozen=True, slots=True)
class QueriedChecks(IncidentCheck):
    """Opens and resolves incidents about the data quality checks of declared queries."""

    def check(self, now: datetime) -> int:
        """Compares each check with its incident; returns the number of changed incidents.

        Raises TransientError if a database is unavailable.
        """
        with self.schema.reading() as session:
            latest = latest_results(session, QUERIED, now)
        if not latest:
            return 0
        with self.errors().reading() as session:
            unresolved = {one.fingerprint: one.last_seen_at for one in queries.unresolved_of_rule(session, RULE)}
        found = [
            findings.failed(each, _event(each), service=SERVICE)
            for each in latest
            if each.state in PROBLEMS
            and each.time > now - RECENT
            and (each.check_key not in unresolved or unresolved[each.check_key] < each.time)
        ]
        passed = [
            findings.passed(each, _event(each))
            for each in latest
            if each.state is CheckState.PASSED and each.check_key in unresolved
        ]
        if not (found or passed):
            return 0
        return write(self.errors(), self.plan, (found, passed), self.settings.redact, now)


def _event(result: QualityResultRow) -> str:
    return f"quality|{result.check_key}|{result.time.isoformat()}|{result.run}"[:300]
