"""The sender of an invalid report learns what was wrong, in both languages: in `hinomi dlq` and in the incident."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from cli.dead_letters.messages import from_row
from db.error_db.models import Incident, Occurrence, RejectedMessage
from main import Application
from shared import config
from tests.support.function_process import push_body
from tests.support.reporters import reporter, rules_with

pytestmark = pytest.mark.usefixtures("copied_on_first_use")

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
REPORT = {"report": "dq", "job": "nightly", "state": "failed"}
OWN_TOPIC_ONLY = "the report names 'DQ', but a reporter publishes to its own topic only"

# What is sent, the reason in English, and a part of the reason in Japanese.
BAD: dict[str, tuple[Any, str, str]] = {
    "another name": ({**REPORT, "report": "DQ"}, OWN_TOPIC_ONLY, "自身のトピックにのみ送信できます"),
    "no job": (
        {**REPORT, "job": ""},
        "a report needs a 'job': what failed or succeeded",
        "'job' (対象のジョブ) が必要です",
    ),
    "another state": (
        {**REPORT, "state": "bad"},
        "a report's 'state' must be started, ok or failed",
        "'state' は started、ok、failed のいずれかです",
    ),
    "a job that is no text": ({**REPORT, "job": [1]}, "a report's 'job' must be text", "'job' は文字列です"),
    "another severity": (
        {**REPORT, "severity": "grave"},
        "a report's 'severity' must be one of informational, low, medium, high, critical",
        "'severity' は informational, low, medium, high, critical のいずれかです",
    ),
    "another service": (
        {**REPORT, "service": "bigquery"},
        "the reporter 'dq' may not report the service 'bigquery': rules/reporters.yaml allows dq",
        "service 'bigquery' が許可されていません",
    ),
    "a tick": (
        {"tick": "sweep"},
        "a tick was sent to /reports/dq, which takes only a report",
        "レポート専用ですが、ティック",
    ),
    "no object": ([1], "the message is JSON, but a list and not an object", "リスト"),
    "no time": ({**REPORT, "time": "soon"}, "the message's time is not an RFC 3339 time", "RFC 3339"),
}


@pytest.fixture
def application(tmp_path: Path) -> Application:
    database = {"HINOMI_ERROR_DB_URL": f"sqlite:///{tmp_path}/error.db"}
    return Application(config.load({**database, "HINOMI_RULES_DIR": str(rules_with(tmp_path, "dq"))}))


@pytest.mark.parametrize(("sent", "english", "japanese"), BAD.values(), ids=BAD)
def test_the_reason_names_the_reporter_and_the_mistake(
    application: Application, sent: Any, english: str, japanese: str
) -> None:
    application.pipeline.handle(push_body(sent), NOW, route="/reports/dq")
    with application.store().reading() as session:
        shown = from_row(session.scalars(select(RejectedMessage)).one()).text
        incident = session.scalars(select(Incident)).one()
        evidence = session.scalars(select(Occurrence.evidence)).one()
        in_japanese = json.dumps(evidence, ensure_ascii=False)
        summary = incident.summary
    application.store().engine.dispose()
    assert shown.en.startswith("from the reporter 'dq': ")
    assert english in shown.en
    assert shown.ja.startswith("送信元 'dq': ")
    assert japanese in shown.ja
    assert english in summary
    assert japanese in in_japanese


def test_a_misspelled_reporter_is_suggested_in_both_languages(application: Application) -> None:
    application.pipeline.handle(push_body({**REPORT, "report": "d"}), NOW)
    application.pipeline.handle(push_body({**REPORT, "report": "dq2"}), NOW)
    with application.store().reading() as session:
        shown = [from_row(row).text for row in session.scalars(select(RejectedMessage))]
    application.store().engine.dispose()
    assert all("宣言されていません" in text.ja for text in shown)
    assert "'dq' ではありませんか?" in shown[1].ja
    assert reporter("dq")["name"] == "dq"
