"""Results of Dataplex data quality rules, read from their log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from collectors.history_analysis.quality.dataplex import result_of
from db.schema_db.models import QualityResult
from db.schema_db.store import SchemaStore
from demo.platform.logging.server import LoggingServer
from shared.config import ROOT, Settings
from tests.support import shipped_rules
from tests.support.collecting import CollectingSite

pytestmark = pytest.mark.sqlite


@pytest.fixture
def logging() -> Iterator[LoggingServer]:
    server = LoggingServer(page_size=50)
    server.start()
    yield server
    server.stop()


@pytest.mark.permissions
def test_results_of_dataplex_have_the_fingerprint_of_the_incident_of_their_rule(
    sqlite_schema_store: SchemaStore, logging: LoggingServer
) -> None:
    examples = json.loads((ROOT / "rules/dataplex/quality_check_failed.examples.json").read_text(encoding="utf-8"))
    entry = examples["match"][0]["entries"][0]
    (finding,) = shipped_rules.engine().evaluate(entry).findings
    result = result_of(entry["resource"]["labels"], entry["jsonPayload"], datetime(2026, 11, 20, 3, tzinfo=UTC))
    assert result is not None
    assert result.check_key == finding.fingerprint
    assert (result.check_name, result.table_name, result.column_name) == (
        "customer-known",
        "example-project.mart.orders",
        "customer_id",
    )
    assert (result.state, result.value, result.expected) == ("failed", "97.02 %", "at least 100 %")
    site = CollectingSite(
        sqlite_schema_store,
        Settings(projects=("example-project",), logging_endpoint=logging.endpoint, history_first_days=30),
    )
    logging.add(entry)
    for hour in (4, 5):  # the second window overlaps
        site.done("dataplex.quality", datetime(2026, 11, 20, hour, tzinfo=UTC))
    (kept,) = site.rows(QualityResult)
    assert (kept.check_key, kept.run) == (finding.fingerprint, entry["jsonPayload"]["jobId"])
