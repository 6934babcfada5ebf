"""The English and Japanese texts of the shipped rules."""

from __future__ import annotations

import re
from typing import Any

from collectors.metrics_analysis.sigma import template
from shared.texts.findings import RULE_RECOVERED
from tests.support.shipped_rules import compiled

# Kana or kanji: a name alone would not be a translation.
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def speaking() -> list[dict[str, Any]]:
    """The rules that open incidents."""
    artifact = compiled()
    return [*(spec for spec in artifact["rules"] if not spec["silent"]), *artifact["correlations"]]


def name(spec: dict[str, Any]) -> str:
    return str(spec.get("name", ""))


def has_same_fields(english: str, japanese: str) -> bool:
    return set(template.alternatives(english)) == set(template.alternatives(japanese))


def test_every_rule_speaks_japanese() -> None:
    def speaks(spec: dict[str, Any]) -> bool:
        texts = spec["translations"]["ja"]
        has_words = re.search(r"[A-Za-z]", re.sub(r"\{[^}]*\}", "", spec["summary"]))  # values alone have no language
        translated = all(JAPANESE.search(texts[key]) for key in ("title", "summary") if key == "title" or has_words)
        return translated and has_same_fields(spec["summary"], texts["summary"])

    assert len(speaking()) > 100
    assert [name(spec) for spec in speaking() if not speaks(spec)] == []


def test_every_rule_is_described_in_japanese_too() -> None:
    def is_described(spec: dict[str, Any]) -> bool:
        text = str(spec["about"].get("description_ja", ""))
        words = re.sub(r"\([^)]*\)|[\w.:/]*[A-Za-z][\w.:/]*", "", text)
        return text.endswith("。") and len(JAPANESE.findall(words)) > len(words) / 2

    assert [name(spec) for spec in speaking() if not is_described(spec)] == []


def test_every_recovery_is_described_in_both_languages() -> None:
    def says(spec: dict[str, Any]) -> bool:
        english, japanese = spec["recovered"], spec["translations"]["ja"]["recovered"]
        own = english != RULE_RECOVERED.en and japanese != RULE_RECOVERED.ja
        return own and bool(JAPANESE.search(japanese)) and has_same_fields(english, japanese)

    recovering = [spec for spec in speaking() if spec["recovery"]]
    assert len(recovering) > 50
    assert [name(spec) for spec in recovering if not says(spec)] == []


def test_every_load_check_speaks_japanese() -> None:
    def speaks(spec: dict[str, Any]) -> bool:
        translated = all(JAPANESE.search(text) for text in spec["ja"].values())
        return translated and has_same_fields(spec["summary"], spec["ja"]["summary"])

    assert len(compiled()["load"]) > 20
    assert [spec["key"] for spec in compiled()["load"] if not speaks(spec)] == []


def test_no_two_titles_are_the_same_in_japanese() -> None:
    titles = [spec["translations"]["ja"]["title"] for spec in speaking()]
    titles += [spec["ja"]["title"] for spec in compiled()["load"]]
    assert sorted(titles) == sorted(set(titles))


def test_every_metric_is_described_in_both_languages() -> None:
    metrics = [each for service in compiled()["history"] for each in service["metrics"]]
    assert len(metrics) > 40
    assert [each["metric"] for each in metrics if not JAPANESE.search(each.get("description_ja", ""))] == []
