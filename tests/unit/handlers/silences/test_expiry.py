from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from handlers.silences.expiry import notice_of
from handlers.silences.matcher import matcher_text
from shared.records import SilenceView

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lasts", "notice"),
    [
        (timedelta(hours=24), None),
        (timedelta(hours=25), timedelta(hours=4)),
        (timedelta(days=7), timedelta(hours=4)),
        (timedelta(days=8), timedelta(days=1)),
        (timedelta(days=31), timedelta(days=7)),
        (timedelta(days=366), timedelta(days=7)),
    ],
)
def test_the_longer_a_silence_lasts_the_earlier_people_are_reminded(lasts: timedelta, notice: timedelta | None) -> None:
    assert notice_of(SilenceView(1, {}, "a", "b", NOW, NOW + lasts, 0, NOW)) == notice


def test_the_matcher_is_one_line_in_both_languages() -> None:
    text = matcher_text({"service": ["bigquery", "storage"], "severity": "high", "labels": {"dag": ["etl-*"]}})
    assert text.en == "service bigquery | storage, severity high or above, label dag=etl-*"
    assert text.ja == "サービス bigquery | storage、重大度 高以上、ラベル dag=etl-*"
