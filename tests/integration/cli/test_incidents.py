"""`hinomi incidents` on a real Error DB."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from cli.app import run
from db.error_db import handler_rules, runs
from db.error_db.models import Incident
from db.error_db.store import ErrorStore
from handlers.spec import HandlerSpec
from shared.model import ErrorClass, Finding, IncidentKind, JobLinks, Mode, NextStep, Severity, Trigger

pytestmark = pytest.mark.sqlite

NOW = datetime.now(UTC).replace(microsecond=0)
HOSTILE = "\x1b]0;owned\x07 [red]x[/red] \u202e"


def finding(name: str, **changes: Any) -> Finding:
    made: dict[str, Any] = {
        "rule": "bigquery/job_failed",
        "title": "BigQuery job failed",
        "kind": IncidentKind.JOB_FAILURE,
        "severity": Severity.MEDIUM,
        "service": "bigquery",
        "resource": f"projects/example-project/jobs/{name}",
        "principal": "etl@example-project.iam.gserviceaccount.com",
        "summary": f"BigQuery job {name} failed: no such table",
        "fingerprint": name,
        "time": NOW - timedelta(hours=1),
        "event_key": name,
        "project": "example-project",
        "log_url": f"https://console.cloud.google.com/logs/{name}",
        "fields": {"protoPayload.status.code": 5},
        "elements": {"protoPayload.deltas": [{"action": "ADD", "member": "allUsers"}]},
        "labels": {"dag": "nightly"},
    }
    return Finding(**{**made, **changes})


def record(store: ErrorStore, *findings: Finding) -> list[int]:
    with store.transaction(NOW) as transaction:
        changes = [change for one in findings for change in transaction.record(one, redact=())]
    return [change.incident.id for change in changes]


@pytest.fixture(autouse=True)
def settings(error_db_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", error_db_url)
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.setattr("getpass.getuser", lambda: "carol")


def hinomi(capsys: pytest.CaptureFixture[str], *args: str, status: int = 0) -> str:
    assert run(args) == status
    out, err = capsys.readouterr()
    return str(out or err)


def listed(capsys: pytest.CaptureFixture[str], *args: str) -> list[str]:
    return [row["fingerprint"] for row in json.loads(hinomi(capsys, "incidents", "list", "--json", *args))]


def test_an_empty_database_has_no_incidents(capsys: pytest.CaptureFixture[str]) -> None:
    assert hinomi(capsys, "incidents", "list") == (
        "No incidents match (status open, acknowledged).\n"
        "No incident has been recorded yet: `hinomi doctor` shows whether log entries arrive.\n"
    )
    assert listed(capsys) == []


@pytest.mark.parametrize("width", [80, 140])
def test_the_list_shows_the_fault_of_each_incident(
    store: ErrorStore, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    record(store, finding("nightly", time=datetime.now(UTC) - timedelta(hours=1)))
    shown = hinomi(capsys, "incidents", "list")
    assert max(map(len, shown.splitlines())) <= width
    for fact in ("1", "open", "medium", "60 min ago", "bigquery", "nightly failed"):
        assert fact in shown


@pytest.mark.both_databases
def test_the_filters_of_the_list(store: ErrorStore, capsys: pytest.CaptureFixture[str]) -> None:
    record(
        store,
        finding("a", time=NOW - timedelta(days=3)),
        finding("b", service="storage", kind=IncidentKind.IRREGULAR_ACCESS, severity=Severity.HIGH),
        finding("c", project="other", time=NOW - timedelta(hours=2), error=ErrorClass.QUOTA),
    )
    assert run(["incidents", "ack", "3"]) == 0
    capsys.readouterr()
    assert listed(capsys) == ["b", "c", "a"]  # the worst, then the latest
    assert listed(capsys, "--status", "acknowledged") == ["c"]
    assert listed(capsys, "--status", "acknowledged", "--status", "open") == ["b", "c", "a"]
    assert listed(capsys, "--kind", "irregular_access") == ["b"]
    assert listed(capsys, "--service", "bigquery") == ["c", "a"]
    assert listed(capsys, "--severity", "high") == ["b"]
    assert listed(capsys, "--project", "other") == ["c"]
    assert listed(capsys, "--since", "24h") == ["b", "c"]
    assert listed(capsys, "--text", "JOB C") == ["c"]
    assert listed(capsys, "--limit", "1") == ["b"]
    assert listed(capsys, "--error", "quota") == ["c"]
    assert listed(capsys, "--error", "memory") == []


@pytest.mark.both_databases
def test_resolved_incidents_are_hidden_and_counted(store: ErrorStore, capsys: pytest.CaptureFixture[str]) -> None:
    record(store, finding("a"), finding("b"), finding("c", severity=Severity.CRITICAL))
    assert "not shown" not in hinomi(capsys, "incidents", "list")
    assert run(["incidents", "resolve", "1", "3", "--reason", "mended"]) == 0
    capsys.readouterr()
    assert listed(capsys) == ["b"]
    assert "2 resolved or closed incidents not shown: --all" in hinomi(capsys, "incidents", "list")
    assert "not shown" not in hinomi(capsys, "incidents", "list", "--service", "storage")
    assert listed(capsys, "--all")[0] == "b"
    assert sorted(listed(capsys, "--status", "resolved")) == ["a", "c"]
    assert "--status" in hinomi(capsys, "incidents", "list", "--all", "--status", "open", status=2)


def test_an_incident_is_shown_in_the_language_of_the_settings(
    store: ErrorStore, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {"title": "ジョブ失敗", "summary": "夜間ジョブが失敗"}
    record(store, finding("nightly", translations={"ja": texts}))
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    assert "夜間ジョブが失敗" in hinomi(capsys, "incidents", "list")
    page = hinomi(capsys, "incidents", "show", "1")
    assert page.count("夜間ジョブが失敗") == 2
    assert "ジョブ失敗" in page
    monkeypatch.setenv("HINOMI_LANGUAGE", "en")
    assert "夜間ジョブが失敗" not in hinomi(capsys, "incidents", "show", "1")


def test_show_says_what_to_do_next_while_the_incident_is_unresolved(
    store: ErrorStore, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = f"gcloud logging read 'labels.job=\"{'x' * 200}\"' --project=example-project"
    steps = (NextStep("Read the log.", "ログを確認します。", command), NextStep("Run it again.", "再実行します。"))
    record(store, finding("a", error=ErrorClass.MEMORY, next_steps=steps))
    page = hinomi(capsys, "incidents", "show", "1")
    assert (
        page.index("What next")
        < page.index("Read the log.")
        < page.index(f"\n  {command}\n")
        < page.index("Run it again.")
    )
    assert "memory" in page
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    japanese = hinomi(capsys, "incidents", "show", "1")
    assert "ログを確認します。" in japanese
    assert "メモリ不足" in japanese
    assert run(["incidents", "resolve", "1", "--reason", "x"]) == 0
    capsys.readouterr()
    assert command not in hinomi(capsys, "incidents", "show", "1")


def test_the_long_link_is_shown_once(store: ErrorStore, capsys: pytest.CaptureFixture[str]) -> None:
    link = "https://console.cloud.google.com/logs/query"
    record(store, *(finding("a", event_key=f"e{number}", log_url=link) for number in range(3)))
    assert hinomi(capsys, "incidents", "show", "1").count(link) == 1
    shown = json.loads(hinomi(capsys, "incidents", "show", "1", "--json"))
    assert [one["log_url"] for one in shown["occurrences"]] == [link] * 3


def test_links_to_unknown_hosts_are_omitted_and_their_hosts_named(
    store: ErrorStore, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    links = {"log_url": "https://evil.example/log", "labels": {"runbook": "https://wiki.example.com/x", "dag": "a"}}
    record(store, finding("a", **links))
    commands = (("show", "1"), ("show", "1", "--json"), ("list",), ("list", "--json"))
    shown = [hinomi(capsys, "incidents", *command) for command in commands]
    assert [link for link in ("https://evil", "https://wiki") if link in str(shown)] == []
    assert "not known: evil.example, wiki.example.com" in shown[0]
    monkeypatch.setenv("HINOMI_LINK_HOSTS", "*.example.com")
    shown = [hinomi(capsys, "incidents", *command) for command in commands]
    assert "https://wiki.example.com/x" in shown[0]
    assert "https://evil" not in str(shown)


@pytest.mark.parametrize("since", ["yesterday", "0h", "9999999d"])
def test_an_invalid_duration_is_invalid_input(capsys: pytest.CaptureFixture[str], since: str) -> None:
    assert since in hinomi(capsys, "incidents", "list", "--since", since, status=2)


@pytest.mark.parametrize("width", ["80", "140"])
def test_computed_evidence_has_times_in_the_zone_of_the_reader(
    store: ErrorStore, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: str
) -> None:
    monkeypatch.setenv("HINOMI_TIMEZONE", "Asia/Tokyo")
    monkeypatch.setenv("COLUMNS", width)
    record(store, finding("a", fields={"last_update": "2026-11-22T19:20:45.280468+00:00"}, elements={}))
    assert "2026-11-23 04:20 JST" in hinomi(capsys, "incidents", "show", "1")


def test_show_prints_every_detail(store: ErrorStore, capsys: pytest.CaptureFixture[str]) -> None:
    [number] = record(store, finding("nightly"))
    record(store, finding("nightly", event_key="2", time=datetime.now(UTC) - timedelta(minutes=5)))
    with store.transaction(NOW) as transaction:
        planned = runs.NewRun(
            incident_id=number, handler_rule="tell", trigger=Trigger.OPENED, cause="nightly", action="teams",
            target="default", params={}, mode=HandlerSpec("x", "teams").mode, reason="cooldown",
        )  # fmt: skip
        runs.add(transaction.session, planned, now=NOW)
    shown = hinomi(capsys, "incidents", "show", str(number))
    for fact in (
        "Incident 1", "BigQuery job failed", "2 times", "etl@example-project", "dag=nightly", "protoPayload.status.code",
        '{"action": "ADD", "member": "allUsers"}', "teams (tell)", "skipped", "cooldown", "console.cloud.google.com",
        "(5 min ago)", "UTC",
    ):  # fmt: skip
        assert fact in shown


def test_show_as_json_has_the_same_details(store: ErrorStore, capsys: pytest.CaptureFixture[str]) -> None:
    record(store, finding("nightly"))
    shown = json.loads(hinomi(capsys, "incidents", "show", "1", "--json"))
    assert sorted(shown) == ["alarm", "causes", "contributors", "incident", "occurrences", "ruled_out", "runs"]
    assert shown["incident"]["evidence"]["fields"] == {"protoPayload.status.code": 5}
    assert shown["incident"]["opened_at"] == (NOW - timedelta(hours=1)).isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize("columns", ["80", "140"])
def test_hostile_text_does_not_reach_the_terminal(
    store: ErrorStore, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    hostile = dict.fromkeys(("title", "service", "resource", "principal", "summary", "project", "log_url"), HOSTILE)
    record(store, finding("x", **hostile, fields={HOSTILE: HOSTILE}, elements={}, labels={HOSTILE: HOSTILE}))
    for args in (["list"], ["list", "--json"], ["show", "1"], ["show", "1", "--json"]):
        assert not set(hinomi(capsys, "incidents", *args)) & set("\x1b\x07\u202e")


@pytest.mark.parametrize("args", [["show", "7"], ["ack", "1", "7"], ["resolve", "7", "--reason", "x"]])
def test_an_unknown_incident_is_invalid_input_and_changes_nothing(
    store: ErrorStore, capsys: pytest.CaptureFixture[str], args: list[str]
) -> None:
    record(store, finding("nightly"))
    assert hinomi(capsys, "incidents", *args, status=2).startswith("hinomi: no incident 7")
    assert listed(capsys, "--status", "open") == ["nightly"]


@pytest.mark.parametrize("number", ["0", "-1", "99999999999999999999", "x"])
def test_an_impossible_id_is_invalid_input(capsys: pytest.CaptureFixture[str], number: str) -> None:
    assert hinomi(capsys, "incidents", "show", "--", number, status=2).count("\n") == 1


def test_acknowledging_records_the_person(store: ErrorStore, capsys: pytest.CaptureFixture[str]) -> None:
    record(store, finding("a"), finding("b"))
    assert hinomi(capsys, "incidents", "ack", "1", "2", "--by", "bob") == (
        "incident 1 is acknowledged by bob\nincident 2 is acknowledged by bob\n"
    )
    assert hinomi(capsys, "incidents", "ack", "1") == "incident 1 is already acknowledged: nothing changed\n"
    assert "by bob" in hinomi(capsys, "incidents", "show", "1")


def test_resolving_stores_the_reason_and_plans_the_runs_of_handler_rules(
    store: ErrorStore, capsys: pytest.CaptureFixture[str]
) -> None:
    record(store, finding("nightly"))
    rule = HandlerSpec("all-clear", "teams", on=(Trigger.RESOLVED,), params={"channel": "default"})
    with store.transaction(NOW) as transaction:
        handler_rules.replace(transaction.session, {rule.name: rule.as_dict()}, now=NOW)
    printed = hinomi(capsys, "incidents", "resolve", "1", "--reason", "table restored")
    assert printed == "incident 1 is resolved\n"
    detail = json.loads(hinomi(capsys, "incidents", "show", "1", "--json"))
    assert detail["incident"]["resolution"] == "carol: table restored"
    assert [(run["handler_rule"], run["trigger"], run["state"]) for run in detail["runs"]] == [
        ("all-clear", "resolved", "planned")
    ]
    again = hinomi(capsys, "incidents", "resolve", "1", "--reason", "again")
    assert again == "incident 1 is already resolved: nothing changed\n"


def test_the_number_of_a_merged_incident_leads_to_the_one_that_remains(
    store: ErrorStore, capsys: pytest.CaptureFixture[str]
) -> None:
    links = JobLinks("jobs", ("query",), ("task",)), JobLinks("jobs", ("task",), ("dag",)), JobLinks("jobs", ("dag",))
    query, task, dag = (
        finding(one.own[0], links=one, time=NOW - timedelta(hours=1) + timedelta(minutes=minute))
        for minute, one in enumerate(links)
    )
    record(store, query, dag)
    hinomi(capsys, "incidents", "ack", "2", "--by", "bob")
    record(store, task)
    with store.reading() as session:
        (remaining,) = session.scalars(select(Incident.id))
    number = str(3 - remaining)
    merged, *shown = hinomi(capsys, "incidents", "show", number).splitlines()
    assert merged == f"Incident {number} was merged into incident {remaining}, because both are the same fault."
    assert any(line.split() == ["merged", f"#{number}"] for line in shown)
    detail = json.loads(hinomi(capsys, "incidents", "show", number, "--json"))
    assert detail["incident"]["merged_numbers"] == [3 - remaining]
    already = f"incident {remaining} is already acknowledged: nothing changed"
    assert hinomi(capsys, "incidents", "ack", number, str(remaining)).splitlines() == [merged, already]
    over = hinomi(capsys, "incidents", "resolve", number, "--reason", "x").splitlines()
    assert over == [merged, f"incident {remaining} is resolved"]


def test_resolving_needs_a_reason(store: ErrorStore, capsys: pytest.CaptureFixture[str]) -> None:
    record(store, finding("nightly"))
    assert "--reason" in hinomi(capsys, "incidents", "resolve", "1", status=2)


def test_every_label_and_message_is_japanese(
    store: ErrorStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    record(store, finding("nightly"))
    printed = [
        hinomi(capsys, "incidents", "list"),
        hinomi(capsys, "incidents", "show", "1"),
        hinomi(capsys, "incidents", "ack", "1", "--by", "bob"),
        hinomi(capsys, "incidents", "resolve", "1", "--reason", "x"),
        hinomi(capsys, "incidents", "resolve", "1", "--reason", "x"),
    ]
    english = ("rule", "resource", "who", "What", "Occurrences", "incident ", "No ", "status", "open", "ago", "times")
    assert [(word, text) for text in printed for word in english if f" {word}" in f" {text}".replace("\n", "\n ")] == []
    assert printed[2] == "インシデント 1 を bob の担当 (対応中) にしました\n"
    assert printed[4] == "インシデント 1 はすでに「復旧」の状態です。変更はありません\n"


@pytest.mark.parametrize("columns", [80, 200])
def test_the_names_of_an_incident_are_complete_at_any_width(
    store: ErrorStore, columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    resource = "projects/example-project/jobs/nightly-aggregation-of-orders-and-returns-of-the-last-ten-years"
    [incident] = record(store, finding("long", resource=resource))
    assert run(["incidents", "show", str(incident)]) == 0
    assert any(line.rstrip().endswith(resource) for line in capsys.readouterr().out.splitlines())


def test_a_false_alarm_is_resolved_and_shows_who_says_so(store: ErrorStore, capsys: pytest.CaptureFixture[str]) -> None:
    record(store, finding("a", kind=IncidentKind.LOAD_ISSUE), finding("b"))
    assert "False alarms of this rule in 90 days: none judged yet" in hinomi(capsys, "incidents", "show", "1")
    assert hinomi(capsys, "incidents", "ack", "2")
    mark = ("incidents", "false-alarm", "1", "--reason", "planned", "--by", "bob")
    assert hinomi(capsys, *mark) == "incident 1 is a false alarm\n"
    assert "already marked" in hinomi(capsys, *mark)
    shown = " ".join(hinomi(capsys, "incidents", "show", "1").split())
    assert "by bob: planned" in shown
    assert "False alarms of this rule in 90 days: 1 of 2 judged" in shown
    assert "False alarms" not in hinomi(capsys, "incidents", "show", "2")  # which is not about load
    alarms = [json.loads(hinomi(capsys, "incidents", "show", number, "--json"))["alarm"] for number in ("1", "2")]
    assert alarms == [{"usual_low": None, "usual_high": None, "unit": "", "judged": 2, "false": 1}, None]
    assert "bob: false alarm (planned)" in shown
    assert "no longer marked" in hinomi(capsys, "incidents", "false-alarm", "1", "--undo")
    assert "is not marked" in hinomi(capsys, "incidents", "false-alarm", "1", "--undo")


def test_a_person_prepares_the_run_of_a_rule_for_an_incident(
    store: ErrorStore, capsys: pytest.CaptureFixture[str]
) -> None:
    job = {"resource": "projects/example-project/jobs/slow", "labels": {"job": "slow", "location": "EU"}}
    record(store, finding("slow", **job))
    rule = HandlerSpec("cancel", "cancel_bigquery_job", mode=Mode.AUTO, params={"running_minutes": 60})
    with store.transaction(NOW) as transaction:
        handler_rules.replace(transaction.session, {rule.name: rule.as_dict()}, NOW)
    assert "waits for approval" in hinomi(capsys, "handlers", "run", "cancel", "1", "--by", "bob")
    assert "is planned already" in hinomi(capsys, "handlers", "run", "cancel", "1", status=2)
    assert "no incident 7" in hinomi(capsys, "handlers", "run", "cancel", "7", status=2)
    with store.reading() as session:
        (planned,) = runs.of_incident(session, 1)
    assert (planned.approval or {})["asked_by"] == "bob"


def test_feedback_on_a_late_job_shows_its_effect_and_is_stored(
    store: ErrorStore, capsys: pytest.CaptureFixture[str]
) -> None:
    record(store, finding("late", rule="jobs/run_late"), finding("other"))
    listed = hinomi(capsys, "incidents", "feedback", "1").splitlines()
    assert listed == [
        "expected: 0 of 1 alarm of the last 90 days remains",
        "new-normal: 0 of 1 alarm of the last 90 days remains",
        "never: 0 of 1 alarm of the last 90 days remains",
        "real: keeps the only alarm of the last 90 days",
    ]
    message = hinomi(capsys, "incidents", "feedback", "1", "new-normal", "--reason", "later data", "--by", "bob")
    assert message == "#1: new normal from now on; 0 of 1 alarm of the last 90 days remains.\n"
    assert "bob: false alarm (new normal from now on: later data)" in " ".join(
        hinomi(capsys, "incidents", "show", "1").split()
    )
    assert "no longer applies" in hinomi(capsys, "incidents", "feedback", "1", "--undo")
    assert run(["incidents", "feedback", "1", "odd"]) == 2
    assert run(["incidents", "feedback", "2", "never"]) == 2
    assert "false-alarm" in capsys.readouterr().err
