"""How pages show texts and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import flask
import pytest
from markupsafe import escape

from dashboard import formats
from dashboard.charts.units import measure
from dashboard.pages.performance import about
from shared.texts import Text
from shared.texts.locale import Locale


@pytest.fixture(params=["ja"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    """Sets the language of the visitor for whom a page is made."""
    with flask.Flask("dashboard").app_context():
        flask.g.locale = Locale(request.param, "Asia/Tokyo", datetime(2026, 11, 25, 18, tzinfo=UTC))
        yield request.param


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ([0.577, 0.408, 0.015], [58, 41, 1]),
        ([0.754, 0.296, -0.05], [75, 30, -5]),
        ([1 / 3, 1 / 3, 1 / 3], [34, 33, 33]),
        ([], []),
    ],
)
def test_shares_in_percent_add_up_to_the_whole(shares: list[float], expected: list[int]) -> None:
    assert formats.percents(shares) == expected


@pytest.mark.usefixtures("language")
@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("9412", "9,412"),
        ("at least 1000", "at least 1,000"),
        ("1234567.25 to 2000000.", "1,234,567.25 to 2,000,000."),
        (
            "2026-11-30 12:00, run_20261130, v1.2000, 0.1234, 999",
            "2026-11-30 12:00, run_20261130, v1.2000, 0.1234, 999",
        ),
    ],
)
def test_numbers_of_a_stored_text_have_separators_but_names_and_dates_do_not(stored: str, shown: str) -> None:
    assert formats.grouped(stored) == shown


@pytest.mark.usefixtures("language")
@pytest.mark.parametrize("language", ["en", "ja"], indirect=True)
def test_days_in_a_sentence_are_shown_like_other_days_but_names_and_times_are_not(language: str) -> None:
    sentence = Text(en="granted only on 2026-11-23, not 2025-01-02", ja="付与されたのは 2026-11-23")
    expected = {"en": "granted only on 23 Nov, not 2025-01-02", "ja": "付与されたのは 11月23日"}[language]
    assert formats.dated(sentence) == expected
    for kept in ("2026-11-23 10:00 UTC", "run-2026-11-23", "2026-13-40", "2026-11-23T10:00"):
        assert formats.dated(kept) == kept


@pytest.mark.usefixtures("language")
@pytest.mark.parametrize("language", ["en", "ja"], indirect=True)
def test_no_space_follows_a_japanese_full_stop(language: str) -> None:
    parts = Text(en="One.", ja="一つ。"), "", Text(en="Two.", ja="二つ。")
    assert formats.sentences(*parts) == {"en": "One. Two.", "ja": "一つ。二つ。"}[language]


@pytest.mark.usefixtures("language")
def test_a_japanese_number_and_its_unit_stay_on_one_line() -> None:
    shown = formats.shown(Text(en="in 28 days", ja="BigQuery の費用は 28 日間で 5 件です"))
    assert shown == "BigQuery の費用は 28\N{NO-BREAK SPACE}日間で 5\N{NO-BREAK SPACE}件です"


@pytest.mark.usefixtures("language")
def test_a_rate_names_its_unit_once() -> None:
    assert [measure(24, "1/s"), measure(2048, "By/s"), measure(3, "{query}/min"), measure(24, "1")] == [
        "24/s", "2 KiB/s", "3/min", "24",
    ]  # fmt: skip


def test_less_than_a_tenth_is_not_said_to_be_nothing() -> None:
    assert (about(1.23).en, about(0.01).en, about(0.01).ja) == ("about 1.2", "fewer than 0.1", "0.1 件未満")


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("load_mart.merge", ("load_mart.", "merge", "")),
        ("load_mart", ("", "load_mart", "")),
        ("airflow:prod/load.merge", ("", "load.merge", "airflow:prod")),
        ("bob@example.com DROP_TABLE", ("bob@example.com ", "DROP_TABLE", "")),
        ("etl@p.iam.gserviceaccount.com SELECT", ("etl@p ", "SELECT", "")),
        ("MERGE mart.sales", ("MERGE mart.", "sales", "")),
        ("europe-west1/pipeline:churn-training", ("", "churn-training", "europe-west1/pipeline")),
        ("europe-west1/events.daily", ("", "events.daily", "europe-west1")),
    ],
)
def test_the_own_part_of_the_name_of_a_job_is_what_tells_it_from_others(name: str, parts: tuple[str, str, str]) -> None:
    assert formats.job_name_parts(name) == parts


@pytest.mark.usefixtures("language")
def test_the_words_of_a_command_stay_whole_and_nothing_of_them_is_lost() -> None:
    command = "bq query --nouse_legacy_sql 'REVOKE `a` ON <b>'\n  gcloud x"
    shown = formats.whole_words(command)
    assert '<span class="w">--nouse_legacy_sql</span>' in shown
    assert "<b>" not in shown
    assert shown.striptags() == " ".join(command.split())
    assert re.sub(r"</?span[^>]*>", "", shown) == str(escape(command))
