"""`hinomi rules backtest` on the databases, on files and on Cloud Logging."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.app import run
from db.engine import make_engine
from db.error_db.rules import modes
from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from demo.platform.logging.server import LoggingServer
from shared.history import UserActionRow
from shared.model import RuleMode
from tests.support.findings import finding
from tests.support.rules import BURST, DENIED, RULE, audit, folder
from tests.support.runs import keep

NOW = (datetime.now(UTC) - timedelta(hours=1)).replace(minute=30, second=0, microsecond=0)
METHOD, EMAIL, CODE = (
    "protoPayload.methodName",
    "protoPayload.authenticationInfo.principalEmail",
    "protoPayload.status.code",
)
DELETED = """\
title: Table deleted
id: 44444444-4444-4444-8444-444444444444
status: test
level: high
logsource: {product: gcp, service: gcp.audit}
detection:
  deleted: {protoPayload.methodName: tables.delete}
  denied: {protoPayload.status.code: 7}
  condition: deleted and denied
hinomi:
  kind: irregular_access
  resource: '{protoPayload.resourceName}'
  fingerprint: ['{protoPayload.resourceName}']
  summary: '{protoPayload.resourceName} was to be deleted'
  recovery: {quiet: 1h}
"""


@pytest.fixture
def rules(tmp_path: Path, sqlite_url: str, schema_sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two databases and a folder of rules; the rule under test is outside this folder."""
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", sqlite_url)
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", schema_sqlite_url)
    used = folder(tmp_path / "rules", {"test/job.yml": RULE, "test/burst.yml": DENIED + "---\n" + BURST})
    monkeypatch.setenv("HINOMI_RULES_DIR", str(used))
    return folder(tmp_path / "new", {"bigquery/deleted.yml": DELETED}) / "bigquery" / "deleted.yml"


@pytest.fixture
def stored(sqlite_url: str, schema_sqlite_url: str) -> Iterator[ErrorStore]:
    """Stored evidence: a denied deletion with an incident, one of a staged rule, one without a status, and five counted calls."""
    engine, schema = make_engine(sqlite_url), make_engine(schema_sqlite_url)
    store = ErrorStore(engine)
    with store.transaction(NOW) as transaction:
        fields = {METHOD: "tables.delete", EMAIL: "eve@example.com", CODE: 7}
        base = finding(0, rule="iam/denied", fields=fields, log_name=LOG, resource="t1", summary="Denied")
        transaction.record(replace(base, time=NOW - timedelta(days=8)), redact=())
        del fields[CODE]
        again = replace(base, event_key="other", fields=fields, time=NOW - timedelta(days=1))
        transaction.record(again, redact=())
        modes.change(transaction.session, ["iam/new"], RuleMode.STAGED, by="", note="", now=NOW)
        new = replace(base, rule="iam/new", event_key="new", fields={**fields, CODE: 7}, resource="t2")
        transaction.record(replace(new, time=NOW - timedelta(days=2)), redact=())
    hour = (NOW - timedelta(days=3)).replace(minute=0)
    counted = UserActionRow(
        hour, "p", "bob@example.com", "bigquery.googleapis.com", "tables.delete", "t3", 5, 3, hour, hour
    )
    keep(SchemaStore(schema), [counted, replace(counted, method="tables.get", count=40)])
    yield store
    engine.dispose()
    schema.dispose()


LOG = "projects/p/logs/cloudaudit.googleapis.com%2Factivity"


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert run(["rules", "backtest", *arguments]) == code
    captured = capsys.readouterr()
    return " ".join((captured.out + captured.err).split())


