"""A week of a platform for reports: incidents, remediations and rejected messages in the Error DB, runs in the Schema DB."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from db.error_db.models import ActionRun, HandlerRuleVersion, Incident, Occurrence, RejectedMessage
from db.error_db.store import ErrorStore
from db.schema_db.models import Snapshot
from db.schema_db.store import SchemaStore
from shared.model import IncidentKind, JobState, Severity
from tests.support.runs import keep, run

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
SENDS = datetime(2026, 11, 23, 7, tzinfo=UTC)
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
TITLES = {
    "composer/task_failed": ("Airflow task failed", "Airflow タスクが失敗"),
    "bigquery/job_failed": ("BigQuery job failed", "BigQuery ジョブが失敗"),
    "storage/bucket_made_public": ("Bucket made public", "バケットが公開された"),
    "hinomi/channel_broken": ("A notification channel is broken", "通知チャネルが不通"),
}


def add_incident(session: Session, opened: datetime, rule: str = "bigquery/job_failed", **values: Any) -> Incident:
    """Adds an incident with one occurrence, which was recorded four seconds after it began."""
    title, japanese = TITLES.get(rule, (rule, rule))
    number = session.query(Incident).count() + 1
    given: dict[str, Any] = {
        "fingerprint": f"{number:032d}",
        "rule": rule,
        "title": title,
        "kind": IncidentKind.JOB_FAILURE,
        "severity": Severity.MEDIUM,
        "service": rule.partition("/")[0],
        "project": "example-project",
        "resource": f"example-project/job_{number}",
        "principal": "",
        "summary": "failed",
        "status": "resolved" if values.get("resolved_at") else "open",
        "opened_at": opened,
        "last_seen_at": opened,
        "received_at": opened + timedelta(seconds=4),
        "occurrence_count": 1,
        "unrepaired": {},
        "labels": {},
    }
    incident = Incident(**{**given, **values})
    session.add(incident)
    session.flush()
    session.add(
        Occurrence(
            incident_id=incident.id,
            rule=rule,
            fingerprint=incident.fingerprint,
            event_key=f"e{number}",
            severity=incident.severity,
            time=opened,
            received_at=incident.received_at,
            message_id="",
            log_name="",
            insert_id="",
            log_url="",
            principal="",
            summary="failed",
            evidence={"translations": {"ja": {"title": japanese}}},
        )
    )
    return incident


def add_remediation(session: Session, incident: Incident, finished: datetime, **values: Any) -> ActionRun:
    """Adds a remediation that changed something."""
    given: dict[str, Any] = {
        "incident_id": incident.id,
        "handler_rule": "clear-airflow-task",
        "trigger": "opened",
        "cause": f"c{incident.id}",
        "action": "clear_airflow_task",
        "target": "composer/load.merge",
        "params": {},
        "mode": "auto",
        "state": "done",
        "not_before": finished,
        "created_at": finished,
        "finished_at": finished,
        "details": {},
    }
    made = ActionRun(**{**given, **values})
    session.add(made)
    return made


def add_rejected(session: Session, received: datetime, reason: str = "neither JSON nor a Pub/Sub message") -> None:
    """Adds a rejected message."""
    number = session.query(RejectedMessage).count()
    session.add(
        RejectedMessage(
            message_id=f"m{number}", digest="d", reason=reason, body=b"x", attributes={}, received_at=received
        )
    )


def installed(session: Session, at: datetime) -> None:
    """Records that Hinomi was installed at this time."""
    session.add(HandlerRuleVersion(changed_at=at, changed_by="", source="file", note="", rules=[], defaults={}))


def fill(store: ErrorStore) -> None:
    """Fills the Error DB with two weeks: the week of MONDAY, and a quieter one before."""
    with store.transaction(SENDS) as transaction:
        session = transaction.session
        installed(session, MONDAY - 30 * DAY)
        add_incident(session, MONDAY - 3 * DAY, resolved_at=MONDAY - 3 * DAY + 20 * MINUTE, resolved_by="person")
        _add_task_failures(session)
        _add_fixed(session)
        add_incident(
            session,
            MONDAY + 4 * DAY,
            acknowledged_at=MONDAY + 4 * DAY + 6 * MINUTE,
            acknowledged_by="alice@example.com",
            status="acknowledged",
            unrepaired={"bquxjob_1": (MONDAY + 4 * DAY).isoformat()},
            labels={"job": "stock_load"},
        )
        add_incident(session, MONDAY + 5 * DAY, severity=Severity.CRITICAL, resource="example-project/orders_load")
        add_incident(session, MONDAY + 6 * DAY, resolved_at=MONDAY + 6 * DAY + 6 * HOUR, resolved_by="quiet")
        add_incident(
            session,
            MONDAY + 6 * DAY + HOUR,
            "hinomi/channel_broken",
            resource="teams:data",
            resolved_at=MONDAY + 6 * DAY + 3 * HOUR,
            resolved_by="recovery",
        )
        add_rejected(session, MONDAY + DAY)
        add_rejected(session, MONDAY + DAY + HOUR)


def _add_task_failures(session: Session) -> None:
    """Adds nine failures of one task, each repaired by a later run."""
    for number in range(9):
        opened = MONDAY + number % 6 * DAY + number * HOUR
        add_incident(
            session,
            opened,
            "composer/task_failed",
            resolved_at=opened + (number + 3) * MINUTE,
            resolved_by="recovery",
            resource="composer/load_mart.merge_daily",
        )


def _add_fixed(session: Session) -> None:
    """Adds a failed task and a public bucket, both repaired by remediations."""
    fixed = add_incident(
        session,
        MONDAY + 2 * DAY,
        "composer/task_failed",
        resolved_at=MONDAY + 2 * DAY + 9 * MINUTE,
        resolved_by="recovery",
    )
    add_remediation(session, fixed, MONDAY + 2 * DAY + 2 * MINUTE)
    closed = add_incident(
        session,
        MONDAY + 3 * DAY,
        "storage/bucket_made_public",
        severity=Severity.HIGH,
        resolved_at=MONDAY + 3 * DAY + MINUTE,
        resolved_by="repair",
    )
    add_remediation(
        session, closed, MONDAY + 3 * DAY + MINUTE, handler_rule="close-public-access", action="remove_iam_member"
    )


def fill_history(store: SchemaStore) -> None:
    """Fills the Schema DB with five weeks of BigQuery runs.

    One job became slower, one fails, and the last week costs more than the week before.
    """
    with store.transaction() as session:
        for collector in ("bigquery.jobs", "iam.bindings"):
            session.add(
                Snapshot(
                    collector=collector,
                    scope="projects/example-project",
                    slot=SENDS,
                    state="done",
                    taken_at=SENDS,
                    started_at=SENDS,
                    finished_at=SENDS,
                )
            )
    tib = 1024**4
    rows = []
    for day in range(1, 36):
        ago = day * DAY + HOUR
        rows.append(run("load_mart.merge_daily", ago=ago, seconds=600 if day < 8 else 240, bytes_billed=tib))
        rows.append(run("clean_sessions", ago=ago - HOUR, bytes_billed=tib // 4))
        state = JobState.FAILED if day in (2, 3) else JobState.SUCCEEDED
        rows.append(run("export_partners", ago=ago - 2 * HOUR, state=state))
    keep(store, rows)
