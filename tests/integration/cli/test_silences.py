"""`hinomi silences` on a real Error DB."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from cli.app import run
from db.error_db import silences as table
from db.error_db.store import ErrorStore
from tests.integration.cli.test_incidents import NOW, finding, record

pytestmark = pytest.mark.sqlite

ADD = ("silences", "add", "--reason", "load test", "--for", "2h")


@pytest.fixture(autouse=True)
def settings(error_db_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", error_db_url)
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.setattr("getpass.getuser", lambda: "carol")


def hinomi(capsys: pytest.CaptureFixture[str], *args: str, status: int = 0) -> str:
    assert run(args) == status
    out, err = capsys.readouterr()
    return str(err if status else out)


def test_a_silence_is_shown_with_its_matcher(store: ErrorStore, capsys: pytest.CaptureFixture[str]) -> None:
    record(store, finding("a"), finding("b", service="storage"))
    printed = hinomi(capsys, *ADD, "--service", "bigquery", "--label", "dag=night*")
    assert printed == (
        "silence 1 is active for 2 h: service bigquery, label dag=night*\nIt matches 1 unresolved incident now.\n"
    )


def test_a_silence_that_matches_nothing_names_the_similar_resource(
    store: ErrorStore, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    record(store, finding("a", resource="example-landing"), finding("b", resource="orders"))
    mistyped = (*ADD, "--service", "bigquery", "--resource", "exmaple-landing")
    assert hinomi(capsys, *mistyped).splitlines()[1:] == [
        "It matches 0 unresolved incidents now.",
        "No incident has the resource 'exmaple-landing'. Did you mean 'example-landing'?",
    ]
    for resource in ("orders", "example-*", "zzz"):  # one of a past incident, a pattern of one, and nothing like any
        shown = hinomi(capsys, *ADD, "--kind", "load_issue", "--service", "bigquery", "--resource", resource)
        assert "No incident has" not in shown
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    assert hinomi(capsys, *mistyped).splitlines()[-1] == (
        "リソースが 'exmaple-landing' のインシデントはありません。'example-landing' ではありませんか?"
    )


def test_a_silence_is_extended(capsys: pytest.CaptureFixture[str]) -> None:
    hinomi(capsys, *ADD, "--service", "bigquery")
    [before] = json.loads(hinomi(capsys, "silences", "list", "--json"))
    assert "silence 1 now expires at" in hinomi(capsys, "silences", "extend", "1", "--for", "3h")
    [after] = json.loads(hinomi(capsys, "silences", "list", "--json"))
    ends = [datetime.fromisoformat(each["expires_at"]) for each in (before, after)]
    assert ends[1] - ends[0] == timedelta(hours=3)
    assert "confirm it with --yes" in hinomi(capsys, "silences", "extend", "1", "--for", "40d", status=2)
    assert "longer than a year" in hinomi(capsys, "silences", "extend", "1", "--for", "366d", "--yes", status=2)
    assert json.loads(hinomi(capsys, "silences", "list", "--json")) == [after]
    hinomi(capsys, "silences", "expire", "1")
    assert "no active silence 1" in hinomi(capsys, "silences", "extend", "1", "--for", "3h", status=2)


def test_every_option_becomes_part_of_the_matcher(store: ErrorStore, capsys: pytest.CaptureFixture[str]) -> None:
    hinomi(
        capsys, *ADD, "--kind", "job_failure", "--service", "bigquery", "--service", "composer", "--rule", "bigquery/*",
        "--resource", "projects/*", "--principal", "etl@*", "--project", "example-*", "--severity", "high",
        "--label", "dag=a", "--label", "dag=b", "--label", "task=c", "--owner", "dana",
    )  # fmt: skip
    [row] = json.loads(hinomi(capsys, "silences", "list", "--json"))
    assert (row["owner"], row["reason"], row["hidden_count"]) == ("dana", "load test", 0)
    assert row["matcher"] == {
        "kind": ["job_failure"],
        "service": ["bigquery", "composer"],
        "rule": ["bigquery/*"],
        "resource": ["projects/*"],
        "principal": ["etl@*"],
        "project": ["example-*"],
        "severity": "high",
        "labels": {"dag": ["a", "b"], "task": ["c"]},
    }
    with store.reading() as session:
        assert len(table.active(session, NOW)) <= 1


@pytest.mark.parametrize(
    "args",
    [
        ADD,
        (*ADD, "--label", "dag"),
        (*ADD, "--label", "=x"),
        (*ADD[:-1], "soon", "--service", "x"),
        (*ADD[:-1], "500d", "--service", "x"),
        (*ADD[:-1], "9999999d", "--service", "x"),
        (*ADD[:-2], "--service", "x"),
        (*ADD, "--service", "x", "--resource", ".*"),
        ("silences", "add", "--for", "2h", "--service", "x"),
    ],
)
def test_wrong_options_are_invalid_input_and_silence_nothing(
    capsys: pytest.CaptureFixture[str], args: list[str]
) -> None:
    assert hinomi(capsys, *args, status=2).count("\n") == 1
    assert json.loads(hinomi(capsys, "silences", "list", "--json")) == []


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("bucket_made_public", "no rule matches 'bucket_made_public': did you mean 'storage/bucket_made_public'"),
        ("storage/bucket_mad_public", "did you mean 'storage/bucket_made_public'"),
        ("bigqery/*", "no rule matches 'bigqery/*'"),
    ],
)
def test_a_rule_that_does_not_exist_is_rejected_with_the_nearest_names(
    capsys: pytest.CaptureFixture[str], rule: str, message: str
) -> None:
    assert message in hinomi(capsys, *ADD, "--rule", rule, status=2)
    assert json.loads(hinomi(capsys, "silences", "list", "--json")) == []


def test_a_mistyped_service_is_rejected_and_an_unlike_one_may_be_that_of_a_reporter(
    capsys: pytest.CaptureFixture[str],
) -> None:
    message = "no service matches 'bigqery': did you mean 'bigquery'?"
    assert message in hinomi(capsys, *ADD, "--service", "bigqery", status=2)
    assert "service dbt" in hinomi(capsys, *ADD, "--service", "dbt")


@pytest.mark.parametrize("rule", ["storage/*", "load/pubsub_backlog", "hinomi/*", "platform/lost_access", "report/dbt"])
def test_rules_of_the_folder_load_checks_built_in_rules_and_reports_can_be_silenced(
    capsys: pytest.CaptureFixture[str], rule: str
) -> None:
    assert f"rule {rule}" in hinomi(capsys, *ADD, "--rule", rule)


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (("--for", "2h", "--severity", "low"), "more than one service"),
        (("--for", "31d", "--service", "bigquery"), "31 days"),
        (("--for", "365d", "--kind", "job_failure"), "more than one service, 365 days"),
    ],
)
def test_a_broad_silence_is_confirmed_and_listed_with_a_warning(
    capsys: pytest.CaptureFixture[str], args: tuple[str, ...], reason: str
) -> None:
    command = ("silences", "add", "--reason", "load test", *args)
    assert f"mutes {reason}: narrow it, or confirm it with --yes" in hinomi(capsys, *command, status=2)
    assert json.loads(hinomi(capsys, "silences", "list", "--json")) == []
    hinomi(capsys, *command, "--yes")
    assert f"WARNING: silence 1 mutes {reason}" in hinomi(capsys, "silences", "list")


@pytest.mark.parametrize(
    ("args", "warning", "muted"),
    [
        (("--service", "bigquery", "--resource", "*"), "every resource of bigquery", 3),
        (("--rule", "storage/*"), "every resource of storage", 0),
        (("--resource", "*", "--yes"), "", 4),
    ],
)
def test_a_silence_of_a_whole_service_or_more_shows_first_what_it_would_have_muted(
    store: ErrorStore, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], warning: str, muted: int
) -> None:
    now = datetime.now(UTC)
    days = {"a": 20, "b": 20, "c": 20, "d": 40}
    record(store, *(finding(name, time=now - timedelta(days=ago), quiet_seconds=None) for name, ago in days.items()))
    record(store, finding("e", service="storage", time=now - timedelta(days=1)))
    shown, added = hinomi(capsys, *ADD, *args).split("silence 1 is active")
    assert warning in shown
    assert f"It would have muted {muted} of 4 incidents since" in shown
    assert "unresolved" in added


def test_a_silence_that_is_not_confirmed_shows_what_it_would_have_muted(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*ADD, "--resource", "etl-*"]) == 2
    out, err = capsys.readouterr()
    assert "It would have muted 0 of 0 incidents" in out
    assert "confirm it with --yes" in err


def test_an_ordinary_silence_has_no_warning(capsys: pytest.CaptureFixture[str]) -> None:
    hinomi(capsys, "silences", "add", "--reason", "x", "--for", "30d", "--rule", "functions/*")
    assert "WARNING" not in hinomi(capsys, "silences", "list")


def test_the_list_shows_what_is_muted(store: ErrorStore, capsys: pytest.CaptureFixture[str]) -> None:
    hinomi(capsys, *ADD, "--rule", "bigquery/*")
    with store.transaction(NOW) as transaction:
        table.count_suppressed(transaction.session, 1)
    shown = hinomi(capsys, "silences", "list")
    for fact in ("active", "in 2 h", "1", "rule bigquery/*", "load test", "carol"):
        assert fact in shown


@pytest.mark.both_databases
def test_an_expired_silence_is_listed_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    hinomi(capsys, *ADD, "--service", "bigquery")
    assert hinomi(capsys, "silences", "expire", "1") == "silence 1 has expired\n"
    assert hinomi(capsys, "silences", "list") == "No active silences.\n"
    assert "expired" in hinomi(capsys, "silences", "list", "--all")


def test_expiring_an_inactive_silence_is_invalid_input_and_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    hinomi(capsys, *ADD, "--service", "bigquery")
    assert "no active silence 2" in hinomi(capsys, "silences", "expire", "1", "2", status=2)
    assert len(json.loads(hinomi(capsys, "silences", "list", "--json"))) == 1


@pytest.mark.parametrize("form", ["2h", "a time"])
def test_a_silence_can_start_later(store: ErrorStore, capsys: pytest.CaptureFixture[str], form: str) -> None:
    starts = form if form == "2h" else (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    printed = hinomi(capsys, *ADD, "--service", "bigquery", "--resource", "orders", "--starts", starts)
    assert printed.startswith("silence 1 starts at 20")
    assert " for 2 h: service bigquery, resource orders" in printed
    now = datetime.now(UTC)
    with store.reading() as session:
        assert table.active(session, now) == []
        [later] = table.active(session, now + timedelta(hours=3))
    assert later.expires_at - later.starts_at == timedelta(hours=2)
    assert "starts in" in " ".join(hinomi(capsys, "silences", "list").split())


@pytest.mark.parametrize(
    ("starts", "message"),
    [
        ("2020-01-01T00:00", "invalid time '2020-01-01T00:00' for --starts: it is in the past"),
        ("tomorrow", "use a time such as 2026-11-30T22:00, or a duration from now"),
        ("500d", "--starts 500d is more than a year ahead"),
    ],
)
def test_a_start_that_cannot_be_is_rejected(capsys: pytest.CaptureFixture[str], starts: str, message: str) -> None:
    assert message in hinomi(capsys, *ADD, "--service", "bigquery", "--starts", starts, status=2)


def test_a_maintenance_window_recurs_and_the_list_shows_the_next_one(capsys: pytest.CaptureFixture[str]) -> None:
    every = ("--every", "sun 02:00-04:00", "--every", "daily 00:00-00:01", "--timezone", "Asia/Tokyo")
    printed = hinomi(capsys, "silences", "add", "--reason", "patches", "--service", "cloud_sql", *every)
    assert "\nsilence 1 is active every sun 02:00-04:00, daily 00:00-00:01 (Asia/Tokyo), next from" in printed
    listed = hinomi(capsys, "silences", "list")
    assert "daily 00:00-00:01" in listed
    assert "WARNING" not in listed
    [row] = json.loads(hinomi(capsys, "silences", "list", "--json"))
    assert row["recurrence"] == {"windows": ["sun 02:00-04:00", "daily 00:00-00:01"], "timezone": "Asia/Tokyo"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "use --for, such as --for 2h, or --every"),
        (("--every", "sunday"), "invalid window 'sunday'"),
        (("--every", "sun", "--timezone", "Tokyo"), "unknown time zone 'Tokyo'"),
    ],
)
def test_a_window_with_a_mistake_is_rejected(
    options: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    add = ("silences", "add", "--reason", "patches", "--service", "cloud_sql")
    assert message in hinomi(capsys, *add, *options, status=2)


def test_a_long_silence_is_named_before_it_expires(store: ErrorStore, capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime.now(UTC)
    with store.transaction(now) as transaction:
        for days in (3, 9):
            table.add(
                transaction.session,
                matcher={"service": ["bigquery"]},
                owner="alice",
                reason=f"{days} days left",
                starts_at=now - timedelta(days=25),
                expires_at=now + timedelta(days=days),
                now=now,
            )
            table.add(
                transaction.session,
                matcher={"service": ["bigquery"]},
                owner="alice",
                reason=f"long, {days} days left",
                starts_at=now - timedelta(days=28),
                expires_at=now + timedelta(days=days),
                now=now,
            )
    listed = hinomi(capsys, "silences", "list")
    assert [line.split(": ", 2)[2] for line in listed.splitlines() if " expires in " in line] == ["long, 3 days left"]
