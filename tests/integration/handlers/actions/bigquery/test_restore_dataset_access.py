"""The action restore_dataset_access against a real HTTP server that speaks the BigQuery API for datasets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from demo.platform.bigquery.server import BigQueryServer
from handlers.actions.bigquery import restore_dataset_access
from handlers.actions.bigquery.restore_dataset_access import Params
from handlers.context import ActionResult
from insights.access.earlier_access import EarlierAccess
from insights.access.model import AccessGrant
from shared.config import Settings
from shared.errors import ActionError, InputError, TargetRefusal, TargetRefusedError
from shared.model import Mode
from tests.support.incidents import NOW, incident
from tests.support.remediating import remediate

PROJECT, DATASET = "example-project", "mart"
NAME = f"//bigquery.googleapis.com/projects/{PROJECT}/datasets/{DATASET}"
VIEWER, EDITOR = "roles/bigquery.dataViewer", "roles/bigquery.dataEditor"
HINOMI = f"hinomi-metrics@{PROJECT}.iam.gserviceaccount.com"
OPENED = NOW - timedelta(minutes=3)
CONDITION = {"expression": "request.time.getHours() < 18", "title": "office hours", "description": ""}

OWNERS = {"role": "OWNER", "specialGroup": "projectOwners"}
VIEW = {"view": {"projectId": PROJECT, "datasetId": "raw", "tableId": "v"}}
EVERYBODY = {"role": "READER", "specialGroup": "allAuthenticatedUsers"}
CAROL = {"role": "WRITER", "userByEmail": "carol@example.com"}
DATA = {"role": "READER", "groupByEmail": "data@example.com"}
OURS = {"role": "READER", "userByEmail": HINOMI}


def before(*members: tuple[str, str], condition: Any = None) -> EarlierAccess:
    grants = tuple(
        AccessGrant(
            NAME, role, member, condition, NOW - timedelta(days=9), None, exact_from=False, exact_to=False,
            granted_by=None, revoked_by=None,
        )
        for role, member in members
    )  # fmt: skip
    return EarlierAccess(grants, OPENED - timedelta(hours=1))


EARLIER = before((VIEWER, "group:data@example.com"), ("roles/bigquery.dataOwner", f"projectOwner:{PROJECT}"))


@pytest.fixture
def bigquery() -> Iterator[BigQueryServer]:
    """A dataset on which everybody and a person now have roles, and a group has lost its role."""
    with BigQueryServer() as server:
        server.add_dataset(PROJECT, DATASET, [OWNERS, VIEW, EVERYBODY, CAROL, OURS])
        yield server


def run(bigquery: BigQueryServer, earlier: EarlierAccess | None = EARLIER, **more: Any) -> ActionResult:
    asked: list[tuple[str, datetime]] = []
    settings = Settings(bigquery_endpoint=bigquery.url, service_accounts=(HINOMI,))
    names = ("mode", "undoes", "params", "noted_undo")
    context = {name: more.pop(name) for name in names if name in more}
    about = {"service": "bigquery", "rule": "bigquery/dataset_policy_public", "opened_at": OPENED, "evidence": {}}
    view = incident(
        **{**about, "project": PROJECT, "resource": f"projects/{PROJECT}/datasets/{DATASET}", "labels": {}, **more}
    )

    def earlier_access(name: str, at: datetime) -> EarlierAccess | None:
        asked.append((name, at))
        return earlier

    result = remediate(restore_dataset_access, settings, view, earlier_access=earlier_access, **context)
    hours = (context.get("params") or {}).get("hours_before", 0)
    assert asked in ([], [(NAME, OPENED - timedelta(hours=hours, seconds=1))])
    return result


@pytest.mark.permissions
def test_the_roles_of_before_are_restored_and_undo_reverses_exactly_these(bigquery: BigQueryServer) -> None:
    done = run(bigquery)
    assert done.text.en == (
        "restored the roles on dataset example-project.mart as of 2026-11-23 06:02:11 UTC: "
        f"remove allAuthenticatedUsers as {VIEWER}, user:carol@example.com as {EDITOR}, "
        f"grant group:data@example.com as {VIEWER}"
    )
    assert done.recovered
    restored = {"role": VIEWER, "groupByEmail": "data@example.com"}
    assert bigquery.access(PROJECT, DATASET) == [OWNERS, VIEW, OURS, restored]

    late = {"role": "READER", "userByEmail": "late@example.com"}
    bigquery.grant(PROJECT, DATASET, late)
    undone = run(bigquery, undoes=done.undo)
    assert undone.undo is None
    left = bigquery.access(PROJECT, DATASET)
    assert left[:4] == [OWNERS, VIEW, OURS, late]
    assert [each["role"] for each in left[4:]] == [VIEWER, EDITOR]
    assert not run(bigquery, undoes=done.undo).changed


def test_roles_that_are_the_same_stay(bigquery: BigQueryServer) -> None:
    bigquery.add_dataset(PROJECT, DATASET, [OWNERS, VIEW, DATA])
    outcome = run(bigquery)
    assert (outcome.changed, outcome.recovered) == (False, True)
    assert bigquery.access(PROJECT, DATASET) == [OWNERS, VIEW, DATA]


def test_a_role_with_a_condition_is_another_role(bigquery: BigQueryServer) -> None:
    bigquery.add_dataset(PROJECT, DATASET, [DATA])
    run(bigquery, before((VIEWER, "group:data@example.com"), condition=CONDITION))
    assert bigquery.access(PROJECT, DATASET) == [
        {"role": VIEWER, "groupByEmail": "data@example.com", "condition": CONDITION}
    ]


def test_public_and_deleted_members_are_not_granted(bigquery: BigQueryServer) -> None:
    bigquery.add_dataset(PROJECT, DATASET, [CAROL])
    earlier = before((VIEWER, "allUsers"), (VIEWER, "deleted:user:x@example.com?uid=1"))
    run(bigquery, earlier)
    assert bigquery.access(PROJECT, DATASET) == []


@pytest.mark.parametrize(
    ("kept", "elements"),
    [
        ((VIEWER, "allAuthenticatedUsers"), {}),
        (
            (EDITOR, "user:carol@example.com"),
            {"deltas": [{"action": "ADD", "role": EDITOR, "member": "user:carol@example.com"}]},
        ),
    ],
)
def test_an_incident_whose_role_is_older_does_not_resolve(
    bigquery: BigQueryServer, kept: tuple[str, str], elements: dict[str, Any]
) -> None:
    outcome = run(bigquery, before(kept), evidence={"elements": elements})
    assert (outcome.changed, outcome.recovered) == (True, False)


@pytest.mark.parametrize(
    ("earlier", "reason"),
    [
        (EarlierAccess(EARLIER.grants, None), TargetRefusal.OTHER_TARGET),
        (EarlierAccess(EARLIER.grants, OPENED - timedelta(hours=4)), TargetRefusal.OTHER_TARGET),
        (EarlierAccess((), OPENED - timedelta(hours=1)), TargetRefusal.OTHER_TARGET),
    ],
    ids=["never read", "read too long before", "no role"],
)
def test_roles_that_the_history_does_not_know_are_not_restored(
    bigquery: BigQueryServer, earlier: EarlierAccess, reason: TargetRefusal
) -> None:
    with pytest.raises(TargetRefusedError, match="the history has no roles of dataset") as caught:
        run(bigquery, earlier)
    assert caught.value.reason is reason
    assert bigquery.requests == []


def test_a_schema_db_that_does_not_answer_is_asked_again(bigquery: BigQueryServer) -> None:
    with pytest.raises(ActionError, match="the Schema DB does not respond") as caught:
        run(bigquery, None)
    assert not caught.value.permanent


def test_more_roles_than_the_limit_are_not_changed(bigquery: BigQueryServer) -> None:
    with pytest.raises(TargetRefusedError, match="3 roles would change, more than 2"):
        run(bigquery, params={"max_changes": 2})
    assert EVERYBODY in bigquery.access(PROJECT, DATASET)


@pytest.mark.permissions
def test_a_dry_run_lists_each_role_and_changes_nothing(bigquery: BigQueryServer) -> None:
    text = run(bigquery, mode=Mode.DRY_RUN, params={"hours_before": 24, "max_age_hours": 48}).text.en
    assert text.startswith("would restore the roles on dataset example-project.mart as of 2026-11-22 06:02:11 UTC")
    assert EVERYBODY in bigquery.access(PROJECT, DATASET)


@pytest.mark.parametrize(
    "resource",
    [
        "projects/other-project/datasets/mart",
        "projects/example-project/datasets/mart/tables/orders",
        "projects/example-project/datasets/..",
        "mart",
    ],
)
def test_anything_but_a_dataset_of_the_project_is_refused_before_any_call(
    bigquery: BigQueryServer, resource: str
) -> None:
    with pytest.raises(TargetRefusedError, match="not about a dataset of its project"):
        run(bigquery, resource=resource)
    assert bigquery.requests == []


@pytest.mark.parametrize(
    "given", [{"hours_before": -1}, {"hours_before": 721}, {"max_age_hours": 0}, {"max_changes": 0}]
)
def test_the_limits_are_bounded(given: dict[str, int]) -> None:
    with pytest.raises(InputError, match=next(iter(given))):
        Params(**given)
