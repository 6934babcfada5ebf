"""The recorded target of a run, in the reader's language."""

from __future__ import annotations

import pytest

from shared.texts.recorded import target_text
from shared.texts.stages import sentence


@pytest.mark.parametrize(
    ("target", "japanese"),
    [
        ("etl: load_mart.merge_daily of manual__2026", "etl: manual__2026 の load_mart.merge_daily"),
        ("load_mart.merge_daily of manual__2026", "manual__2026 の load_mart.merge_daily"),
        ("teams:default", "teams:default"),
        ("cdc: orders of the shop", "cdc: orders of the shop"),
    ],
)
def test_a_part_of_a_whole_is_named_in_the_order_of_the_language(target: str, japanese: str) -> None:
    assert (target_text(target).en, target_text(target).ja) == (target, japanese)


def test_the_sentence_of_a_stage_has_the_target_in_its_language() -> None:
    values = {"action": "clear", "target": "etl: merge of manual__1", "mode": "auto"}
    message = sentence({"reason": "starts", "values": values})
    assert (message.en, message.ja) == (
        "clear on etl: merge of manual__1 (auto)",
        "etl: manual__1 の merge に対する clear (自動)",
    )
