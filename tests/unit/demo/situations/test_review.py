"""The demo's remediation that a person approves and undoes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from demo.observer import ObservedRun
from demo.platform.bigquery.server import BigQueryServer
from demo.screen import Screen, make_console
from demo.situations.review import ALICE, DATASET, PUBLIC, RULE, PublishedDataset, Reviewer, is_over, problems
from demo.stage import Stage
from shared.model import Mode, RunState

pytestmark = pytest.mark.server  # the simulated BigQuery listens

WAITING = ObservedRun(7, 1, RULE, "remove_iam_member", "opened", Mode.APPROVE, RunState.PLANNED, "", waits=True)
DONE = replace(WAITING, state=RunState.DONE, waits=False, decided_by=ALICE)
UNDO = replace(DONE, id=8, undo_of=7)


def stage() -> Stage:
    return Stage(lambda _: None, Screen(make_console(record=False), live=False, total=1), time_scale=0)


@pytest.fixture
def dataset() -> Iterator[PublishedDataset]:
    with BigQueryServer() as server:
        yield PublishedDataset(stage(), server)


def test_alice_approves_once_and_undoes_once() -> None:
    typed: list[list[str]] = []
    reviewer = Reviewer(stage(), typed.append)
    for runs in ([WAITING], [WAITING], [DONE], [DONE, UNDO]):
        reviewer.look(runs)
        reviewer.stage.step()
    assert typed == [
        ["approvals", "approve", "7", "--by", ALICE],
        ["handlers", "undo", "7", "--yes", "--by", ALICE],
    ]


def test_an_undone_remediation_is_as_planned(dataset: PublishedDataset) -> None:
    dataset.publish()
    assert is_over([DONE, UNDO])
    assert problems(dataset, [DONE, UNDO]) == []


def test_a_missing_undo_and_a_missing_grant_are_problems(dataset: PublishedDataset) -> None:
    assert not is_over([DONE])
    decided, undone, grant = problems(dataset, [DONE])
    assert "were not both decided by" in decided
    assert "no run undid" in undone
    assert grant == f"Datasets: {DATASET} has not got its grant back"


def test_a_change_over_the_api_is_logged_once(dataset: PublishedDataset) -> None:
    logged: list[dict[str, object]] = []
    dataset.stage.publish = logged.append
    dataset.watch()
    dataset.bigquery.grant("example-project", DATASET, PUBLIC)
    dataset.watch()
    dataset.watch()
    assert len(logged) == 1
