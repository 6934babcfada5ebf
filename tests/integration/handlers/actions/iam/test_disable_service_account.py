"""The action disable_service_account against a real HTTP server that speaks the IAM API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from demo.platform.iam_admin import IamAdminServer
from handlers.actions.iam import disable_service_account
from handlers.context import ActionResult
from shared.config import Settings
from shared.errors import InputError, TargetRefusedError
from tests.support.incidents import incident
from tests.support.remediating import remediate

PROJECT = "example-project"
ACCOUNT = f"etl@{PROJECT}.iam.gserviceaccount.com"
OWN = f"hinomi-metrics@{PROJECT}.iam.gserviceaccount.com"
NAME = f"projects/{PROJECT}/serviceAccounts/{ACCOUNT}"


@pytest.fixture
def iam() -> Iterator[IamAdminServer]:
    with IamAdminServer() as server:
        server.add_account(PROJECT, ACCOUNT)
        server.add_account(PROJECT, OWN)
        yield server


def run(iam: IamAdminServer, *, of: str = "resource", undoes: Any = None, **changes: Any) -> ActionResult:
    base = {"rule": "iam/service_account_restored", "service": "iam", "resource": ACCOUNT, "labels": {}}
    settings = Settings(iam_endpoint=iam.url, service_accounts=(OWN,))
    view = incident(**{**base, **changes})
    return remediate(disable_service_account, settings, view, params={"of": of}, undoes=undoes)


@pytest.mark.permissions
def test_a_restored_account_is_disabled_and_undo_enables_it(iam: IamAdminServer) -> None:
    done = run(iam)
    assert (done.recovered, done.text.en) == (True, f"disabled service account {ACCOUNT}")
    undone = run(iam, undoes=done.undo)
    assert undone.text.en == f"enabled service account {ACCOUNT} again"
    assert iam.take_switches() == [(NAME, "disable"), (NAME, "enable")]
    assert not run(iam, undoes=done.undo).changed


def test_the_incident_of_a_key_stays_open(iam: IamAdminServer) -> None:
    done = run(iam, rule="iam/service_account_key_created", labels={"service_account": ACCOUNT})
    assert (done.changed, done.recovered) == (True, False)


def test_an_account_that_is_disabled_already_is_left_alone(iam: IamAdminServer) -> None:
    iam.set_disabled(NAME, disabled=True)
    assert (run(iam).changed, iam.take_switches()) == (False, [])


def test_the_principal_of_the_incident_is_disabled_where_the_rule_says_so(iam: IamAdminServer) -> None:
    done = run(iam, of="principal", resource="example-bucket", principal=ACCOUNT, rule="iam/denied_access_probing")
    assert (done.changed, done.recovered) == (True, False)
    assert iam.take_switches() == [(NAME, "disable")]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"of": "principal", "principal": "alice@example.com"}, "does not name a service account"),
        ({"of": "principal", "principal": ""}, "as its principal"),
        ({"resource": OWN}, "is an account of Hinomi"),
        ({"resource": f"projects/-/serviceAccounts/{OWN}"}, "is an account of Hinomi"),
        (
            {"rule": "report/etl", "resource": "load", "labels": {"service_account": ACCOUNT}},
            "does not name a service account",
        ),
    ],
)
def test_any_other_account_is_refused(iam: IamAdminServer, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(TargetRefusedError, match=message):
        run(iam, **changes)
    assert iam.take_switches() == []


def test_an_own_account_is_recognized_by_its_number(iam: IamAdminServer) -> None:
    number = "104563012345678901234"
    iam.add_account(PROJECT, f"hinomi-metrics@{PROJECT}.iam.gserviceaccount.com", uniqueId=number)
    with pytest.raises(TargetRefusedError, match="is an account of Hinomi"):
        run(iam, resource=f"projects/-/serviceAccounts/{number}")


def test_of_is_resource_or_principal() -> None:
    with pytest.raises(InputError, match="of: 'both'"):
        disable_service_account.Params(of="both")
