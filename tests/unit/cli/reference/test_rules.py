from __future__ import annotations

from typing import Any

import pytest

from cli.reference import job_failures
from cli.reference.rules import reference
from collectors.metrics_analysis.compiler import compile_rules
from shared.config import ROOT
from shared.identity.service_names import NAMES

RULES = ROOT / "rules"


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return compile_rules(RULES)


@pytest.fixture(scope="module")
def page(made: dict[str, Any]) -> str:
    return reference(RULES, made)


def test_every_rule_that_speaks_has_a_section(made: dict[str, Any], page: str) -> None:
    speaking = [spec for spec in made["rules"] if not spec["silent"]] + made["correlations"]

    missing = [spec["name"] for spec in speaking if f"\n### {spec['name']}\n" not in page]

    assert not missing


def test_a_rule_that_only_counts_has_none(made: dict[str, Any], page: str) -> None:
    silent = {spec["title"] for spec in made["rules"] if spec["silent"]}

    assert silent
    assert not [title for title in silent if f"**{title}**" in page]


def test_every_service_has_its_name(made: dict[str, Any]) -> None:
    assert {spec["service"] for spec in made["rules"]} <= set(NAMES)


def test_the_page_describes_the_events_that_resolve_an_incident(page: str) -> None:
    section = page.split("### storage/bucket_made_public\n")[1].split("\n### ", maxsplit=1)[0]

    assert "**Resolved when**: the same role is revoked from the same member" in section
    assert "a policy change that adds one member and removes a public one" in section


def test_a_correlation_says_what_it_counts(page: str) -> None:
    section = page.split("### iam/denied_access_probing\n")[1].split("\n### ", maxsplit=1)[0]

    assert "8 or more different values of `protoPayload.methodName` within 10 min" in section


def test_the_page_of_job_failures_names_each_with_what_ends_it(made: dict[str, Any]) -> None:
    text = job_failures.reference(RULES, made)
    failures = [spec for spec in made["rules"] if spec["kind"] == "job_failure" and not spec["silent"]]
    assert len(failures) > 40
    assert [spec["name"] for spec in failures if not spec["explains"] and f"[`{spec['name']}`]" not in text] == []
    (row,) = (line for line in text.splitlines() if "`workflows/execution_failed`" in line)
    assert row.endswith(
        "| `workflow_id` | The next execution of workflow `workflow_id` succeeded | a step that failed; the next execution succeeds |"
    )
