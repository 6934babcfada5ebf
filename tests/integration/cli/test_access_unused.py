"""`hinomi access unused` on a real Schema DB; its output suits a security review."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest

from cli.app import run
from db.schema_db.store import SchemaStore
from insights.access.usage import LIMITS
from shared.history import BindingEntry
from tests.support.access_world import (
    ALICE,
    ANALYSTS,
    BOB,
    BUCKET,
    DATA_VIEWER,
    DATASET,
    NOW,
    OLD,
    VIEWER,
    act,
    logged,
    members,
    roles,
    see,
)

pytestmark = pytest.mark.sqlite

AT = f"{NOW:%Y-%m-%dT%H:%M}"
GROUP = "the members of analysts@example.com are not known for the whole period"
ODD = "user:a|b`c_d<e>@example.com"


@pytest.fixture(autouse=True)
def settings(schema_db_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", schema_db_url)
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture(autouse=True)
def seen(schema_store: SchemaStore) -> None:
    """A history with five grants: two are unused, one is used, and the use of two is unknown."""
    with schema_store.transaction() as session:
        roles(session)
        readers = [BindingEntry(VIEWER, member) for member in (ALICE, BOB, ANALYSTS, ODD)]
        policies = {BUCKET: readers, DATASET: [BindingEntry(DATA_VIEWER, ANALYSTS)]}
        see(session, 1, OLD, policies)
        see(session, 2, NOW - timedelta(hours=1), policies)
        logged(session, "*")
        act(session, BOB)


def unused(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[str, str]:
    assert run(("access", "unused", "--at", AT, *args)) == 0
    out, err = capsys.readouterr()
    return str(out), str(err)


def test_the_table_counts_hidden_grants(capsys: pytest.CaptureFixture[str]) -> None:
    output, _ = unused(capsys)
    assert ALICE in output
    assert BOB not in output
    assert "Of 5 grants: 1 used, 2 unused, 2 unknown." in output
    assert "2 unknown: the members of a group are not known for the whole period" in output
    assert "Period examined: 2026-08-25 10:00 to 2026-11-22 08:00 UTC." in output.replace(" UTC to", " to")


def test_the_table_names_what_was_not_observed(capsys: pytest.CaptureFixture[str]) -> None:
    output = " ".join(unused(capsys)[0].split())
    assert all(limit.en in output for limit in LIMITS)
    assert "grants on organizations/1 are unknown" in output
    assert "projects/example-project: complete snapshot" in output


def test_json_has_the_grants_and_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(unused(capsys, "--json")[0])
    assert {(row["principal"], row["use"]) for row in found["grants"]} == {(ALICE, "unused"), (ODD, "unused")}
    report = found["report"]
    assert (report["grants"], report["counts"]) == (5, {"used": 1, "unused": 2, "unknown": 2})
    assert report["unknown"] == [{"reason": "the members of a group are not known for the whole period", "grants": 2}]
    assert (report["evidence_since"], report["evidence_until"]) == ("2026-08-25T10:00:00Z", "2026-11-22T08:00:00Z")
    assert report["limits"] == [limit.en for limit in LIMITS]
    assert report["observations"][0]["scope"] == "projects/example-project"


def test_json_without_grants_has_every_field(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(unused(capsys, "--json", "--days", "400")[0])
    assert (found["grants"], found["report"]["counts"]["unused"]) == ([], 0)


def test_unknown_grants_are_shown_with_their_reason_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    rows = json.loads(unused(capsys, "--json", "--all")[0])["grants"]
    assert [row["reason"] for row in rows if row["use"] == "unknown"] == [GROUP, GROUP]


def test_csv_has_only_rows_and_prints_the_counts_separately(capsys: pytest.CaptureFixture[str]) -> None:
    out, err = unused(capsys, "--all", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert sorted(row["use"] for row in rows) == ["unknown", "unknown", "unused", "unused"]
    assert "Of 5 grants: 1 used, 2 unused, 2 unknown." in err


def test_markdown_is_a_complete_document(capsys: pytest.CaptureFixture[str]) -> None:
    output, _ = unused(capsys, "--format", "markdown")
    assert output.startswith("# Unused grants\n\nAs of 2026-11-23 10:00 UTC. Period examined: 2026-08-25 10:00 UTC")
    for line in ("| used | 1 |", "| unused | 2 |", "| unknown | 2 |", "## Unknown, and why", "## Limits"):
        assert line in output.splitlines()
    assert sum(line.startswith("| user:") for line in output.splitlines()) == 2


def test_names_do_not_break_out_of_a_markdown_table(capsys: pytest.CaptureFixture[str]) -> None:
    output, _ = unused(capsys, "--format", "markdown")
    assert r"user:a\|b\`c\_d\<e\>@example.com" in output


def test_with_known_members_a_group_is_assessed(capsys: pytest.CaptureFixture[str], schema_store: SchemaStore) -> None:
    with schema_store.transaction() as session:
        members(session, ANALYSTS, BOB)
    counts = json.loads(unused(capsys, "--json")[0])["report"]["counts"]
    assert counts == {"used": 2, "unused": 3, "unknown": 0}
