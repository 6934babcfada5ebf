"""A headline is a title and a summary; for incidents about Hinomi itself, neither repeats the other."""

from __future__ import annotations

import re

import pytest

from shared.texts import LANGUAGES, Text, findings
from shared.texts.remediations import brakes

PAIRS = [
    (findings.MESSAGES_REJECTED, findings.MESSAGE_REJECTED),
    (findings.CHANNEL_BROKEN_TITLE, findings.CHANNEL_BROKEN),
    (findings.NOT_DELIVERED_TITLE, findings.NOT_DELIVERED),
    (findings.SILENCE_EXPIRES_TITLE, findings.SILENCE_EXPIRES),
    (findings.SILENCE_EXPIRES_TITLE, findings.SILENCE_ENDED),
    (findings.COLLECTOR_DEAD, findings.COLLECTOR_FAILS),
    (findings.COLLECTOR_DEAD, findings.COLLECTOR_SILENT),
    (findings.RULE_CRASHED_TITLE, findings.RULE_CRASHED),
    (findings.DETECTOR_CRASHED_TITLE, findings.DETECTOR_CRASHED),
    (findings.LOAD_CHECK_FAILED, findings.METRICS_NOT_READ),
    (findings.LOAD_CHECK_FAILED, findings.NO_PROJECTS),
    (findings.REPORT_TITLE, findings.REPORT_FAILED),
    (brakes.STOPPED_TITLE, brakes.STOPPED),
]
# A word of English; a run of Chinese characters or of katakana. `actions` is what a silence mutes and counts.
WORDS = {"en": r"[a-z]{5,}", "ja": r"[\u4e00-\u9fff]{2,}|[\u30a0-\u30ff]{3,}"}
COMMON = {"actions", "アクション"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_title_and_summary_share_no_word(language: str) -> None:
    def words(text: object) -> set[str]:
        filled = re.sub(r"\{\w+\}", "…", getattr(text, language)).lower()
        return {word[:6] for word in re.findall(WORDS[language], filled) if word not in COMMON}

    repeated = {title_of(title): words(title) & words(summary) for title, summary in PAIRS}
    assert {title: some for title, some in repeated.items() if some} == {}


def title_of(title: object) -> str:
    return title.en if isinstance(title, Text) else str(getattr(title, "en", ""))
