"""The Japanese descriptions of collectors."""

from __future__ import annotations

from collectors.history_analysis import registry
from collectors.metrics_analysis.compiler.metrics import compile_metrics
from shared.config import ROOT
from shared.texts.history import collectors


def test_each_collector_has_a_japanese_sentence_and_there_is_none_beside() -> None:
    found = registry.discover(compile_metrics(ROOT / "rules").history)
    assert set(collectors.JAPANESE) == {collector.name for collector in found}
