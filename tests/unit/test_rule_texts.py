"""The English and Japanese texts of the shipped rules."""

from __future__ import annotations

import re
from typing import Any

import pytest

from collectors.metrics_analysis.sigma import template
from shared.texts.findings import RULE_RECOVERED
from tests.support.shipped_rules import compiled

ARTIFACT = compiled()
SPEAKING = [spec for spec in ARTIFACT["rules"] if not spec["silent"]] + ARTIFACT["correlations"]
RECOVERING = [spec for spec in SPEAKING if spec["recovery"]]
# Kana or kanji: a name alone would not be a translation.
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def name(spec: dict[str, Any]) -> str:
    return str(spec.get("name", ""))


@pytest.mark.parametrize("spec", SPEAKING, ids=name)
def test_a_rule_speaks_japanese(spec: dict[str, Any]) -> None:
    texts = spec["translations"]["ja"]
    assert all(JAPANESE.search(texts[key]) for key in ("title", "summary"))
    assert set(template.alternatives(texts["summary"])) == set(template.alternatives(spec["summary"]))


@pytest.mark.parametrize("spec", RECOVERING, ids=name)
def test_a_recovery_says_what_happened_in_both_languages(spec: dict[str, Any]) -> None:
    told = spec["recovered"], spec["translations"]["ja"]["recovered"]
    assert told[0] != RULE_RECOVERED.en
    assert told[1] != RULE_RECOVERED.ja
    assert JAPANESE.search(told[1])
    assert set(template.alternatives(told[0])) == set(template.alternatives(told[1]))


@pytest.mark.parametrize("spec", ARTIFACT["load"], ids=lambda spec: str(spec["key"]))
def test_a_load_check_speaks_japanese(spec: dict[str, Any]) -> None:
    assert all(JAPANESE.search(text) for text in spec["ja"].values())
    assert set(template.alternatives(spec["ja"]["summary"])) == set(template.alternatives(spec["summary"]))


def test_no_two_titles_are_the_same_in_japanese() -> None:
    titles = [spec["translations"]["ja"]["title"] for spec in SPEAKING] + [
        spec["ja"]["title"] for spec in ARTIFACT["load"]
    ]
    assert sorted(titles) == sorted(set(titles))
