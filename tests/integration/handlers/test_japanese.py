"""A fault from its log entry to its Japanese cards: rules, remediation, recovery and quiet period."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from collectors.metrics_analysis.sigma import artifact
from collectors.metrics_analysis.sigma.engine import Engine
from db.error_db.store import ErrorStore
from demo.platform.storage import StorageServer
from demo.platform.teams import TeamsServer
from handlers.plan import plan
from handlers.spec import HandlerSpec
from shared.config import ROOT, Settings
from shared.model import Mode, Trigger
from shared.secret import Secret
from tests.support.handling import Desk

EXAMPLES = json.loads((ROOT / "rules" / "storage" / "bucket_made_public.examples.json").read_text())
PUBLIC, CLOSED = EXAMPLES["recovery"][0]["entries"]
CARD = HandlerSpec(name="card", action="teams", mode=Mode.AUTO, on=tuple(Trigger))
REPAIR = HandlerSpec(name="repair", action="remove_iam_member", mode=Mode.AUTO)


@pytest.fixture
def storage() -> Iterator[StorageServer]:
    with StorageServer() as server:
        yield server


@pytest.fixture
def teams() -> Iterator[TeamsServer]:
    with TeamsServer() as server:
        yield server


@pytest.fixture
def desk(store: ErrorStore, storage: StorageServer, teams: TeamsServer) -> Desk:
    made = Settings(
        storage_endpoint=storage.url, environment={"HINOMI_TEAMS_WEBHOOK_URL": Secret(teams.webhook)}, language="ja"
    )
    return Desk(store, made, datetime(2026, 11, 23, 12, 0, tzinfo=UTC))


def take(desk: Desk, entry: dict[str, Any]) -> None:
    verdict = Engine(artifact.load(ROOT / "rules"), desk.settings.redact).evaluate(entry)
    with desk.store.transaction(desk.now) as transaction:
        found = [change for finding in verdict.findings for change in transaction.record(finding, redact=())]
        over = [change for recovery in verdict.recoveries for change in transaction.recover(recovery)]
        plan([*found, *over], transaction, desk.now)
    desk.work()
    desk.wait(minutes=2)


def text(teams: TeamsServer) -> tuple[str, str]:
    """The fallback text and the body of the last card."""
    content = teams.cards[-1]["attachments"][0]["content"]
    return content["fallbackText"], json.dumps(content, ensure_ascii=False)


@pytest.mark.sqlite
def test_a_card_is_japanese_from_top_to_bottom(desk: Desk, teams: TeamsServer) -> None:
    desk.apply(CARD)
    take(desk, PUBLIC)
    fallback, whole = text(teams)
    assert fallback.startswith("[高] 新規: バケットの公開 – バケット ")
    assert "Bucket made public" not in whole
    take(desk, CLOSED)
    assert "を削除" in text(teams)[1]
    assert " lost " not in text(teams)[1]


@pytest.mark.sqlite
def test_the_result_of_a_repair_is_in_japanese(desk: Desk, storage: StorageServer, teams: TeamsServer) -> None:
    delta = PUBLIC["protoPayload"]["serviceData"]["policyDelta"]["bindingDeltas"][0]
    bucket = PUBLIC["resource"]["labels"]["bucket_name"]
    storage.add_bucket(bucket, [{"role": delta["role"], "members": [delta["member"]]}])
    desk.apply(REPAIR, CARD)
    take(desk, PUBLIC)
    done = f"バケット {bucket} から {delta['member']} ({delta['role']}) を削除"
    whole = text(teams)[1]
    assert done in whole
    assert f"repair による自動修復: {done}" in whole
    assert desk.runs()[0].result == f"removed {delta['member']} as {delta['role']} from bucket {bucket}"


@pytest.mark.sqlite
def test_the_error_of_a_failed_repair_is_in_japanese(desk: Desk, teams: TeamsServer) -> None:
    desk.apply(REPAIR, CARD)
    take(desk, PUBLIC)
    bucket = PUBLIC["resource"]["labels"]["bucket_name"]
    assert f"バケット {bucket} のポリシーの読み取りに失敗: HTTP 404" in text(teams)[1]
    assert "read the policy" not in text(teams)[1]
    assert (desk.runs()[0].error or "").startswith(f"read the policy of bucket {bucket}: HTTP 404")
