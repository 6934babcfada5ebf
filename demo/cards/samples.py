"""Sample messages of every kind, in both languages: for the gallery, and to check a change of the cards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from handlers.cards.digest import DigestEntry, digest_message
from handlers.cards.elements import Element
from handlers.cards.failed_remediation import FailedRemediation
from handlers.cards.incident import IncidentCard, incident_message
from handlers.cards.test_card import channel_test_message
from handlers.remediations.breaker import RULE_STOPPED
from shared.model import IncidentKind, Mode, RunState, Severity, Status, Trigger
from shared.records import IncidentView, Owner, RunView
from shared.texts import Text
from shared.texts.locale import Locale
from shared.texts.recorded import NEXT_STEPS, OUTPUT
from shared.texts.remediations.brakes import STOPPED, STOPPED_TITLE

NOW = datetime(2026, 11, 24, 3, 12, 40, tzinfo=UTC)
ENDED: dict[str, Any] = {"status": Status.RESOLVED, "resolved_at": NOW}
LOCALES = {"en": Locale("en", "UTC", NOW), "ja": Locale("ja", "Asia/Tokyo", NOW)}
DASHBOARD = "https://hinomi.example.com"
CHANNELS = "teams:default", "apprise:alice"

_BUCKET = IncidentView(
    id=42,
    fingerprint="6f1c0f0e9a7b4d1d8c2e5f3a7b9d1c4e",
    rule="storage/bucket_made_public",
    title="",
    kind=IncidentKind.IRREGULAR_ACCESS,
    severity=Severity.HIGH,
    service="storage",
    project="example-project",
    resource="example-exports",
    principal="vendor-etl@example.com",
    summary="",
    status=Status.OPEN,
    opened_at=NOW - timedelta(minutes=3),
    last_seen_at=NOW - timedelta(minutes=3),
    occurrence_count=1,
    acknowledged_at=None,
    acknowledged_by=None,
    resolved_at=None,
    resolution=None,
    quiet_seconds=None,
    labels={"runbook": "https://docs.example.com/runbooks/public-bucket"},
    received_at=NOW,
    evidence={
        "fields": {
            "protoPayload.methodName": "storage.setIamPermissions",
            "protoPayload.requestMetadata.callerIp": "203.0.113.24",
        },
        "elements": {
            "protoPayload.serviceData.policyDelta.bindingDeltas": [
                {"action": "ADD", "role": "roles/storage.objectViewer", "member": "allUsers"}
            ]
        },
    },
    log_url="https://console.cloud.google.com/logs/query;query=insertId%3D%221qk8z2e3n4m%22?project=example-project",
)
_OWNER = Owner(name="exports-team", tier="1")
_REPAIR = RunView(
    id=7,
    incident_id=42,
    occurrence_id=None,
    handler_rule="close-public-access",
    trigger=Trigger.OPENED,
    cause="",
    action="remove_iam_member",
    target="storage/example-exports",
    params={},
    mode=Mode.AUTO,
    state=RunState.DONE,
    reason=None,
    not_before=NOW,
    attempts=1,
    result="",
    error=None,
    undo={"add": "allUsers"},
    details=None,
    created_at=NOW,
    started_at=NOW,
    finished_at=NOW,
)
_BUCKET_TEXTS = {
    "title": Text(en="Bucket made public", ja="バケットの公開"),
    "summary": Text(
        en="Bucket example-exports is public: allUsers got roles/storage.objectViewer",
        ja="バケット example-exports が公開されました: allUsers に roles/storage.objectViewer を付与",
    ),
    "resolution": Text(
        en="removed allUsers from roles/storage.objectViewer on example-exports",
        ja="example-exports の roles/storage.objectViewer から allUsers を削除",
    ),
}
_TASK_TEXTS = {
    "title": Text(en="Airflow task failed", ja="Airflow タスクの失敗"),
    "summary": Text(
        en="Task merge_daily of DAG load_mart failed after attempt 3 in example-composer",
        ja="example-composer の DAG load_mart のタスク merge_daily が 3 回目の試行で失敗",
    ),
    "resolution": Text(
        en="Task merge_daily of DAG load_mart succeeded in attempt 4 in example-composer",
        ja="example-composer の DAG load_mart のタスク merge_daily が 4 回目の試行で成功",
    ),
}
_LOAD_TEXTS = {
    "title": Text(en="Messages wait in a subscription", ja="サブスクリプションの滞留"),
    "summary": Text(
        en="The oldest unacknowledged message of orders is 1,860 s old; the limit is 900 s",
        ja="orders の未確認メッセージの最大経過時間は 1,860 秒 (しきい値 900 秒)",
    ),
    "resolution": Text(en="no recurrence for 1 h", ja="1 時間再発なし"),
}
_LINE = "Marking task as FAILED. dag_id=load_mart, task_id=merge_daily"
_CLOSE = (
    Text(
        en="If the data is not public, remove exactly this grant.",
        ja="公開データでなければ、この付与だけを取り消します。",
    ),
    "gcloud storage buckets remove-iam-policy-binding gs://example-exports --member=allUsers --role=roles/storage.objectViewer",
)
_ASK = Text(en="Ask who granted the role, and for the ticket.", ja="付与した人に理由と申請番号を確認します。"), ""
_CHECK_QUERY = (
    Text(
        en="Correct the query: the table has no such column.",
        ja="クエリを修正します。テーブルに該当する列がありません。",
    ),
    "bq show --schema --format=prettyjson example-project:mart.orders",
)
_SEE_RUNS = (
    Text(en="See its latest runs.", ja="最近の実行を確認します。"),
    "hinomi jobs show load_mart.merge_daily",
)
_SUBSCRIBER = (
    Text(
        en="See whether the subscriber runs and acknowledges.",
        ja="サブスクライバーが稼働し、確認応答しているかを調べます。",
    ),
    "gcloud pubsub subscriptions describe orders --project=example-project",
)
_CAUSE = Text(
    en="grant: roles/storage.admin granted to serviceAccount:vendor-etl@example.com on bucket example-exports by alice@example.com (26 min before; same resource; audit log)",
    ja="権限付与: バケット example-exports で serviceAccount:vendor-etl@example.com に roles/storage.admin を付与、実行者 alice@example.com (26 分前、同じリソース、監査ログで確認)",
)
_UNDONE = Text(
    en="removed allUsers from roles/storage.objectViewer", ja="roles/storage.objectViewer から allUsers を削除"
)
_CLEARED = Text(en="cleared load_mart.merge_daily", ja="load_mart.merge_daily をクリア")
_PLAN = Text(
    en="would remove allUsers as roles/storage.objectViewer from bucket example-exports",
    ja="バケット example-exports から allUsers (roles/storage.objectViewer) を削除する予定",
)
_DENIED = Text(
    en="set the policy of bucket example-exports: HTTP 403, hinomi-metrics lacks storage.buckets.setIamPolicy",
    ja="バケット example-exports のポリシーの設定に失敗: HTTP 403、hinomi-metrics に storage.buckets.setIamPolicy がない",
)
_OUTPUT = "loading staging.orders from the export of 03:00\n48,211 rows loaded"
_SCRIPT = Text(en="load_table succeeded", ja="load_table が成功")


def samples(language: str) -> dict[str, Element]:
    """A message of each kind by its name, in a language."""
    locale = LOCALES[language]
    cards = {name: incident_message(card, locale, DASHBOARD) for name, card in _cards(language).items()}
    entries = _entries(language)
    return {
        **cards,
        "digest": digest_message(entries, locale, DASHBOARD),
        "digest-ended": digest_message([entry for entry in entries if entry.is_resolved], locale, DASHBOARD),
        "test": channel_test_message("data", locale, DASHBOARD),
    }


def _cards(language: str) -> Mapping[str, IncidentCard]:
    bucket, task, load = _bucket(language), _task(language), _load(language)
    repaired = replace(_REPAIR, result=_UNDONE.in_language(language))
    cleared = replace(
        _REPAIR, handler_rule="clear-failed-task", undo=None, mode=Mode.DRY_RUN, result=_CLEARED.in_language(language)
    )
    plan = {"plan": {language: _PLAN.in_language(language)}}
    waiting = replace(
        _REPAIR, id=9, mode=Mode.APPROVE, state=RunState.PLANNED, approval=plan, approval_until=NOW + timedelta(hours=1)
    )
    script = replace(
        _REPAIR,
        handler_rule="load-late-table",
        undo=None,
        result=_SCRIPT.in_language(language),
        details={OUTPUT: _OUTPUT},
    )
    cause = _CAUSE.in_language(language)
    failed = replace(_REPAIR, state=RunState.FAILED, undo=None, error=_DENIED.in_language(language))
    expired = replace(waiting, state=RunState.SKIPPED, reason="approval_expired", approval_until=None)
    undone = replace(repaired, undone_at=NOW)
    return {
        "opened": IncidentCard(replace(bucket, owner=_OWNER), Trigger.OPENED, (repaired,), cause=cause),
        "task": IncidentCard(task, Trigger.OPENED, (cleared,)),
        "approval": IncidentCard(bucket, Trigger.OPENED, (waiting,)),
        "failed": IncidentCard(
            bucket, Trigger.REMEDIATION_FAILED, (failed,), failed=FailedRemediation(failed, CHANNELS)
        ),
        "approval-expired": IncidentCard(
            bucket, Trigger.REMEDIATION_FAILED, (expired,), failed=FailedRemediation(expired, CHANNELS)
        ),
        "undone": IncidentCard(bucket, Trigger.REOCCURRED, (undone,), 1),
        "rule-stopped": IncidentCard(_stopped(language), Trigger.OPENED),
        "script": IncidentCard(task, Trigger.OPENED, (script,)),
        "load": IncidentCard(load, Trigger.OPENED),
        "escalated": IncidentCard(replace(load, severity=Severity.CRITICAL), Trigger.ESCALATED),
        "unacknowledged": IncidentCard(replace(task, received_at=NOW - timedelta(minutes=30)), Trigger.UNACKNOWLEDGED),
        "reoccurred": IncidentCard(replace(task, occurrence_count=9), Trigger.REOCCURRED, (cleared,), 5),
        "resolved": IncidentCard(replace(bucket, **ENDED), Trigger.RESOLVED, (repaired,)),
        "closed": IncidentCard(replace(load, **ENDED, resolved_by="quiet"), Trigger.RESOLVED),
        "opened-and-resolved": IncidentCard(replace(task, **ENDED), Trigger.RESOLVED, is_first=True),
        "reopened": IncidentCard(task, Trigger.REOPENED, (cleared,), 0),
        "cause-found": IncidentCard(task, Trigger.CAUSE_FOUND, (cleared,), 0),
        "flapping": IncidentCard(replace(task, flapping_since=NOW, occurrence_count=6), Trigger.FLAPPING),
        "silence-ended": IncidentCard(load, Trigger.OPENED, was_silenced=True),
    }


def _entries(language: str) -> list[DigestEntry]:
    """The incidents of a digest."""
    bucket, task, load = _bucket(language), _task(language), _load(language)
    failed = [
        DigestEntry(replace(task, id=50 + n, resource=f"example-composer/load_mart/task_{n}"), Trigger.OPENED)
        for n in range(1, 4)
    ]
    over = [replace(task, id=60, **ENDED), replace(load, id=61, **ENDED, resolved_by="quiet")]
    resolved = [DigestEntry(each, Trigger.RESOLVED) for each in over]
    return [
        DigestEntry(bucket, Trigger.OPENED),
        DigestEntry(replace(load, severity=Severity.CRITICAL), Trigger.ESCALATED),
        *failed,
        *resolved,
    ]


def _bucket(language: str) -> IncidentView:
    return replace(
        _BUCKET, **_in_language(_BUCKET_TEXTS, language), evidence=_with_steps(_BUCKET.evidence, _CLOSE, _ASK)
    )


def _with_steps(evidence: dict[str, Any], *steps: tuple[Text, str]) -> dict[str, Any]:
    """The evidence with the next steps."""
    stored = [{"en": text.en, "ja": text.ja, "command": command} for text, command in steps]
    return {**evidence, NEXT_STEPS: stored}


def _task(language: str) -> IncidentView:
    return replace(
        _BUCKET,
        id=43,
        rule="composer/task_failed",
        kind=IncidentKind.JOB_FAILURE,
        service="composer",
        resource="example-composer/load_mart/merge_daily",
        principal="",
        evidence=_with_steps({"fields": {"textPayload": _LINE}}, _CHECK_QUERY, _SEE_RUNS),
        reason="google.api_core.exceptions.BadRequest: 400 Unrecognized name: amount_jpy at [3:14]",
        effects=("example-composer/load_mart", "bigquery/job_failed"),
        occurrence_count=3,
        **_in_language(_TASK_TEXTS, language),
    )


def _load(language: str) -> IncidentView:
    return replace(
        _BUCKET,
        id=44,
        rule="load/pubsub_oldest_unacked",
        kind=IncidentKind.LOAD_ISSUE,
        severity=Severity.MEDIUM,
        service="pubsub",
        resource="orders",
        principal="",
        evidence=_with_steps({"fields": {"value": "1860", "threshold": "900"}}, _SUBSCRIBER),
        labels={},
        **_in_language(_LOAD_TEXTS, language),
    )


def _stopped(language: str) -> IncidentView:
    """An incident about Hinomi itself: a circuit breaker opened."""
    summary = STOPPED(rule="close-public-access", reason=_DENIED, until="2026-11-24 04:12 UTC")
    return replace(
        _BUCKET,
        id=45,
        rule=RULE_STOPPED,
        kind=IncidentKind.JOB_FAILURE,
        service="hinomi",
        project="",
        resource="close-public-access",
        principal="",
        evidence={},
        labels={"handler_rule": "close-public-access", "action": "remove_iam_member"},
        log_url="",
        **_in_language({"title": STOPPED_TITLE, "summary": summary, "resolution": summary}, language),
    )


def _in_language(texts: Mapping[str, Text], language: str) -> dict[str, Any]:
    return {name: text.in_language(language) for name, text in texts.items()}
