"""Each form in which Google delivers an entry, at both entry points, leaves the same rows on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from cloudevents.conversion import to_json
from cloudevents.http import from_http
from sqlalchemy import select

from db.error_db.models import Incident, Occurrence, RecoveryRow, RejectedMessage
from db.error_db.models.base import ErrorBase
from db.error_db.store import ErrorStore
from demo import entries
from main import Application
from shared.config import ROOT
from tests.support.findings import NOON
from tests.support.function_process import push_body
from tests.support.world import application_on

NOW = NOON + timedelta(hours=1)
RULES = ("storage/bucket_made_public", "functions/run_job_failed")
RECEIPT = {"id", "incident_id", "received_at", "body", "digest"}
HEAD = {"specversion": "1.0", "time": NOON.isoformat()}
PUBSUB = {
    **HEAD,
    "source": "//pubsub.googleapis.com/projects/p/topics/t",
    "type": "google.cloud.pubsub.topic.v1.messagePublished",
}
AUDIT = {
    **HEAD,
    "source": "//cloudaudit.googleapis.com/projects/p/logs/activity",
    "type": "google.cloud.audit.log.v1.written",
}
Request = tuple[dict[str, str], bytes]


def push(entry: Any, number: str) -> Request:
    return {}, push_body(entry, number, publishTime=NOON.isoformat())


def binary(event: Mapping[str, str], body: bytes, number: str) -> Request:
    named = {f"ce-{name}": value for name, value in {**event, "id": number}.items()}
    return {"content-type": "application/json", **named}, body


def structured(event: Mapping[str, str], data: Any, number: str) -> Request:
    document = {**event, "id": number, "datacontenttype": "application/json", "data": data}
    return {"content-type": "application/cloudevents+json"}, json.dumps(document).encode()


FORMS: dict[str, Callable[[Any, str], Request]] = {
    "a Pub/Sub event, binary": lambda entry, number: binary(PUBSUB, push(entry, number)[1], number),
    "a Pub/Sub event, structured": lambda entry, number: structured(PUBSUB, json.loads(push(entry, number)[1]), number),
    "an audit event of Eventarc, binary": lambda entry, number: binary(AUDIT, json.dumps(entry).encode(), number),
    "an audit event of Eventarc, structured": lambda entry, number: structured(AUDIT, entry, number),
}


def sent() -> list[Any]:
    """Entries of shipped rules, one with null in optional fields, one from another log, and values that are not log entries."""
    listed: list[Any] = [{"a": 1}, {"logName": 1, "textPayload": "x"}]
    for rule in RULES:
        cases = json.loads((ROOT / f"rules/{rule}.examples.json").read_text())
        listed += [
            entry for kind in ("match", "recovery") for case in cases.get(kind, ())[:1] for entry in case["entries"]
        ]
    public = entries.bucket_policy(
        NOON, "b", [{"action": "ADD", "role": "roles/x", "member": "allUsers"}], "carol@example.com"
    )
    return [
        *listed,
        {**public, "operation": None, "labels": None, "trace": None},
        {**public, "logName": "projects/p/logs/mine"},
    ]


def rows(store: ErrorStore) -> list[Any]:
    """The rows of the Error DB without ids and times of receipt; empties the tables."""
    with store.transaction(NOW) as transaction:
        session = transaction.session
        found = [
            (table.__tablename__, {name: value for name, value in row.items() if name not in RECEIPT})
            for table in (Incident, Occurrence, RecoveryRow, RejectedMessage)
            for row in session.execute(select(*table.__table__.columns).order_by(table.id)).mappings()
        ]
        for each in reversed(ErrorBase.metadata.sorted_tables):
            session.execute(each.delete())
    return found


def handled(application: Application, requests: list[Request], *, event: bool) -> None:
    for headers, body in requests:
        data = bytes(to_json(from_http(headers, body))) if event else body  # as the entry point of CloudEvents has it
        application.pipeline.handle(data, NOW, headers={} if event else headers)


def test_every_form_at_every_entry_point_leaves_the_same_rows(store: ErrorStore) -> None:
    application = application_on(store)
    messages = [(entry, str(number)) for number, entry in enumerate(sent())]
    handled(application, [push(*message) for message in messages], event=False)
    expected = rows(store)
    assert {name for name, _ in expected} == {"incidents", "occurrences", "recoveries", "rejected_messages"}
    for form, request in FORMS.items():
        for event in (True,) if "Pub/Sub" in form else (False, True):
            handled(application, [request(*message) for message in messages], event=event)
            assert rows(store) == expected, (form, event)
