"""The sentences for the stages of a decision, in Japanese: no word of handlers.yaml is left in them."""

from __future__ import annotations

import pytest

from shared.texts.stages import sentence


@pytest.mark.parametrize(
    ("reason", "values", "japanese"),
    [
        ("kind_differs", {"name": "kind", "pattern": "job_failure, load_issue", "value": "irregular_access"},
         "種類のジョブ失敗、負荷異常が不正アクセスの疑いに一致しません"),
        ("severity_below", {"name": "severity", "pattern": "high", "value": "low"}, "重大度 低は高未満です"),
        ("rule_differs", {"name": "rule", "pattern": "a/b", "value": "high"}, "ルールの a/b が high に一致しません"),
        ("label_differs", {"name": "rule", "pattern": "x", "value": "auto"}, "ラベル rule の x が 'auto' に一致しません"),
        ("trigger_differs", {"on": "opened, resolved", "trigger": "escalated"}, "契機 (on) は新規、復旧のみで、深刻化を含みません"),
        ("no_approval", {"mode": "dry_run"}, "承認不要 (ドライラン)"),
    ],
)  # fmt: skip
def test_words_of_the_handler_rules_are_translated_and_names_are_not(
    reason: str, values: dict[str, str], japanese: str
) -> None:
    message = sentence({"reason": reason, "values": values})
    assert message.ja == japanese
    assert all(value in message.en for value in values.values())
