"""The action disable_service_account_key against a real HTTP server that speaks the IAM API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from demo.platform.iam_admin import IamAdminServer
from handlers.actions.iam import disable_service_account_key
from handlers.context import ActionResult
from shared.config import Settings
from shared.errors import ActionError, TargetRefusal, TargetRefusedError
from shared.model import Mode
from tests.support.incidents import incident
from tests.support.remediating import remediate

PROJECT, KEY, OTHER = "example-project", "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567", "f" * 40
ACCOUNT = f"etl@{PROJECT}.iam.gserviceaccount.com"
NAME = f"projects/{PROJECT}/serviceAccounts/{ACCOUNT}/keys"
LABELS = {"service_account": ACCOUNT, "key": KEY}


@pytest.fixture
def iam() -> Iterator[IamAdminServer]:
    with IamAdminServer() as server:
        server.add_account(PROJECT, ACCOUNT)
        for key in (KEY, OTHER):
            server.add_key(PROJECT, ACCOUNT, key, after="2026-11-23T06:00:00Z")
        yield server


def run(iam: IamAdminServer, labels: dict[str, str] | None = None, **more: Any) -> ActionResult:
    view = incident(
        rule="iam/service_account_key_created",
        service="iam",
        project=more.pop("project", PROJECT),
        resource=ACCOUNT,
        labels={**LABELS, **(labels or {})},
    )
    settings = Settings(iam_endpoint=iam.url, **more.pop("settings", {}))
    return remediate(disable_service_account_key, settings, view, **more)


@pytest.mark.permissions
def test_the_key_of_the_incident_is_disabled_and_no_other_and_undo_enables_it(iam: IamAdminServer) -> None:
    done = run(iam)
    assert (done.changed, done.recovered, done.text.en) == (True, True, f"disabled key {KEY} of {ACCOUNT}")
    assert iam.take_switches() == [(f"{NAME}/{KEY}", "disable")]
    undone = run(iam, undoes=done.undo)
    assert (undone.recovered, undone.text.en) == (False, f"enabled key {KEY} of {ACCOUNT} again")
    assert iam.take_switches() == [(f"{NAME}/{KEY}", "enable")]
    assert run(iam, undoes=done.undo).text.en == f"nothing to do: key {KEY} of {ACCOUNT} is enabled"


def test_a_dry_run_and_a_disabled_key_change_nothing(iam: IamAdminServer) -> None:
    assert run(iam, mode=Mode.DRY_RUN).text.en == f"would disable key {KEY} of {ACCOUNT}"
    iam.set_disabled(f"{NAME}/{KEY}", disabled=True)
    done = run(iam)
    assert (done.changed, done.recovered, done.undo) == (False, True, None)
    assert iam.take_switches() == []


def test_an_account_is_also_known_by_its_number(iam: IamAdminServer) -> None:
    number = "104563012345678901234"
    iam.add_account(PROJECT, f"load@{PROJECT}.iam.gserviceaccount.com", uniqueId=number)
    iam.add_key(PROJECT, f"load@{PROJECT}.iam.gserviceaccount.com", KEY, after="2026-11-23T06:00:00Z")
    assert run(iam, {"service_account": f"projects/-/serviceAccounts/{number}"}).recovered


@pytest.mark.parametrize(
    ("labels", "more", "message"),
    [
        ({"key": ""}, {}, "does not name a key"),
        ({"key": "../../x"}, {}, "does not name a key"),
        ({"key": f"{KEY}:enable"}, {}, "does not name a key"),
        ({"service_account": "alice@example.com"}, {}, "does not name a service account"),
        ({"service_account": f"x/{ACCOUNT}"}, {}, "does not name a service account"),
        ({}, {"project": "a/b"}, "does not name a project"),
        ({}, {"settings": {"service_accounts": (ACCOUNT.upper(),)}}, "is an account of Hinomi"),
        ({}, {"settings": {"push_accounts": (f"/evidence={ACCOUNT}",)}}, "is an account of Hinomi"),
        (
            {"service_account": f"hinomi-release@{PROJECT}.iam.gserviceaccount.com"},
            {"settings": {"project": PROJECT}},
            "is an account of Hinomi",
        ),
    ],
)
def test_any_other_target_is_refused(
    iam: IamAdminServer, labels: dict[str, str], more: dict[str, Any], message: str
) -> None:
    with pytest.raises(TargetRefusedError, match=message) as caught:
        run(iam, labels, **more)
    assert caught.value.reason is TargetRefusal.OTHER_TARGET
    assert iam.take_switches() == []


def test_a_key_in_another_project_does_not_exist(iam: IamAdminServer) -> None:
    with pytest.raises(TargetRefusedError) as caught:
        run(iam, project="other-project")
    assert caught.value.reason is TargetRefusal.TARGET_NOT_FOUND


def test_a_key_that_google_manages_is_refused(iam: IamAdminServer) -> None:
    iam.add_key(PROJECT, ACCOUNT, "a" * 40, after="2026-11-23T06:00:00Z", keyType="SYSTEM_MANAGED")
    with pytest.raises(ActionError, match="managed by Google"):
        run(iam, {"key": "a" * 40})


def test_a_key_that_google_disabled_is_not_enabled_again(iam: IamAdminServer) -> None:
    done = run(iam)
    reason = "SERVICE_ACCOUNT_KEY_DISABLE_REASON_EXPOSED"
    iam.set_disabled(f"{NAME}/{KEY}", disabled=True, reason=reason)
    with pytest.raises(TargetRefusedError, match="stays disabled") as caught:
        run(iam, undoes=done.undo)
    assert caught.value.reason is TargetRefusal.TARGET_CHANGED
