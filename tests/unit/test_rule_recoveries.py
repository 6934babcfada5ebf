"""What must not close an incident of a rule that ships."""

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
    """A SELECT of a service account into no table of its own: only its principal says which job it is."""
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