@pytest.mark.usefixtures("stored")
def test_a_new_rule_is_tried_on_what_is_kept(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = printed(capsys, str(rules))
    assert "bigquery/deleted would have fired 5 times in 30 days, in about 3 incidents." in page
    assert "Most often on t3 (3), t1 (1), t2 (1)." in page
    assert "1 of these events is in an incident of other rules already: iam/denied (1)." in page
    assert "tables.delete, 3 calls in the hour" in page
    assert "Examined: 3 events found by rules, and 45 calls" in page
    assert f"Unknown: 3 events or calls, because a field that the rule needs is not stored: {CODE}." in page
    assert "Entries that no rule matched are not stored" in page
    found = json.loads(printed(capsys, str(rules), "--json"))
    assert (found["times"], found["other_rules"], found["unknown"]) == (5, {"iam/denied": 1}, 3)
    assert sum(week["times"] for week in found["weeks"]) == 5


@pytest.mark.usefixtures("stored")
def test_a_shorter_time_and_japanese(
    rules: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    page = printed(capsys, str(rules), "--since", "2d")
    assert "bigquery/deleted は過去 2 日間で一度も検知しなかったはずです。" in page


def entries(count: int) -> list[dict[str, Any]]:
    """Denied deletions of one table, two hours apart, and a call that the rule does not match."""
    payload: dict[str, Any] = {
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
        "methodName": "tables.delete",
    }
    payload |= {"serviceName": "bigquery.googleapis.com", "resourceName": "projects/p/tables/t9", "status": {"code": 7}}
    start = NOW - timedelta(days=1)
    made = [
        {**audit(second=at, **payload), "timestamp": f"{start + timedelta(hours=2 * at):%Y-%m-%dT%H:%M:%SZ}"}
        for at in range(count)
    ]
    return [
        *made,
        {**audit(second=50, **payload), "timestamp": made[0]["timestamp"], "protoPayload": {**payload, "status": {}}},
    ]


def test_entries_of_a_file_are_judged_as_a_whole(
    rules: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "entries.json"
    file.write_text(json.dumps(entries(3)))
    page = printed(capsys, str(rules), "--entries", str(file))
    assert "would have fired 3 times in 30 days, in about 3 incidents. Most often on projects/p/tables/t9 (3)." in page
    assert "None of these events is in an incident of another rule. " in page
    assert page.endswith("Examined: 4 log entries.")
    burst = json.loads(printed(capsys, "test/burst", "--entries", str(file), "--json"))
    assert burst["times"] == 0
    assert "counts entries, including those that are not stored" in printed(capsys, "test/burst", code=2)


def test_cloud_logging_is_read_with_a_limit(
    rules: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, stored: ErrorStore
) -> None:
    server = LoggingServer(page_size=2)
    server.start()
    try:
        monkeypatch.setenv("HINOMI_LOGGING_ENDPOINT", server.endpoint)
        monkeypatch.setenv("HINOMI_PROJECTS", "example-project")
        for entry in entries(3):
            server.add(entry)
        with stored.transaction(NOW) as transaction:
            known = replace(finding(0, rule="test/job"), event_key=_key(rules, entries(1)[0]), time=NOW)
            transaction.record(known, redact=())
        page = printed(capsys, str(rules), "--from-logging", "--since", "2d")
        assert "would have fired 3 times in 2 days" in page
        assert "1 of these events is in an incident of other rules already: test/job (1)." in page
        assert "tables.delete" in server.requests[0].filter
        assert "Only the first 2 entries were read" in printed(capsys, str(rules), "--from-logging", "--limit", "2")
    finally:
        server.stop()


def _key(rules: Path, entry: dict[str, Any]) -> str:
    from collectors.metrics_analysis.evidence import event_key

    del rules
    return event_key(entry)


def test_what_cannot_be_tried_says_why(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "did you mean 'test/job' or 'test/burst'?" in printed(capsys, "test/jab", code=2)
    assert "no load check is named 'load/none'" in printed(capsys, "load/none", code=2)
    rules.write_text(DELETED.replace("high", "grave"))
    assert "deleted.yml:4" in printed(capsys, str(rules), code=2)
    assert "not both" in printed(capsys, "test/job", "--entries", "x", "--from-logging", code=2)
