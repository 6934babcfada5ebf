"""Every format of a report has the same content, in both languages, and escapes texts from outside."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from demo.platform.card_schema import problems
from handlers import registry
from handlers.cards.elements import TEAMS_LIMIT, size
from handlers.messages.mail_html import LARGEST_PAGE, as_html
from handlers.messages.plain_text import as_plain_text
from handlers.reports.card import card_message, mail_card
from handlers.reports.document import ReportDocument, document
from handlers.reports.page import as_page
from handlers.reports.plain import as_markdown, as_text
from insights.reports.build import build
from insights.reports.period import Frequency, containing
from shared.config import Settings
from shared.texts import Text
from shared.texts.locale import Locale
from shared.texts.reports import labels
from shared.texts.wrap import width
from tests.support.report_world import DAY, MONDAY, SENDS, add_incident, add_rejected, fill, fill_history, installed

HOSTILE = "</style><script>alert(1)</script> [x](https://evil.example.com) | `a` *b* {{DATE(1)}} \x1b[31m\u202e"
LANGUAGES = ("en", "ja")
Forms = dict[str, Callable[[ReportDocument, str], str]]


def _card(made: ReportDocument, language: str) -> Any:
    return card_message(made, Locale(language, "UTC", SENDS), "https://hinomi.example.com")


def _mail(made: ReportDocument, language: str) -> Any:
    return mail_card(made, Locale(language, "UTC", SENDS), "")


FORMS: Forms = {
    "text": as_text,
    "markdown": as_markdown,
    "page": as_page,
    "mail": lambda made, language: as_html(_mail(made, language)),
    "mail as text": lambda made, language: as_plain_text(_mail(made, language)),
}


def words(store: ErrorStore, **values: Any) -> ReportDocument:
    settings = Settings(**{"project": "example-project", "schema_db_url": "sqlite:////nonexistent/s.db", **values})
    week = containing(Frequency.WEEKLY, MONDAY.date(), "UTC")
    return document(build(store, settings, week, SENDS, remediations=registry.remediations()))


@pytest.fixture
def full(sqlite_store: ErrorStore, sqlite_schema_store: SchemaStore) -> ReportDocument:
    """The report on a busy week."""
    fill(sqlite_store)
    fill_history(sqlite_schema_store)
    return words(sqlite_store, schema_db_url=str(sqlite_schema_store.engine.url))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_has_the_same_content(full: ReportDocument, language: str) -> None:
    for name, form in FORMS.items():
        shown = form(full, language).replace("\\_", "_").replace("\u200b", "").replace("&#x27;", "'")
        for part in (
            full.head.in_language(language),
            "alice@example.com",
            "orders_load",
            "hinomi silences add --rule composer/task_failed --for 1d --reason "
            + {"en": "'its incidents resolve on their own'", "ja": "'自然に復旧するため'"}[language],
            "load_mart.merge_daily",
            "+150 %",
            "54.69",
            "teams:data",
            labels.NOISE.in_language(language),
            {"en": "BigQuery job failed", "ja": "BigQuery ジョブが失敗"}[language],
        ):
            assert part in shown, (name, part)
    card = _card(full, language)
    assert problems(card) == []
    assert size(card) <= TEAMS_LIMIT


def test_the_text_fits_the_terminal_but_for_names_and_commands(full: ReportDocument) -> None:
    for language in LANGUAGES:
        for line in as_text(full, language, 80).splitlines():
            assert width(line) <= 80 or line.strip().startswith("hinomi "), line


def test_the_most_urgent_decision_comes_first_with_its_command(full: ReportDocument) -> None:
    assert [(each.is_urgent, each.command.en.split()[:3]) for each in full.decisions] == [
        (True, ["hinomi", "incidents", "ack"]),
        (False, ["hinomi", "silences", "add"]),
    ]


def test_the_digits_of_large_counts_are_grouped(sqlite_store: ErrorStore) -> None:
    fill(sqlite_store)
    settings = Settings(project="example-project", schema_db_url="sqlite:////nonexistent/s.db")
    report = build(sqlite_store, settings, containing(Frequency.WEEKLY, MONDAY.date(), "UTC"), SENDS, remediations=())
    report = replace(report, figures=replace(report.figures, by_resolution={"quiet": 19_178}, without_person=12_763))
    noisy = tuple(replace(each, ended=19_178, alone=18_763) for each in report.noisy)
    made = document(replace(report, noisy=noisy))
    assert "12,763 of 19,178 ended incidents needed no person." in made.subline.en
    assert any("18,763 of 19,178 incidents resolved on their own" in each.cells[0].en for each in made.decisions)


def test_an_empty_period_has_one_true_sentence(sqlite_store: ErrorStore) -> None:
    with sqlite_store.transaction(SENDS) as transaction:
        installed(transaction.session, MONDAY - 30 * DAY)
    made = words(sqlite_store)
    assert made.headline.en == "No incident was opened, resolved or left open."
    assert made.subline.en == ""
    assert [section.name for section in made.sections] == ["missing"]
    assert made.is_calm
    assert [note.en[:5] for note in made.notes] == ["Times"]


def test_an_empty_history_is_no_good_news(sqlite_store: ErrorStore) -> None:
    made = words(sqlite_store)
    assert made.headline.en == "There are no records of this period."
    assert "hinomi doctor" in made.subline.en
    assert not made.is_calm
    (missing,) = made.sections
    assert missing.rows[0].cells[1].en.startswith("No snapshots yet: set HINOMI_PROJECTS")


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_from_outside_is_never_markup(sqlite_store: ErrorStore, language: str) -> None:
    with sqlite_store.transaction(SENDS) as transaction:
        installed(transaction.session, MONDAY - 30 * DAY)
        for _ in range(3):
            add_incident(transaction.session, MONDAY, HOSTILE[:150], resource=HOSTILE, severity="critical")
        add_rejected(transaction.session, MONDAY, HOSTILE)
    made = words(sqlite_store, project=HOSTILE)
    assert problems(_card(made, language)) == []
    for name, form in FORMS.items():
        shown = form(made, language)
        assert "\x1b" not in shown, name
        assert "\u202e" not in shown, name
        if name in ("page", "mail", "markdown"):
            assert "<script" not in re.sub("`[^`]*`", "", shown), name  # code is shown as it is
    assert not re.search(r"(?<!\\)\]\(https", re.sub("`[^`]*`", "", as_markdown(made, language)))
    assert not re.search(r"{{DATE", str(_card(made, language)))


@pytest.mark.parametrize("character", ["x", "\u706b", "\U0001f525", "*"])
def test_the_largest_report_fits_a_card_and_an_email(sqlite_store: ErrorStore, character: str) -> None:
    with sqlite_store.transaction(SENDS) as transaction:
        for number in range(30):
            rule = f"{number} {character * 150}"
            for _ in range(3):
                add_incident(transaction.session, MONDAY, rule, resource=character * 3_000, severity="critical")
            add_rejected(transaction.session, MONDAY, f"{number}{character * 2_000}")
    made = words(sqlite_store)
    made = replace(made, project=character * 200, notes=(*made.notes, Text.verbatim(character * 5_000)))
    for language in LANGUAGES:
        assert size(_card(made, language)) <= TEAMS_LIMIT
        assert len(as_html(_mail(made, language)).encode()) <= LARGEST_PAGE


def test_the_page_makes_no_request_and_runs_nothing(full: ReportDocument) -> None:
    page = as_page(full, "en")
    assert "default-src 'none'" in page
    assert not re.search(r"<(script|link|img|iframe)|https?://|url\(|@import", page)
