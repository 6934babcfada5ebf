"""The content of a report: what it counts, what it compares with, and what is unknown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from handlers import registry
from insights.reports.build import build
from insights.reports.model import PeriodReport
from insights.reports.period import Frequency, containing
from shared.config import Settings
from shared.model import Severity
from tests.support.report_world import (
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    SENDS,
    add_incident,
    add_rejected,
    add_remediation,
    fill,
    fill_history,
    installed,
)

NOWHERE = "sqlite:////nonexistent/schema.db"


def report(
    store: ErrorStore, frequency: Frequency = Frequency.WEEKLY, zone: str = "UTC", **values: Any
) -> PeriodReport:
    now, day = values.pop("now", SENDS), values.pop("day", MONDAY.date())
    settings = Settings(**{"project": "example-project", "schema_db_url": NOWHERE, **values})
    return build(store, settings, containing(frequency, day, zone), now, remediations=registry.remediations())


def test_a_week_counts_each_incident_once_and_is_compared_with_the_week_before(sqlite_store: ErrorStore) -> None:
    fill(sqlite_store)
    made = report(sqlite_store)
    figures, before = made.figures, made.figures_before
    assert (figures.opened, figures.ended, figures.without_person) == (15, 13, 13)
    assert figures.by_resolution == {"recovery": 11, "repair": 1, "quiet": 1}
    assert (figures.attempted, figures.remediated, figures.rejected) == (2, 2, 2)
    assert made.hours_saved(figures) == pytest.approx(40 / 60)
    assert (figures.detect.seconds, figures.detect.count) == (4, 15)
    assert (figures.acknowledge.seconds, figures.acknowledge.count) == (6 * 60 - 4, 1)
    assert (figures.resolve.seconds, figures.resolve.count) == (7.5 * 60, 12)  # not the closed one
    assert before is not None
    assert (before.opened, before.by_resolution, before.without_person) == (1, {"person": 1}, 0)
    assert before.acknowledge == type(before.acknowledge)(None, 0)
    assert sum(day.opened for day in made.days) == 15
    assert made.severities == {Severity.CRITICAL: 1, Severity.HIGH: 1, Severity.MEDIUM: 13}
    assert [(one.rule, one.opened, one.ended, one.alone) for one in made.noisy][:1] == [
        ("composer/task_failed", 10, 10, 9)
    ]
    assert [(one.handler_rule, one.attempted, one.remediated) for one in made.handlers] == [
        ("clear-airflow-task", 1, 1),
        ("close-public-access", 1, 1),
    ]
    assert [(gap.run, gap.incident) for gap in made.unrepaired] == [("bquxjob_1", 13)]
    assert [one.resource for one in made.broken_channels] == ["teams:data"]
    assert made.rejected == {"neither JSON nor a Pub/Sub message": 2}


def test_open_incidents_are_those_at_the_end_of_the_period_oldest_first(sqlite_store: ErrorStore) -> None:
    with sqlite_store.transaction(SENDS) as transaction:
        session = transaction.session
        installed(session, MONDAY - 30 * DAY)
        add_incident(session, MONDAY + DAY)
        add_incident(session, MONDAY - 5 * DAY, acknowledged_at=MONDAY, acknowledged_by="bob@example.com")
        add_incident(session, MONDAY, resolved_at=MONDAY + 7 * DAY + HOUR, resolved_by="person")
        add_incident(session, MONDAY, resolved_at=MONDAY + 7 * DAY - HOUR, resolved_by="person")
        add_incident(session, MONDAY + 7 * DAY)
        add_incident(session, MONDAY, resolved_at=MONDAY + HOUR, resolved_by="expired")
    made = report(sqlite_store)
    assert (made.open_count, [one.id for one in made.open_incidents]) == (3, [2, 3, 1])
    assert made.open_incidents[0].acknowledged_by == "bob@example.com"


def test_an_old_incident_that_is_acknowledged_now_counts_for_the_time_to_acknowledge(sqlite_store: ErrorStore) -> None:
    with sqlite_store.transaction(SENDS) as transaction:
        add_incident(transaction.session, MONDAY - 20 * DAY, acknowledged_at=MONDAY, acknowledged_by="alice")
    figures = report(sqlite_store).figures
    assert (figures.opened, figures.ended, figures.acknowledge.count) == (0, 0, 1)
    assert figures.detect == figures.resolve == type(figures.detect)(None, 0)


def test_a_day_is_the_one_of_the_reader(sqlite_store: ErrorStore) -> None:
    with sqlite_store.transaction(SENDS) as transaction:
        installed(transaction.session, MONDAY - 30 * DAY)
        for hour in (14, 15, 16):
            add_incident(transaction.session, MONDAY + hour * HOUR, resolved_at=MONDAY + DAY, resolved_by="person")
    assert report(sqlite_store, Frequency.DAILY).figures.opened == 3
    assert report(sqlite_store, Frequency.DAILY, "Asia/Tokyo").figures.opened == 1
    next_day = MONDAY.date() + timedelta(days=1)
    assert report(sqlite_store, Frequency.DAILY, "Asia/Tokyo", day=next_day).figures.opened == 2


@pytest.mark.parametrize(
    ("finished", "resolved_by", "details", "fixed"),
    [
        (5, "recovery", {}, 1),
        (15, "recovery", {}, 0),  # it recovered before the remediation
        (5, "repair", {}, 1),
        (5, "person", {}, 0),
        (5, "quiet", {}, 0),
        (5, "recovery", {"changed": False}, 0),
    ],
)
def test_a_remediation_counts_as_a_fix_only_if_a_recovery_followed_it(
    sqlite_store: ErrorStore, finished: int, resolved_by: str, details: dict[str, Any], fixed: int
) -> None:
    with sqlite_store.transaction(SENDS) as transaction:
        session = transaction.session
        one = add_incident(session, MONDAY, resolved_at=MONDAY + 10 * MINUTE, resolved_by=resolved_by)
        add_remediation(session, one, MONDAY + finished * MINUTE, details=details)
        add_remediation(session, one, MONDAY + finished * MINUTE, details=details, cause="again")
        add_remediation(session, one, MONDAY + MINUTE, mode="dry_run", cause="dry")
    assert report(sqlite_store).figures.remediated == fixed


def test_a_person_who_approved_a_remediation_was_needed(sqlite_store: ErrorStore) -> None:
    with sqlite_store.transaction(SENDS) as transaction:
        session = transaction.session
        one = add_incident(session, MONDAY, resolved_at=MONDAY + HOUR, resolved_by="repair")
        add_remediation(session, one, MONDAY + MINUTE, decided_by="alice@example.com", decided_at=MONDAY)
    assert report(sqlite_store).figures.without_person == 0


def test_an_empty_database_is_no_good_news(sqlite_store: ErrorStore) -> None:
    made = report(sqlite_store)
    assert made.known_since is None
    assert made.incomplete.en.startswith("The Error DB is empty, so this report cannot say whether anything failed")
    assert set(made.history.missing) >= {"cost", "jobs", "never_started", "unused"}
    assert made.history.missing["cost"].en.startswith("No snapshots yet")
    assert (made.history.cost, made.history.unused, made.history.failing) == (None, None, None)


@pytest.mark.parametrize(
    ("since", "now", "retention", "sentence", "is_compared"),
    [
        (-30, 7.3, 400, "", True),
        (3, 7.3, 400, "The period is incomplete: Hinomi has recorded incidents since Thu 19 Nov 2026.", False),
        (9, 9.5, 400, "Hinomi has recorded incidents since Wed 25 Nov 2026 only, after this period.", False),
        (-3, 7.3, 400, "", False),
        (-30, 5, 400, "The period is not over yet.", True),
        (-30, 7.3, 5, "The period is incomplete: resolved incidents are deleted after 5 days.", False),
        (-30, 7.3, 10, "", False),  # of the period before, incidents are deleted
    ],
)
def test_a_report_says_what_it_does_not_know(
    sqlite_store: ErrorStore, since: float, now: float, retention: int, sentence: str, *, is_compared: bool
) -> None:
    with sqlite_store.transaction(SENDS) as transaction:
        installed(transaction.session, MONDAY + since * DAY)
    made = report(sqlite_store, now=MONDAY + now * DAY, retention_days=retention)
    assert made.incomplete.en == sentence
    assert (made.figures_before is not None) == is_compared


def test_history_is_part_of_the_report(sqlite_store: ErrorStore, sqlite_schema_store: SchemaStore) -> None:
    fill_history(sqlite_schema_store)
    url = str(sqlite_schema_store.engine.url)
    made = report(sqlite_store, schema_db_url=url).history
    assert made.missing == {}
    assert made.cost == pytest.approx(7 * 1.25 * 6.25)
    assert made.cost_before == pytest.approx(7 * 1.25 * 6.25)
    assert [job.job_name for job in made.slow or ()] == ["load_mart.merge_daily"]
    assert [(job.job_name, job.failed) for job in made.failing or ()] == [("export_partners", 2)]
    assert made.jobs == 3
    assert made.unused is not None
    assert made.unused.total == 0


def test_a_slow_history_is_named_and_does_not_delay_the_report(
    sqlite_store: ErrorStore, sqlite_schema_store: SchemaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_history(sqlite_schema_store)
    monkeypatch.setattr("insights.reports.history.BUDGET_SECONDS", -1)
    made = report(sqlite_store, schema_db_url=str(sqlite_schema_store.engine.url)).history
    assert made.cost is None
    assert {text.en for text in made.missing.values()} == {
        "The Schema DB answered too slowly: run `hinomi report` again."
    }


def test_rejected_messages_are_counted_by_their_reason(sqlite_store: ErrorStore) -> None:
    with sqlite_store.transaction(SENDS) as transaction:
        for reason in ("b", "a", "b"):
            add_rejected(transaction.session, MONDAY, reason)
        add_rejected(transaction.session, MONDAY + 7 * DAY)
    assert list(report(sqlite_store).rejected.items()) == [("b", 2), ("a", 1)]
