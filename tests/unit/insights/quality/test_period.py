"""The data quality checks that did not always pass in a period."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from db.schema_db.store import SchemaStore
from handlers.reports.parts import ReportSection
from handlers.reports.quality import quality
from insights.quality.period import PeriodQuality, quality_between
from insights.reports.model import HistoryFacts, PeriodReport
from shared.texts.reports import quality as texts
from tests.support.quality import results
from tests.support.runs import keep

MONDAY, DAY = datetime(2026, 11, 16, tzinfo=UTC), timedelta(days=1)
LAST = MONDAY + timedelta(days=6, hours=3)
FINE, FAILS = ["passed"] * 7, ["passed"] * 5 + ["failed"] * 2
FLAPS, WARNED = ["failed", "passed"] * 3 + ["passed"], ["passed"] * 6 + ["warned"]


def between(store: SchemaStore, end: datetime = MONDAY + 7 * DAY) -> PeriodQuality:
    with store.reading() as session:
        return quality_between(session, MONDAY, end)


def test_checks_that_fail_at_the_end_come_first_and_unstable_ones_are_named(sqlite_schema_store: SchemaStore) -> None:
    rows = {"fine": FINE, "fails": FAILS, "flaps": FLAPS, "skipped": ["skipped"] * 7}
    for name, states in rows.items():
        keep(sqlite_schema_store, results(name, states, LAST))
    keep(sqlite_schema_store, results("warned", WARNED, LAST, table="shop.mart.users"))
    found = between(sqlite_schema_store)
    assert (found.checks, found.tables, found.failed_tables) == (4, 2, 2)
    assert [(one.name, one.failed, one.results, one.is_problem, one.is_flapping) for one in found.failed] == [
        ("fails", 2, 7, True, False), ("warned", 1, 7, True, False), ("flaps", 3, 7, False, True),
    ]  # fmt: skip


def test_only_results_of_the_period_count(sqlite_schema_store: SchemaStore) -> None:
    keep(sqlite_schema_store, results("fails", FAILS, LAST))
    assert between(sqlite_schema_store, MONDAY + 5 * DAY) == PeriodQuality(1, 1, ())


def test_the_section_lists_them_and_says_so_if_all_passed(sqlite_schema_store: SchemaStore) -> None:
    def section(found: PeriodQuality | None, *owners: dict[str, Any]) -> ReportSection:
        report = PeriodReport.__new__(PeriodReport)
        object.__setattr__(report, "history", HistoryFacts(quality=found))
        object.__setattr__(report, "defaults", {"owners": list(owners)})
        return quality(report)

    keep(sqlite_schema_store, results("fine", FINE, LAST))
    assert section(between(sqlite_schema_store)).sentence.en == "The check passed."
    keep(sqlite_schema_store, results("fails", FAILS, LAST))
    made = section(between(sqlite_schema_store))
    assert [cell.en for cell in made.rows[0].cells] == ["fails", "shop.mart.orders.id", "2 of 7 (29 %)", "fails"]
    assert made.rows[0].command.en == "hinomi quality fails"
    assert made.note.en == "1 of 2 checks, tables affected at the end: 1"
    assert section(None) == ReportSection("quality", texts.TITLE)
    owned = section(between(sqlite_schema_store), {"owner": "orders-team", "match": {"resource": ["shop.mart.*"]}})
    assert [texts.CHECK.en, owned.columns[-1].en, owned.rows[0].cells[-1].en] == ["Check", "Owner", "orders-team"]
    assert len(owned.columns) == len(owned.rows[0].cells)
    other = section(between(sqlite_schema_store), {"owner": "users-team", "match": {"resource": ["shop.raw.*"]}})
    assert len(other.columns) == 4
