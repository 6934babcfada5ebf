"""Japanese texts of rules are stored with the evidence, redacted like the English text."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from db.error_db.store import ErrorStore
from db.error_db.views import load_view
from shared.records import IncidentView
from shared.texts.recorded import localized
from tests.support.findings import NOON, at, finding, only, recovery

JAPANESE = {"ja": {"title": "ジョブ失敗", "summary": "daily_load が失敗 (hunter2)"}}


def opened(store: ErrorStore, **changes: Any) -> IncidentView:
    with store.transaction(NOON) as transaction:
        change = only(transaction.record(finding(translations=JAPANESE, **changes), redact=("*password*",)))
    return change.incident


def seen(store: ErrorStore, incident_id: int, language: str) -> tuple[str, str, str | None]:
    with store.reading() as session:
        view = load_view(session, incident_id)
    assert view is not None
    shown = localized(view, language)
    return shown.title, shown.summary, shown.resolution


def test_the_texts_come_back_in_their_language(store: ErrorStore) -> None:
    incident = opened(store)
    assert seen(store, incident.id, "ja") == ("ジョブ失敗", "daily_load が失敗 (hunter2)", None)
    assert seen(store, incident.id, "en")[1] == "Job daily_load failed: Table not found"


def test_a_secret_is_masked_in_every_language(store: ErrorStore) -> None:
    incident = opened(store, fields={"protoPayload.request.password": "hunter2"})
    assert seen(store, incident.id, "ja")[1] == "daily_load が失敗 (<redacted>)"


def test_a_recovery_is_described_in_its_language(store: ErrorStore) -> None:
    incident = opened(store)
    with store.transaction(NOON) as transaction:
        (change,) = transaction.recover(recovery(1, translations={"ja": {"summary": "daily_load が成功"}}))
    assert localized(change.incident, "ja").resolution == "daily_load が成功"
    assert seen(store, incident.id, "ja")[::2] == ("ジョブ失敗", "daily_load が成功")
    assert seen(store, incident.id, "en")[2] == "Job daily_load succeeded"


def test_a_quiet_period_is_described_in_japanese_too(store: ErrorStore) -> None:
    incident = opened(store, quiet_seconds=5400)
    with store.transaction(at(90) + timedelta(seconds=1)) as transaction:
        transaction.resolve_quiet()
    assert seen(store, incident.id, "ja")[2] == "1 時間 30 分間、新たな失敗は確認されていません (復旧は未確認)"


def test_text_from_a_person_is_unchanged(store: ErrorStore) -> None:
    incident = opened(store)
    with store.transaction(NOON) as transaction:
        transaction.resolve(incident.id, reason="alice: restored", time=at(1))
    assert seen(store, incident.id, "ja")[2] == "alice: restored"


def test_a_rule_without_translations_speaks_english(store: ErrorStore) -> None:
    with store.transaction(NOON) as transaction:
        change = only(transaction.record(finding(), redact=()))
    assert localized(change.incident, "ja") == change.incident
