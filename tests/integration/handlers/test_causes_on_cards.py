"""The first card of an incident names its likely cause, or says that none was found, if a history exists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.error_db.incidents import false_alarms
from db.error_db.store import ErrorStore
from db.schema_db.models import Snapshot
from db.schema_db.store import SchemaStore
from demo.platform.teams import TeamsServer
from handlers.spec import HandlerSpec
from handlers.worker import ActionWorker
from insights.causes.lookup import PAUSE, Causes
from insights.causes.model import CauseReport, redacted
from insights.performance.series import series_of
from shared.clients import Clients
from shared.config import Settings
from shared.history import MetricPoint, UserActionRow
from shared.model import IncidentKind, Mode, Trigger
from shared.secret import Secret
from tests.support import history
from tests.support.handling import BUCKET, Desk
from tests.support.incidents import NOW, incident
from tests.support.learned_bands import keep_band
from tests.support.runs import keep

pytestmark = pytest.mark.sqlite

AWAY = "postgresql+psycopg://nobody@127.0.0.1:1/none"


@pytest.fixture
def teams() -> Iterator[TeamsServer]:
    with TeamsServer() as server:
        yield server


@pytest.fixture
def desk(store: ErrorStore, teams: TeamsServer) -> Desk:
    """A handler rule that notifies a channel of every new incident."""
    desk = Desk(store, Settings(environment={"HINOMI_TEAMS_WEBHOOK_URL": Secret(teams.webhook)}))
    desk.apply(HandlerSpec(name="tell", action="teams", on=(Trigger.OPENED,), mode=Mode.AUTO))
    return desk


def deploy(store: SchemaStore, desk: Desk) -> None:
    """Ten minutes ago, a person changed a function that writes to the bucket."""
    time = desk.now - timedelta(minutes=10)
    row = UserActionRow(
        hour=time.replace(minute=0, second=0, microsecond=0),
        project="example-project",
        principal="carol@example.com",
        service="cloudfunctions.googleapis.com",
        method="google.cloud.functions.v2.FunctionService.UpdateFunction",
        resource="functions/example-bucket",
        count=1,
        denied=0,
        first_at=time,
        last_at=time,
    )
    keep(store, [row])


def send(desk: Desk, url: str) -> list[str]:
    """Sends due notifications; returns the reports of the worker."""
    reported: list[str] = []
    causes = Causes(url, reported.append, redact=desk.settings.redact)
    worker = ActionWorker(desk.store, Clients(desk.settings), desk.settings, lambda: desk.now, causes)
    while worker.run_due(desk.now):
        desk.wait(seconds=1)
    causes.close()
    return reported


def endless(session: Session, *_incident: object, redact: Sequence[str], limit: int) -> CauseReport:
    counted = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT count(*) FROM n"
    )
    session.execute(text(counted))
    return redacted(CauseReport(), redact).shortened(limit)


def sent(teams: TeamsServer) -> str:
    return json.dumps(teams.cards)


def test_a_deployment_before_the_failure_is_on_the_card(
    desk: Desk, teams: TeamsServer, schema_store: SchemaStore
) -> None:
    deploy(schema_store, desk)
    desk.public_bucket()

    reported = send(desk, schema_store.engine.url.render_as_string(hide_password=False))

    assert reported == []
    assert "Likely cause" in sent(teams)
    assert "deployment: function example-bucket was updated by carol@example.com (10 min before" in sent(teams)


def test_a_redacted_value_is_not_on_the_card_of_the_change(
    desk: Desk, teams: TeamsServer, schema_store: SchemaStore
) -> None:
    desk.settings = replace(desk.settings, redact=("protoPayload.authenticationInfo.principalEmail",))
    deploy(schema_store, desk)
    desk.public_bucket()
    send(desk, schema_store.engine.url.render_as_string(hide_password=False))
    assert "function example-bucket was updated" in sent(teams)
    assert "carol@example.com" not in sent(teams)


def test_a_japanese_card_describes_the_change_in_japanese(
    desk: Desk, teams: TeamsServer, schema_store: SchemaStore
) -> None:
    desk.settings = replace(desk.settings, language="ja")
    deploy(schema_store, desk)
    desk.public_bucket()
    send(desk, schema_store.engine.url.render_as_string(hide_password=False))
    output = json.dumps(teams.cards, ensure_ascii=False)
    assert "デプロイ・設定変更: 関数 example-bucket を更新、実行者 carol@example.com (10 分前" in output
    assert not re.search(r"\b(deployment|before|same)\b", output)


def test_a_card_says_that_no_cause_was_found(desk: Desk, teams: TeamsServer, schema_store: SchemaStore) -> None:
    with schema_store.transaction() as session:
        session.add(
            Snapshot(
                id=1, collector="x", scope="y", slot=desk.now, state="done", window_end=desk.now, started_at=desk.now
            )
        )
    desk.public_bucket()
    send(desk, schema_store.engine.url.render_as_string(hide_password=False))
    assert "No likely cause found." in sent(teams)


def test_an_unavailable_schema_db_is_reported_once_and_every_card_is_sent(desk: Desk, teams: TeamsServer) -> None:
    desk.public_bucket()
    desk.public_bucket(event="e2", bucket="example-other")

    reported = send(desk, AWAY)

    assert len(reported) == 1
    assert reported[0].startswith("the Schema DB did not answer")
    assert len(teams.cards) == 2
    assert "Likely cause" not in sent(teams)


def test_without_a_schema_db_nothing_is_reported_and_no_file_is_created(
    desk: Desk, teams: TeamsServer, tmp_path: Path
) -> None:
    desk.public_bucket()

    assert send(desk, f"sqlite:///{tmp_path}/none/schema.db") == []
    assert len(teams.cards) == 1
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("url", [AWAY, "mysql://x", "nonsense"])
def test_a_failure_to_find_causes_never_stops_a_card(url: str) -> None:
    assert Causes(url, lambda _reason: None, redact=()).before(incident(), NOW) is None


def test_an_unavailable_schema_db_is_queried_again_after_a_pause(tmp_path: Path) -> None:
    reported: list[str] = []
    path = tmp_path / "schema.db"
    path.write_text("no database" * 100)
    causes = Causes(f"sqlite:///{path}", reported.append, redact=())
    causes.before(incident(), NOW)
    path.unlink()

    assert causes.before(incident(), NOW + PAUSE) is None
    path.write_text("no database" * 100)
    causes.before(incident(), NOW + PAUSE)
    assert len(reported) == 2


@pytest.mark.both_databases
def test_a_query_that_takes_too_long_is_cancelled(schema_store: SchemaStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("insights.causes.lookup.SECONDS", 0.2)
    monkeypatch.setattr("insights.causes.changes.before", endless)
    reported: list[str] = []
    causes = Causes(schema_store.engine.url.render_as_string(hide_password=False), reported.append, redact=())

    assert causes.before(incident(), NOW) is None
    causes.close()
    assert any(word in reported[0] for word in ("timeout", "interrupted"))


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        (
            "en",
            "Usually 20 % to 60 % around that time · False alarms of this rule in 90 days: 1 of 1 judged · Top contributors: etl@p.iam 75 % (user)",
        ),
        (
            "ja",
            "この時間帯の通常の範囲: 20 % ～ 60 % · このルールの誤検知: 過去 90 日間に判定された 1 件中 1 件 · 主な要因: etl@p.iam 75 % (ユーザー)",
        ),
    ],
)
def test_the_card_of_a_limit_says_what_is_usual_how_often_it_was_false_and_who_contributed(
    desk: Desk, teams: TeamsServer, schema_store: SchemaStore, language: str, shown: str
) -> None:
    desk.settings = replace(desk.settings, language=language)
    metric, labels = "cloudsql.googleapis.com/database/cpu/utilization", {"database_id": "example:db"}
    cpu = history.series(1, service="cloud_sql", metric=metric, unit="10^2.%", project="example-project", labels=labels)
    keep(schema_store, [MetricPoint(cpu, desk.now, 0.95)])
    keep(schema_store, [calls("etl@p.iam", 30, desk), calls("bob@example.com", 10, desk)])
    with schema_store.reading() as session:
        (number,) = (each.id for each in series_of(session))
    earlier = desk.public_bucket(**over_limit("e1", "a" * 32, {"database_id": "example:other"}))
    with desk.store.transaction(desk.now) as transaction:
        false_alarms.mark(transaction, earlier[0].incident.id, by="bob", reason="", time=desk.now)
    url = schema_store.engine.url.render_as_string(hide_password=False)
    send(desk, url)
    keep_band(schema_store, number, (0.2, 0.6), desk.now - timedelta(hours=1))
    desk.public_bucket(**over_limit("e2", "b" * 32, labels))
    send(desk, url)
    assert shown in json.dumps(teams.cards[-1], ensure_ascii=False)


def calls(who: str, count: int, desk: Desk) -> UserActionRow:
    """The calls of an account on the resource of the incidents."""
    return UserActionRow(
        desk.now.replace(minute=0), "example-project", who, "cloudsql.googleapis.com", "connect",
        resource=f"//cloudsql.googleapis.com/{BUCKET}", count=count, denied=0, first_at=desk.now, last_at=desk.now,
    )  # fmt: skip


def over_limit(event: str, key: str, labels: dict[str, str]) -> dict[str, Any]:
    """The fields of a finding of the load check, to replace those of another finding."""
    metric = "cloudsql.googleapis.com/database/cpu/utilization"
    return {
        "event": event,
        "rule": "load/cloud_sql_cpu",
        "kind": IncidentKind.LOAD_ISSUE,
        "service": "cloud_sql",
        "fingerprint": key,
        "labels": labels,
        "fields": {"metric": metric, "value": 0.95, "limit": 0.9, "unit": "10^2.%"},
    }


def test_a_digest_has_the_causes_of_its_most_urgent_incidents(
    desk: Desk, teams: TeamsServer, schema_store: SchemaStore
) -> None:
    deploy(schema_store, desk)
    for number in range(8):
        desk.public_bucket(event=f"e{number}", bucket="example-bucket" if number == 5 else f"other-{number}")
    url = schema_store.engine.url.render_as_string(hide_password=False)
    send(desk, url)
    desk.wait(minutes=2)
    send(desk, url)
    digest = json.dumps(teams.cards[-1])
    assert "incidents at once" in digest
    assert digest.count("Likely cause: deployment: function example-bucket was updated by carol@example.com") == 1
