"""Opens and resolves incidents about tables, after each history run that has read their metadata.

The incident of a stale table resolves at the time of the table's next update. If most tables of a dataset are stale,
they are one incident. A table gets no incident while a job that writes it has one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from collectors.history_analysis.incident_changes import IncidentCheck, write
from collectors.history_analysis.tables import findings
from db.error_db import queries
from insights.causes.subject import subject_of
from insights.jobs.expectations import declared_expectations
from insights.jobs.lateness import JobCalendar
from insights.tables.layers import LayerOf, layer_of_tables
from insights.tables.state import TableState, read_at, readers, table_states, writers
from shared.identity.table_rules import STALE, TABLE_RULES
from shared.model import Finding, IncidentKind, Status
from shared.records import IncidentView
from shared.texts.locale import Locale

MANY = 5  # stale tables of one dataset that are one incident,
SHARE = 0.6  # if they are at least this share of the tables that are updated regularly
FRESH = timedelta(hours=3)  # metadata that was read earlier was checked already
MOST_INCIDENTS = 1_000  # unresolved ones of jobs that are compared with the writers of tables


@dataclass(frozen=True, slots=True)
class TableCheck(IncidentCheck):
    """Opens and closes incidents about tables.

    `expectations` is the compiled rules/expectations.yaml, for its holidays.
    """

    expectations: Mapping[str, Any] = field(default_factory=dict)

    def check(self, now: datetime) -> int:
        """Compares each table with its usual times and volume; returns the number of changed incidents.

        Raises TransientError if a database is unavailable.
        """
        with self.schema.reading() as session:
            read = read_at(session)
            if read is None or now - read >= FRESH:
                return 0
            states = list(table_states(session, now, self._calendar(now)))
            if not states:
                return 0
            unresolved, failing = self._unresolved()
            layer_of = layer_of_tables(self.settings.platform_file)
            found = self.without_feedback(_findings(session, states, (unresolved, failing, layer_of), now))
        keys = {each.fingerprint for each in found}
        over = [one for key, one in sorted(unresolved.items()) if key not in keys]
        known = {each.table: each for each in states}
        recoveries = [findings.over(one.rule, one.fingerprint, known.get(one.resource), now) for one in over]
        if not (found or recoveries):
            return 0
        return write(self.errors(), self.plan, (found, recoveries), self.settings.redact, now)

    def _calendar(self, now: datetime) -> JobCalendar:
        locale = Locale(self.settings.language, self.settings.timezone, now)
        _, is_off = declared_expectations(self.expectations)
        return JobCalendar(locale.local, locale.local(now).tzinfo or UTC, is_off=is_off)

    def _unresolved(self) -> tuple[dict[str, IncidentView], frozenset[str]]:
        """The unresolved incidents of this check, by fingerprint, and the names of jobs with unresolved incidents."""
        with self.errors().reading() as session:
            own = {one.fingerprint: one for rule in TABLE_RULES for one in queries.unresolved_of_rule(session, rule)}
            of_jobs = queries.IncidentFilter((Status.OPEN, Status.ACKNOWLEDGED), IncidentKind.JOB_FAILURE)
            failing = queries.incidents(session, of_jobs, limit=MOST_INCIDENTS)
        jobs = (subject_of(each).own_jobs for each in failing if each.rule not in TABLE_RULES)
        return own, frozenset().union(*jobs)


def _findings(
    session: Session,
    states: Sequence[TableState],
    at: tuple[Collection[str], frozenset[str], LayerOf],
    now: datetime,
) -> list[Finding]:
    """The findings about tables; an open incident stays open while its table is stale."""
    unresolved, failing, layer_of = at
    unusual = [each for each in states if each.is_stale or each.volume]
    names = [each.table for each in unusual]
    written_by, downstream = writers(session, names, now), readers(session, names, now)
    many = _many(states)
    made = [findings.many_stale(tables, expected) for tables, expected in many.values()]
    for each in unusual:
        below, jobs = downstream.get(each.table, ()), sorted(written_by.get(each.table, ()))
        if each.is_stale and _is_own_fault(each, many, unresolved, is_job_failing=not failing.isdisjoint(jobs)):
            made.append(findings.stale(each, below, jobs, layer_of))
        if each.volume:
            made.append(findings.unusual(each, each.volume, (below, jobs), layer_of))
    return made


def _is_own_fault(
    table: TableState, many: Collection[str], unresolved: Collection[str], *, is_job_failing: bool
) -> bool:
    if findings.key_of(STALE, table.table) in unresolved:
        return True
    return findings.dataset_of(table) not in many and not is_job_failing


def _many(states: Sequence[TableState]) -> dict[str, tuple[list[TableState], int]]:
    """The datasets whose tables are mostly stale, each with its stale tables and the number of regularly updated ones."""
    expected = Counter(findings.dataset_of(each) for each in states if each.usual or each.is_stale)
    groups: defaultdict[str, list[TableState]] = defaultdict(list)
    for each in states:
        if each.is_stale:
            groups[findings.dataset_of(each)].append(each)
    return {
        name: (tables, expected[name])
        for name, tables in groups.items()
        if len(tables) >= max(MANY, SHARE * expected[name])
    }
