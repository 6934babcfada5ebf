"""Calls by Hinomi's service accounts, and action runs that may explain them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from db.error_db import runs
from db.error_db.models import Incident
from db.error_db.runs import FinishedRun
from demo import entries
from main import Application
from shared import config
from shared.model import Mode, Trigger
from tests.support.findings import NOON
from tests.support.function_process import push_body

HOME = "example-project.iam.gserviceaccount.com"
METRICS, HISTORY = f"hinomi-metrics@{HOME}", f"hinomi-history@{HOME}"
BUCKET, ROLE = "example-exports", "roles/storage.objectViewer"
ALICE = {"firstPartyPrincipal": {"principalEmail": "alice@example.com"}}


@contextmanager
def application_on(url: str) -> Iterator[Application]:
    """An installation with two service accounts and a copy of the history in BigQuery."""
    accounts = f"{METRICS},{HISTORY}"
    copy = "example-project.hinomi_history"
    environment = {
        "HINOMI_ERROR_DB_URL": url,
        "HINOMI_SERVICE_ACCOUNTS": accounts,
        "HINOMI_BIGQUERY_HISTORY": copy,
        "HINOMI_PROJECTS": "example-project",
    }
    found = Application(config.load(environment))
    yield found
    found.store().engine.dispose()


def removal(action: str = "REMOVE", principal: str = METRICS, **payload: Any) -> entries.Entry:
    delta = {"action": action, "role": "roles/storage.objectViewer", "member": "allUsers"}
    made = entries.bucket_policy(NOON, BUCKET, [delta], principal)
    return {**made, "protoPayload": {**made["protoPayload"], **payload}}


def by(email: str, **who: Any) -> dict[str, Any]:
    return {"authenticationInfo": {"principalEmail": email, **who}}


def send(application: Application, entry: entries.Entry, *, minutes: float = 0) -> None:
    time = NOON + timedelta(minutes=minutes)
    application.pipeline.handle(push_body({**entry, "timestamp": time.isoformat()}), time)


def run(application: Application, target: str = BUCKET, action: str = "remove_iam_member") -> None:
    """Records a repair of the bucket, or of another target, that ended after five minutes."""
    send(application, removal("ADD", "carol@example.com"))
    with application.store().transaction(NOON) as transaction:
        change = runs.NewRun(1, "r", Trigger.OPENED, "c", action, target, {}, Mode.AUTO)
        number = runs.add(transaction.session, change, now=NOON)
        assert number is not None
        runs.claim(transaction.session, number, owner="w", now=NOON, lease=timedelta(minutes=5))
        end = NOON + timedelta(minutes=5)
        runs.finish(transaction.session, number, FinishedRun("done"), owner="w", now=end)


def begun(application: Application, action: str, target: str, resource: str) -> None:
    """Records a run that has begun and not ended; its plan names this resource."""
    send(application, removal("ADD", "carol@example.com"))
    plan = {"calls": [], "details": {"resource": resource}}
    with application.store().transaction(NOON) as transaction:
        change = runs.NewRun(1, "r", Trigger.OPENED, "c", action, target, {}, Mode.AUTO)
        number = runs.add(transaction.session, change, now=NOON)
        assert number is not None
        runs.claim(transaction.session, number, owner="w", now=NOON, lease=timedelta(minutes=5))
        runs.begin(transaction.session, number, owner="w", plan=plan, undo=None, lease_until=NOON)


def misused(application: Application) -> list[Incident]:
    with application.store().reading() as session:
        return list(session.scalars(select(Incident).where(Incident.rule == "hinomi/account_misused")))


DATA_ACCESS = "projects/example-project/logs/cloudaudit.googleapis.com%2Fdata_access"


def read(method: str, permission: str, principal: str = METRICS, **payload: Any) -> entries.Entry:
    """An entry of the Data Access logs about a call."""
    names: dict[str, Any] = {"methodName": method, "authorizationInfo": [{"permission": permission, "granted": True}]}
    made = removal(principal=principal)
    return {
        **made,
        "logName": DATA_ACCESS,
        "protoPayload": {**made["protoPayload"], "serviceData": {}, **names, **payload},
    }
