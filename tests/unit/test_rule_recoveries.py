"""Entries that must not resolve an incident of a shipped rule."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from collectors.metrics_analysis.sigma import artifact
from collectors.metrics_analysis.sigma.engine import Engine
from shared.config import ROOT

FOLDER = ROOT / "rules" / "bigquery"


@pytest.fixture(scope="module")
def rules() -> Engine:
    return Engine(artifact.load(ROOT / "rules"))


def unlabelled_query(*, good: bool) -> dict[str, Any]:
    """A SELECT of a service account without a destination table: only its principal identifies the job."""
    examples = json.loads((FOLDER / "job_failed.examples.json").read_text(encoding="utf-8"))
    entry: dict[str, Any] = copy.deepcopy(examples["match"][0]["entries"][0])
    payload = entry["protoPayload"]
    job = payload["metadata"]["jobChange"]["job"]
    job["jobConfig"].pop("labels", None)
    table = "projects/example-project/datasets/_0123/tables/anon1"
    job["jobConfig"]["queryConfig"] = {"statementType": "SELECT", "destinationTable": table}
    if good:
        payload.pop("status", None)
        job["jobStatus"] = {"jobState": "DONE"}
    return entry


def test_another_good_query_of_a_principal_does_not_close_a_failed_one(rules: Engine) -> None:
    [finding] = rules.evaluate(unlabelled_query(good=False)).findings
    assert finding.rule == "bigquery/job_failed"
    assert finding.quiet_seconds == 8 * 86400
    assert not rules.evaluate(unlabelled_query(good=True)).recoveries


@pytest.mark.parametrize(
    ("sink", "mask", "closes"),
    [
        ({"disabled": False}, "disabled", True),
        ({}, "description,disabled", True),
        ({"description": "x"}, "description", False),
        ({"disabled": True}, "description", False),
        ({"exclusions": [{"name": "all", "filter": ""}]}, "exclusions", False),
        ({"exclusions": [{"name": "all", "filter": "logName:*"}]}, "disabled,exclusions", False),
        ({"filter": "NOT logName:*"}, "filter,disabled", False),
        ({"filter": "-insertId:*"}, "filter,disabled", False),
        ({"exclusions": [{"name": "all", "filter": "", "disabled": False}]}, "disabled", False),
        ({"exclusions": [{"name": "all", "filter": "sample(insertId, 1)"}]}, "disabled", False),
        ({"exclusions": [{"name": "all", "filter": "", "disabled": True}]}, "disabled", True),
        ({"exclusions": [{"name": "debug", "filter": "severity<INFO"}]}, "disabled", True),
        ({}, "", False),
        ({}, "disabledx", False),
        ({}, "filter,notdisabled", False),
        ({}, {"paths": ["filter", "disabled"]}, True),
        ({}, {"paths": "filter,disabled"}, True),
        ({}, ["disabled"], True),
        ({}, 'paths: "filter" paths: "disabled"', True),
        ({}, {"paths": ["filter"]}, False),
        ({}, {"paths": []}, False),
        ({}, {}, False),
        ({}, 7, False),
    ],
)
def test_only_enabling_a_sink_resolves_its_disabling(
    rules: Engine, sink: dict[str, Any], mask: object, *, closes: bool
) -> None:
    path = ROOT / "rules" / "logging" / "sink_removed.examples.json"
    examples = json.loads(path.read_text(encoding="utf-8"))
    entry = copy.deepcopy(examples["recovery"][0]["entries"][1])
    entry["protoPayload"]["request"] |= {"sink": {"name": "hinomi", **sink}, "updateMask": mask}
    found = [one for one in rules.evaluate(entry).recoveries if one.rule == "logging/sink_removed"]
    assert bool(found) is closes


def test_enabling_a_sink_does_not_close_that_it_exports_nothing(rules: Engine) -> None:
    folder = ROOT / "rules" / "logging"
    enabled = json.loads((folder / "sink_removed.examples.json").read_text(encoding="utf-8"))["recovery"][0]["entries"][
        1
    ]
    found = rules.evaluate(enabled).recoveries
    assert [one.rule for one in found] == ["logging/sink_removed"]


# Nothing undoes these, or no log shows that somebody did: their incidents are closed, not resolved. The reason is in the
# rule (`because`).
PAST = {
    "bigquery/copied_to_other_project",
    "bigquery/data_exported",
    "bigquery/tables_deleted_in_bulk",
    "composer/airflow_command_executed",
    "gke/anonymous_access",
    "iam/denied_access_burst",
    "iam/denied_access_probing",
    "iam/escalation_refused_person",
    "iam/escalation_refused_service_account",
    "iam/owner_invited",
    "iam/token_denied_burst",
    "network/perimeter_refused",
    "storage/object_denied_burst",
    "storage/objects_deleted_in_bulk",
    "vertex_ai/model_exported",
}


@pytest.fixture(scope="module")
def specs() -> list[dict[str, Any]]:
    """The rules and correlations that open incidents."""
    compiled = artifact.load(ROOT / "rules")
    every = [*compiled["rules"], *compiled["correlations"]]
    return [one for one in every if not one.get("silent") and not one.get("explains")]


def test_an_entry_undoes_every_fault_of_access_that_is_not_past(specs: list[dict[str, Any]]) -> None:
    access = [one for one in specs if one["kind"] == "irregular_access"]
    assert {one["name"] for one in access if not one.get("recovery")} == PAST


def test_a_rule_that_closes_by_quiet_alone_says_why_no_entry_ends_its_incidents(specs: list[dict[str, Any]]) -> None:
    undecided = [one["name"] for one in specs if not one.get("recovery") and not one["about"].get("because")]
    assert undecided == []


def test_every_incident_ends_without_a_person_or_by_an_entry(specs: list[dict[str, Any]]) -> None:
    assert [one["name"] for one in specs if not one.get("recovery") and not one["quiet"]] == []
