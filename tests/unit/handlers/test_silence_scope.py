"""Silences that mute more than one service."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.silence_scope import is_wide
from handlers.spec import Match


@pytest.mark.parametrize(
    "block",
    [
        {"service": ["bigquery"]},
        {"service": ["bigquery"], "severity": "low"},
        {"rule": ["functions/*"]},
        {"rule": ["storage/bucket_made_public", "storage/*"]},
        {"resource": ["etl-*"]},
        {"resource": ["example-bucket"], "kind": ["job_failure"]},
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
        {"resource": ["?*"]},
        {"resource": ["[a-z]*"]},
        {"resource": ["[]abcdefghij]*"]},
        {"resource": ["[!]abcdefghij]*"]},
        {"resource": ["example-bucket", "*"]},
        {"labels": {"dag": ["*"]}},
    ],
)
def test_a_silence_that_reaches_further_is_wide(block: dict[str, Any]) -> None:
    assert is_wide(Match.from_dict(block))
