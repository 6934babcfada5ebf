"""The whole pipeline in one process, on real databases: from a message to the database rows."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

import main
from db.error_db import handler_rules, runs, silences
from db.error_db.models import ActionRun, Incident, Occurrence, RejectedMessage
from db.error_db.runs import FinishedRun
from demo import entries
from handlers.spec import HandlerSpec
from main import Application
from shared import config
from shared.errors import TransientError
from shared.model import Mode, Trigger
from tests.support.function_process import free_port, push_body

pytestmark = pytest.mark.sqlite

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OWN = "hinomi@example-project.iam.gserviceaccount.com"
CAROL = "carol@example.com"


@pytest.fixture
def application(error_db_url: str) -> Iterator[Application]:
    found = Application(config.load({"HINOMI_ERROR_DB_URL": error_db_url, "HINOMI_SERVICE_ACCOUNTS": OWN}))
    yield found
    found.store().engine.dispose()


def send(application: Application, data: Any, *, minutes: float = 0, message_id: str = "1") -> str:
    return application.pipeline.handle(push_body(data, message_id), NOW + timedelta(minutes=minutes))


def count(engine: Engine, table: type) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def incident(engine: Engine) -> Any:
    with engine.connect() as connection:
        return connection.execute(select(Incident.__table__)).one()


def public_bucket(principal: str) -> entries.Entry:
    delta = {"action": "ADD", "role": "roles/storage.objectViewer", "member": "allUsers"}
    return entries.bucket_policy(NOW, "example-exports", [delta], principal)


def test_each_event_of_a_batch_is_processed(application: Application, engine: Engine) -> None:
    pushed = [push_body(public_bucket(CAROL)), push_body({"textPayload": "x", "logName": "projects/p/logs/x"})]
    unwrapped = [json.dumps(entries.airflow_task(NOW, "mart", "merge", "run-1", "FAILED", attempt=3)).encode()]
    body = b"[" + b", ".join([*pushed, *unwrapped, b'{"a": 1}']) + b"]"
    answer = application.pipeline.handle(body, NOW)
    assert answer.startswith("incident 1 opened, no rule matches, incident 2 opened, rejected: ")
    assert (count(engine, Occurrence), count(engine, RejectedMessage)) == (3, 1)


@pytest.mark.parametrize(
    ("environment", "output"),
    [({"K_SERVICE": "x"}, True), ({"K_SERVICE": "x", "HINOMI_SERVICE_ACCOUNTS": OWN}, False), ({}, False)],
)
def test_a_loop_guard_without_its_own_names_warns_at_the_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, environment: dict[str, str], output: bool
) -> None:
    monkeypatch.setattr(main, "_application", None)
    for name in ("K_SERVICE", "HINOMI_SERVICE_ACCOUNTS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    main.application()
    assert ("HINOMI_SERVICE_ACCOUNTS" in capsys.readouterr().out) is output


def test_an_entry_that_matches_nothing_does_not_open_the_database() -> None:
    away = f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none"
    application = Application(config.load({"HINOMI_ERROR_DB_URL": away}))
    assert send(application, {"logName": "l", "resource": {}, "textPayload": "all is well"}) == "no rule matches"


def test_an_unavailable_database_is_a_transient_error() -> None:
    away = f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none"
    application = Application(config.load({"HINOMI_ERROR_DB_URL": away}))
    with pytest.raises(TransientError):
        send(application, public_bucket(CAROL))


@pytest.mark.both_databases
def test_an_incident_is_recorded_with_its_planned_runs_or_not_at_all(
    application: Application, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = HandlerSpec(name="card", action="teams").as_dict()
    with application.store().transaction(NOW) as transaction:
        handler_rules.replace(transaction.session, {"card": card}, NOW)

    def fail(*_: Any) -> None:
        raise TransientError("the function is stopped between the two")

    with monkeypatch.context() as stopped:
        stopped.setattr("handlers.plan.plan", fail)
        with pytest.raises(TransientError):
            send(application, public_bucket(CAROL))
    assert (count(engine, Incident), count(engine, Occurrence), count(engine, ActionRun)) == (0, 0, 0)
    send(application, public_bucket(CAROL))
    assert (count(engine, Incident), count(engine, Occurrence), count(engine, ActionRun)) == (1, 1, 1)


def test_a_read_that_an_action_in_use_declares_opens_no_incident(application: Application, engine: Engine) -> None:
    repair(application)
    read = entries.object_read(NOW, "another-bucket", "x", OWN)
    read["protoPayload"]["authorizationInfo"][0]["permission"] = "storage.buckets.getIamPolicy"
    assert send(application, read) == "recorded"
    assert count(engine, Incident) == 1


def test_the_same_read_is_an_incident_if_no_action_in_use_declares_it(application: Application, engine: Engine) -> None:
    read = entries.object_read(NOW, "example-exports", "x", OWN)
    read["protoPayload"]["authorizationInfo"][0]["permission"] = "storage.buckets.getIamPolicy"
    assert send(application, read) == "incident 1 opened"
    assert count(engine, Incident) == 1


def repair(application: Application, *, action: str = "remove_iam_member", target: str = "example-exports") -> None:
    """Records an action run that is changing the bucket at this moment."""
    send(application, public_bucket(CAROL), message_id="0")
    with application.store().transaction(NOW) as transaction:
        change = runs.NewRun(1, "r", Trigger.OPENED, "c", action, target, {}, Mode.AUTO)
        run_id = runs.add(transaction.session, change, now=NOW)
        assert run_id is not None
        runs.claim(transaction.session, run_id, owner="w", now=NOW, lease=timedelta(minutes=5))


def removal(bucket: str = "example-exports") -> entries.Entry:
    delta = {"action": "REMOVE", "role": "roles/storage.objectViewer", "member": "allUsers"}
    return entries.bucket_policy(NOW, bucket, [delta], OWN)


@pytest.mark.both_databases
def test_what_an_action_run_changes_is_explained_by_it(application: Application, engine: Engine) -> None:
    repair(application)
    assert send(application, removal()) == "recorded"
    assert count(engine, Incident) == 1


@pytest.mark.both_databases
@pytest.mark.parametrize("entry", [removal("another-bucket"), public_bucket(OWN)], ids=["elsewhere", "without a run"])
def test_a_change_by_hinomis_account_that_no_run_explains_is_an_incident(
    application: Application, engine: Engine, entry: entries.Entry
) -> None:
    if entry["resource"]["labels"]["bucket_name"] == "another-bucket":
        repair(application)
    send(application, entry)
    with engine.connect() as connection:
        found = connection.execute(select(Incident.rule, Incident.severity)).all()
    assert ("hinomi/account_misused", "high") in {tuple(row) for row in found}


@pytest.mark.both_databases
def test_a_run_that_ended_long_ago_explains_nothing(application: Application, engine: Engine) -> None:
    repair(application)
    with application.store().transaction(NOW) as transaction:
        runs.finish(transaction.session, 1, FinishedRun("done"), owner="w", now=NOW)
    late = {**removal(), "timestamp": (NOW + timedelta(hours=2)).isoformat()}
    send(application, late, minutes=121)
    assert count(engine, Incident) == 2


def test_the_same_change_by_a_person_opens_an_incident(application: Application, engine: Engine) -> None:
    assert send(application, public_bucket(CAROL)).endswith("opened")
    assert incident(engine).principal == CAROL


def test_a_change_that_adds_one_member_and_removes_a_public_one_does_not_fire(
    application: Application, engine: Engine
) -> None:
    deltas = [
        {"action": "ADD", "role": "roles/storage.objectViewer", "member": "user:bob@example.com"},
        {"action": "REMOVE", "role": "roles/storage.objectViewer", "member": "allUsers"},
    ]
    send(application, entries.bucket_policy(NOW, "example-exports", deltas, CAROL))
    assert count(engine, Incident) == 0


def split(entry: entries.Entry, request: list[dict[str, Any]]) -> list[entries.Entry]:
    """Splits the entry into one part per piece of its request."""
    parts = []
    for index, piece in enumerate(request):
        place = {"uid": "split-1", "totalSplits": len(request)} | ({"index": index} if index else {})
        payload = entry["protoPayload"] | {"request": piece}
        parts.append(entry | {"insertId": f"{entry['insertId']}-{index}", "split": place, "protoPayload": payload})
    return parts


def open_firewall() -> list[entries.Entry]:
    """The entry of a firewall rule, split so that its source range and its ports are in different parts."""
    entry = entries.audit_entry(
        NOW,
        "activity",
        "NOTICE",
        "gce_firewall_rule",
        {"firewall_rule_id": "1"},
        serviceName="compute.googleapis.com",
        methodName="v1.compute.firewalls.insert",
        resourceName="projects/example-project/global/firewalls/allow-all",
        operation={"id": "op-1", "producer": "compute.googleapis.com", "first": True},
        **entries.caller(CAROL),
    )
    ranges = {"name": "allow-all", "direction": "INGRESS", "sourceRanges": ["0.0.0.0/0"]}
    return split(entry, [ranges, {"alloweds": [{"IPProtocol": "tcp", "ports": ["22"]}]}])


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_split_entry_is_one_event_when_its_parts_are_complete(
    application: Application, engine: Engine, order: tuple[int, int]
) -> None:
    parts = open_firewall()
    assert send(application, parts[order[0]]) == "recorded"
    assert send(application, parts[order[1]]).endswith("opened")
    assert send(application, parts[order[0]], message_id="again") == "recorded"
    assert count(engine, Occurrence) == 1


def test_a_split_entry_that_stays_incomplete_is_read_by_the_sweep(application: Application, engine: Engine) -> None:
    entry = public_bucket(CAROL)
    send(application, split(entry, [{"a": "1"}, {"b": "2"}])[0])
    assert count(engine, Incident) == 0
    send(application, {"tick": "sweep"}, minutes=60)
    assert incident(engine).rule == "storage/bucket_made_public"


def creation(now: datetime, **outcome: Any) -> entries.Entry:
    return entries.audit_entry(
        now,
        "activity",
        "ERROR" if "status" in outcome else "NOTICE",
        "gce_instance",
        {"instance_id": "77", "zone": "europe-west1-b"},
        serviceName="compute.googleapis.com",
        methodName="v1.compute.instances.insert",
        resourceName="projects/example-project/zones/europe-west1-b/instances/etl-9",
        **outcome,
    )


@pytest.mark.parametrize("first_comes_first", [True, False])
def test_the_two_entries_of_a_long_operation_are_one_event_with_its_principal(
    application: Application, engine: Engine, *, first_comes_first: bool
) -> None:
    operation = {"id": "op-9", "producer": "compute.googleapis.com"}
    first = creation(NOW, operation=operation | {"first": True}, **entries.caller(CAROL))
    failure = {"code": 8, "message": "QUOTA_EXCEEDED"}
    last = creation(NOW + timedelta(seconds=9), operation=operation | {"last": True}, status=failure)
    for entry in (first, last) if first_comes_first else (last, first):
        send(application, entry)
    assert count(engine, Occurrence) == 1
    if first_comes_first:
        assert incident(engine).principal == CAROL


def test_a_notification_of_cloud_monitoring_opens_and_closes(application: Application, engine: Engine) -> None:
    started = int(NOW.timestamp())
    output = {
        "incident_id": "0.a",
        "state": "open",
        "policy_name": "CPU",
        "condition_name": "high",
        "started_at": started,
    }
    send(application, {"version": "1.2", "incident": output})
    assert incident(engine).status == "open"
    send(application, {"version": "1.2", "incident": output | {"state": "closed", "ended_at": started + 60}})
    assert incident(engine).status == "resolved"


@pytest.mark.both_databases
def test_a_rejected_message_that_is_delivered_again_is_one_event(application: Application, engine: Engine) -> None:
    for minutes in (0, 5, 30, 90):
        assert send(application, {"report": "nobody", "job": "x", "state": "ok"}, minutes=minutes).startswith(
            "rejected"
        )
    assert (count(engine, RejectedMessage), count(engine, Occurrence)) == (1, 1)
    assert incident(engine).rule == "hinomi/message_rejected"


def test_another_rejected_message_is_another_event(application: Application, engine: Engine) -> None:
    for number, minutes in enumerate((0, 30)):
        send(application, {"report": "nobody", "job": "x"}, minutes=minutes, message_id=str(number))
    assert (count(engine, RejectedMessage), incident(engine).occurrence_count) == (2, 2)


def test_a_report_with_an_invalid_field_is_stored_as_rejected(application: Application, engine: Engine) -> None:
    assert send(application, {"report": "dq", "job": ["no", "text"], "state": "failed"}).startswith("rejected")
    assert count(engine, RejectedMessage) == 1


def deep(levels: int) -> dict[str, Any]:
    """One part of a split audit entry, with a deeply nested request."""
    request: dict[str, Any] = {}
    for _ in range(levels):
        request = {"a": request}
    split = {"uid": "u", "index": 0, "totalSplits": 1}
    return {"logName": "projects/example-project/logs/x", "protoPayload": {"request": request}, "split": split}


@pytest.mark.parametrize(
    "poison",
    [
        deep(900),
        {"textPayload": "x", "timestamp": "0001-01-01T00:00:00+23:00"},
        {"version": "1.2", "incident": {"incident_id": "0.abc"}},
    ],
    ids=["deep", "time", "state"],
)
def test_a_message_that_no_redelivery_can_fix_is_stored_as_rejected(
    application: Application, engine: Engine, poison: dict[str, Any]
) -> None:
    assert send(application, poison).startswith("rejected")
    assert count(engine, RejectedMessage) == 1


def test_a_split_part_with_an_invalid_index_is_accepted(application: Application) -> None:
    assert send(application, deep(3) | {"split": {"uid": "u", "index": 2**63, "totalSplits": -1}}) == "recorded"


@pytest.mark.both_databases
def test_an_incident_that_went_quiet_is_closed_by_the_sweep(application: Application, engine: Engine) -> None:
    where = {"bucket_name": "example-scratch", "location": "eu"}
    names = {"serviceName": "storage.googleapis.com", "methodName": "storage.buckets.delete"}
    resource = {"resourceName": "projects/_/buckets/example-scratch", "status": {}}
    send(
        application,
        entries.audit_entry(
            NOW, "activity", "NOTICE", "gcs_bucket", where, **names, **resource, **entries.caller(CAROL)
        ),
    )
    send(application, {"tick": "sweep"}, minutes=10)
    assert incident(engine).status == "open"
    send(application, {"tick": "sweep"}, minutes=60 * 24 * 30)
    assert incident(engine).status == "resolved"


@pytest.mark.both_databases
def test_a_muted_card_is_planned_by_the_sweep(application: Application, engine: Engine) -> None:
    spec = HandlerSpec(name="card", action="teams").as_dict()
    with application.store().transaction(NOW) as transaction:
        handler_rules.replace(transaction.session, {"card": spec}, NOW)
        ends = NOW + timedelta(minutes=30)
        silences.add(transaction.session, matcher={}, owner="a", reason="r", starts_at=NOW, expires_at=ends, now=NOW)
    send(application, public_bucket(CAROL))
    send(application, {"tick": "sweep"}, minutes=40)
    with engine.connect() as connection:
        causes = connection.scalars(select(ActionRun.cause).where(ActionRun.state != "skipped")).all()
    assert [cause.endswith("|again") for cause in causes] == [True]
