"""Silences that mute more than one service."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.silences.scope import is_wide, regular_expression, whole_service
from handlers.spec import Match


@pytest.mark.parametrize(
    "block",
    [
        {"service": ["bigquery"]},
        {"service": ["bigquery"], "severity": "low"},
        {"rule": ["functions/*"]},
        {"rule": ["storage/bucket_made_public", "storage/*"]},
        {"resource": ["example-bucket"], "kind": ["job_failure"]},
        {"resource": ["etl-*"], "service": ["composer"]},
        {"resource": ["*"], "service": ["composer"]},
        {"resource": ["????"], "rule": ["composer/*"]},
        {"labels": {"dag": ["load_mart"]}},
        {"principal": ["etl@example.com"], "service": ["iam"]},
    ],
)
def test_a_silence_of_one_service_or_of_named_things_is_not_wide(block: dict[str, Any]) -> None:
    assert not is_wide(Match.from_dict(block))


@pytest.mark.parametrize(
    "block",
    [
        {},
        {"kind": ["job_failure"]},
        {"severity": "critical"},
        {"project": ["example-project"]},
        {"principal": ["etl@example.com"]},
        {"service": ["bigquery", "composer"]},
        {"service": ["*"]},
        {"service": ["big*"]},
        {"rule": ["*"]},
        {"rule": ["*/job_failed"]},
        {"rule": ["bigquery/*", "composer/*"]},
        {"rule": ["b*/job_failed"]},
        {"resource": ["*"]},
        {"resource": ["etl-*"]},
        {"resource": ["?*"]},
        {"resource": ["????????"]},
        {"resource": ["example-bucket", "etl-*"]},
        {"labels": {"dag": ["etl-*"]}},
        {"resource": ["[a-z]*"]},
        {"resource": ["[]abcdefghij]*"]},
        {"resource": ["[!]abcdefghij]*"]},
        {"resource": ["example-bucket", "*"]},
        {"labels": {"dag": ["*"]}},
    ],
)
def test_a_silence_that_reaches_further_is_wide(block: dict[str, Any]) -> None:
    assert is_wide(Match.from_dict(block))


@pytest.mark.parametrize(
    ("block", "service"),
    [
        ({"service": ["bigquery"]}, "bigquery"),
        ({"service": ["bigquery"], "resource": ["*"]}, "bigquery"),
        ({"service": ["bigquery"], "resource": ["etl-*", "?*"]}, "bigquery"),
        ({"service": ["bigquery"], "labels": {"dag": ["*"]}, "kind": ["job_failure"]}, "bigquery"),
        ({"rule": ["bigquery/*"], "severity": "high"}, "bigquery"),
        ({"rule": ["bigquery/job_failed", "bigquery/*"], "project": ["example-project"]}, "bigquery"),
        ({"service": ["bigquery"], "resource": ["etl-*"]}, None),
        ({"service": ["bigquery"], "rule": ["bigquery/job_failed"]}, None),
        ({"rule": ["bigquery/job_*"]}, None),
        ({"service": ["bigquery"], "principal": ["etl@example.com"]}, None),
        ({"resource": ["example-bucket"]}, None),
        ({"resource": ["*"]}, None),
        ({"resource": "ab"}, None),
        ({"labels": {"dag": "a"}}, None),
    ],
)
def test_a_silence_without_names_covers_a_whole_service(block: dict[str, Any], service: str | None) -> None:
    assert whole_service(Match.from_dict(block)) == service


@pytest.mark.parametrize(
    ("pattern", "is_one"), [(".*", True), (".+", True), ("^etl", True), ("example.*", False), ("*", False)]
)
def test_a_regular_expression_is_recognized_by_its_beginning(pattern: str, *, is_one: bool) -> None:
    match = Match.from_dict({"service": ["iam"], "labels": {"dag": [pattern]}})
    assert (regular_expression(match) is not None) is is_one
