"""`hinomi access` and `hinomi platform` on a real Schema DB."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cli.app import run
from db.schema_db.models import GroupMember
from db.schema_db.store import SchemaStore
from shared.history import BindingEntry
from tests.support.access_world import ALICE, ANALYSTS, BUCKET, DATA_VIEWER, DATASET, VIEWER, grant, see
from tests.support.world import first_on_both

pytestmark = pytest.mark.sqlite

NOW = datetime.now(UTC)
UNTIL = {
    "expression": f"request.time < timestamp('{NOW + timedelta(days=30):%Y-%m-%d}T00:00:00Z')",
    "title": "for the project",
}


@pytest.fixture(autouse=True)
def settings(schema_db_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HINOMI_SCHEMA_DB_URL", schema_db_url)
    monkeypatch.setenv("COLUMNS", "160")


@pytest.fixture(autouse=True)
def seen(schema_store: SchemaStore) -> None:
    """Alice has had access for three days, the analysts for ten."""
    analysts = BindingEntry(DATA_VIEWER, ANALYSTS)
    with schema_store.transaction() as session:
        see(session, 1, NOW - timedelta(days=10), {DATASET: [analysts]})
        see(session, 2, NOW - timedelta(days=3), {DATASET: [analysts], BUCKET: [BindingEntry(VIEWER, ALICE, UNTIL)]})


def hinomi(capsys: pytest.CaptureFixture[str], *args: str, status: int = 0) -> str:
    assert run(args) == status
    out, err = capsys.readouterr()
    return str(out or err)


def parsed(capsys: pytest.CaptureFixture[str], *args: str) -> Any:
    return json.loads(hinomi(capsys, *args, "--json"))


def test_who_shows_role_condition_level_and_use(capsys: pytest.CaptureFixture[str]) -> None:
    output = hinomi(capsys, "access", "who", "gs://example-raw")
    for text in (ALICE, VIEWER, UNTIL["title"], "gs://example-raw", "unknown"):
        assert text in output


def test_a_condition_is_shown_whatever_its_title(capsys: pytest.CaptureFixture[str]) -> None:
    output = hinomi(capsys, "access", "who", "gs://example-raw")
    assert "request.time <" in output
    (row,) = csv.DictReader(
        line
        for line in hinomi(capsys, "access", "unused", "--all", "--format", "csv").splitlines()
        if ANALYSTS not in line
    )
    assert (row["condition"], row["condition_title"]) == (UNTIL["expression"], UNTIL["title"])


def test_an_expired_condition_is_distinguished_from_an_active_one(
    capsys: pytest.CaptureFixture[str], schema_store: SchemaStore
) -> None:
    over = {
        "expression": f"request.time < timestamp('{NOW - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}')",
        "title": "a week",
    }
    with schema_store.transaction() as session:
        see(session, 3, NOW - timedelta(days=2), {BUCKET: [BindingEntry(VIEWER, ALICE, over)]})
    assert "not in effect" in hinomi(capsys, "access", "who", "gs://example-raw")
    assert "not in effect" not in hinomi(capsys, "access", "who", "gs://example-raw", "--at", "36h")
    assert [
        row["in_effect"]
        for row in parsed(capsys, "access", "of", ALICE)["access"]
        if row["condition_title"] == "a week"
    ] == ["no"]


def test_times_are_those_of_the_zone_that_the_table_names(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HINOMI_TIMEZONE", "Asia/Tokyo")
    time = (NOW - timedelta(days=3)).astimezone(ZoneInfo("Asia/Tokyo"))
    for question in (("who", "gs://example-raw"), ("diff", "5d"), ("unused", "--all")):
        output = hinomi(capsys, "access", *question)
        assert "(Asia/Tokyo)" in output
        assert f"{time:%Y-%m-%d %H:%M}" in output


def test_who_may_lists_only_grants_that_allow_it(capsys: pytest.CaptureFixture[str], schema_store: SchemaStore) -> None:
    topic = "projects/example-project/topics/orders"
    with schema_store.transaction() as session:
        grants = [
            BindingEntry(f"roles/pubsub.{role}", f"user:{role}@example.com")
            for role in ("viewer", "publisher", "admin")
        ]
        for each in grants:
            grant(session, f"//pubsub.googleapis.com/{topic}", each, number=3)
    for options, expected in {
        (): {"viewer", "publisher", "admin"},
        ("--may", "write"): {"publisher", "admin"},
        ("--may", "admin"): {"admin"},
    }.items():
        found = parsed(capsys, "access", "who", topic, *options)["access"]
        assert {row["role"].rpartition(".")[2] for row in found} == expected


def test_who_answers_for_an_earlier_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert parsed(capsys, "access", "who", "gs://example-raw", "--at", "5d")["access"] == []


def test_the_notation_of_the_platform_map_finds_a_topics_own_grants(
    capsys: pytest.CaptureFixture[str], schema_store: SchemaStore
) -> None:
    topic = "projects/example-project/topics/orders"
    with schema_store.transaction() as session:
        grant(session, f"//pubsub.googleapis.com/{topic}", BindingEntry("roles/pubsub.viewer", ALICE), number=3)
    (found,) = parsed(capsys, "access", "who", topic)["access"]
    assert (found["principal"], found["role"]) == (ALICE, "roles/pubsub.viewer")


@pytest.mark.parametrize("question", [("who", "gs://example-raw"), ("of", "alice@example.com")])
def test_the_answer_says_once_that_deny_policies_are_not_read(
    capsys: pytest.CaptureFixture[str], question: tuple[str, str]
) -> None:
    assert hinomi(capsys, "access", *question).count("deny policies") == 1
    assert [note for note in parsed(capsys, "access", *question)["notes"] if "deny policies" in note]


def test_an_empty_answer_has_no_footnote(capsys: pytest.CaptureFixture[str]) -> None:
    assert "deny policies" not in hinomi(capsys, "access", "who", "gs://example-raw", "--at", "5d")


def test_of_takes_an_address(capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = parsed(capsys, "access", "of", "Alice@example.com")["access"]
    assert (found["principal"], found["role"], found["condition_title"]) == (ALICE, VIEWER, UNTIL["title"])
    assert found["condition"] == UNTIL["expression"]


def test_of_takes_the_address_of_a_group(capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = parsed(capsys, "access", "of", "analysts@example.com")["access"]
    assert (found["principal"], found["role"]) == (ANALYSTS, DATA_VIEWER)


@pytest.mark.parametrize(
    "case",
    first_on_both(
        [
            (("who", "gs://example-row"), "gs://example-raw"),
            (("who", "example-raw"), "gs://example-raw"),
            (("who", "other-project.mart"), "example-project.mart"),
            (("of", "alcie@example.com"), "user:alice@example.com"),
        ]
    ),
)
def test_an_unknown_name_suggests_a_similar_one(
    capsys: pytest.CaptureFixture[str], case: tuple[tuple[str, str], str]
) -> None:
    question, intended = case
    assert f"Did you mean '{intended}'?" in hinomi(capsys, "access", *question)
    assert parsed(capsys, "access", *question)["similar"] == [intended]


def test_a_member_of_a_group_is_suggested_too(capsys: pytest.CaptureFixture[str], schema_store: SchemaStore) -> None:
    with schema_store.transaction() as session:
        session.add(GroupMember(group="analysts@example.com", member="user:yuki@example.com", valid_from=NOW))
    assert "Did you mean 'user:yuki@example.com'?" in hinomi(capsys, "access", "of", "user:yuky@example.com")
    assert "Did you mean 'user:yuki@example.com'?" in hinomi(capsys, "access", "of", "yuki@example.co")


def test_a_known_resource_without_grants_suggests_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Did you mean" not in hinomi(capsys, "access", "who", "gs://example-raw", "--at", "5d")


@pytest.mark.both_databases
def test_an_unknown_member_is_distinguished_from_one_without_access(capsys: pytest.CaptureFixture[str]) -> None:
    output = " ".join(hinomi(capsys, "access", "of", "nobody@example.com").split())
    assert output.startswith("No grants found.")
    assert "neither as user nor as serviceAccount nor as group" in output
    assert "Nobody" not in output


def test_diff_shows_what_began(capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = parsed(capsys, "access", "diff", "5d")["changes"]
    assert (found["change"], found["grants"][0]["member"]) == ("granted", ALICE)
    assert "granted" in hinomi(capsys, "access", "diff", "5d", "now")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("diff", "1d", "5d"), "FROM must be before TO"),
        (("who", "gs://x", "--at", "tomorrow"), "invalid time 'tomorrow' for --at"),
        (("who", "gs://x", "--at", "2999-01-01"), "in the future"),
        (("who", ""), "is not a resource name: use gs://BUCKET"),
        (("who", "projects/p/instances/i"), "//spanner.googleapis.com/projects/P/instances/I"),
        (("of", " "), "use an e-mail address"),
        (("drift",), "set HINOMI_PLATFORM_FILE or use --map"),
    ],
)
def test_invalid_input_is_reported_in_one_line(
    capsys: pytest.CaptureFixture[str], args: tuple[str, ...], words: str
) -> None:
    output = hinomi(capsys, "access", *args, status=2)
    assert words in output
    assert output.count("\n") == 1


def test_the_report_of_unused_grants_is_a_spreadsheet(
    capsys: pytest.CaptureFixture[str], schema_store: SchemaStore
) -> None:
    with schema_store.transaction() as session:
        evil = BindingEntry(VIEWER, "=HYPERLINK(1)")
        grant(session, BUCKET, evil, number=3, seen_at=NOW - timedelta(days=2))
    rows = list(csv.DictReader(io.StringIO(hinomi(capsys, "access", "unused", "--all", "--format", "csv"))))
    assert "'=HYPERLINK(1)" in {row["principal"] for row in rows}
    assert {row["use"] for row in rows} == {"unknown"}
    assert all(row["reason"] for row in rows)


def test_the_time_before_the_first_snapshot_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    output = hinomi(capsys, "access", "who", "gs://example-raw", "--at", "300d")
    assert output.startswith("No grants found.\n")
    assert "history of projects/example-project begins on" in output
    assert "Nobody" not in output


def test_each_answer_names_the_times_of_its_snapshots(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "platform.yaml"
    hinomi(capsys, "platform", "init", "--write", str(path))
    first, last = (f"{NOW - timedelta(days=days):%Y-%m-%d %H:%M}" for days in (10, 3))
    for question in (
        ("who", "gs://example-raw"),
        ("of", "alice@example.com"),
        ("diff", "5d"),
        ("drift", "--map", str(path)),
    ):
        output = " ".join(hinomi(capsys, "access", *question).split())
        assert f"projects/example-project: complete snapshots from {first} to {last} (UTC)." in output
        found = parsed(capsys, "access", *question)
        assert [item["scope"] for item in found["observations"]] == ["projects/example-project"]
        assert any("grants on organizations/1 are unknown" in note for note in found["notes"])
        assert any("was last read completely on" in note for note in found["notes"])


def test_without_evidence_no_grant_is_unused(capsys: pytest.CaptureFixture[str]) -> None:
    assert hinomi(capsys, "access", "unused").startswith("No grant is known to be unused for 90 days.\n")


@pytest.fixture
def drawn(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> str:
    """The path of a file with the drafted map."""
    path = tmp_path / "platform.yaml"
    hinomi(capsys, "platform", "init", "--write", str(path))
    return str(path)


def test_a_drafted_map_is_valid_and_explains_the_current_grants(capsys: pytest.CaptureFixture[str], drawn: str) -> None:
    assert hinomi(capsys, "platform", "check", drawn) == "2 layers, 2 personas: valid\n"
    output = hinomi(capsys, "access", "drift", "--map", drawn)
    assert output.startswith("Access is as intended, as far as known.\n")
    assert "2 grants as intended." in output


def test_drift_is_reported_with_its_reason_and_the_command_that_fixes_it(
    capsys: pytest.CaptureFixture[str], drawn: str, schema_store: SchemaStore
) -> None:
    with schema_store.transaction() as session:
        default = BindingEntry("roles/bigquery.dataEditor", "projectEditor:example-project")
        evil = BindingEntry("roles/bigquery.dataOwner", "user:eve\x1b[31m@example.com")
        for number in (3, 4):
            policies = {DATASET: [default, evil], BUCKET: [BindingEntry(VIEWER, ALICE, UNTIL)]}
            see(session, number, NOW - timedelta(hours=5 - number), policies)
    output = hinomi(capsys, "access", "drift", "--map", drawn, status=1)
    assert "1 grant that no persona explains: 1 high. 1 member of personas without" in output
    assert "may administer it and grant access to others" in " ".join(output.split())
    assert "REVOKE `roles/bigquery.dataOwner` ON SCHEMA `example-project`.`mart`" in output
    assert "1 of 1 in analytics:" in output
    assert "Not listed: 1 grant that buckets and datasets have by default" in output
    assert "\x1b" not in output


def test_drift_is_one_object_for_a_program(
    capsys: pytest.CaptureFixture[str], drawn: str, schema_store: SchemaStore
) -> None:
    with schema_store.transaction() as session:
        grant(session, BUCKET, BindingEntry("roles/storage.admin", "allUsers"), number=3)
    found = json.loads(hinomi(capsys, "access", "drift", "--map", drawn, "--json", status=1))
    assert (found["is_as_intended"], found["counts"]["unintended"], found["counts"]["intended"]) == (False, 1, 2)
    (grant_,) = found["grants"]
    assert (grant_["principal"], grant_["severity"], grant_["state"]) == ("allUsers", "critical", "unintended+unknown")
    assert grant_["command"].startswith("gcloud storage buckets remove-iam-policy-binding gs://example-raw")
    everything = json.loads(hinomi(capsys, "access", "drift", "--map", drawn, "--all", "--json", status=1))
    assert sorted(item["persona"] for item in everything["grants"]) == ["", "alice", "analysts"]


def test_grants_that_no_snapshot_saw_are_not_intended(capsys: pytest.CaptureFixture[str], drawn: str) -> None:
    output = hinomi(capsys, "access", "drift", "--map", drawn, "--at", "300d", status=1)
    assert output.startswith("Access is unknown: no snapshot had read policies by then.\n")


def test_all_shows_intended_grants_too(capsys: pytest.CaptureFixture[str], drawn: str) -> None:
    output = hinomi(capsys, "access", "drift", "--map", drawn, "--all")
    assert "intended for analysts" in output


def test_a_map_is_not_overwritten(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "platform.yaml"
    path.write_text("layers: 1", encoding="utf-8")
    hinomi(capsys, "platform", "init", "--write", str(path), status=2)
    assert path.read_text(encoding="utf-8") == "layers: 1"


def test_every_mistake_in_a_map_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "platform.yaml"
    path.write_text("layers:\n  raw: {x: 1}\npersonas:\n  a: {members: b}\n", encoding="utf-8")
    output = hinomi(capsys, "platform", "check", str(path), status=2)
    assert [line.split(":")[2] for line in output.splitlines()] == ["2", "4", "4"]
