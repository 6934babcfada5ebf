"""The forms of a report for a channel, in its language."""

from __future__ import annotations

from dataclasses import replace

from handlers.cards.elements import card as card_element
from handlers.cards.elements import message, text_block
from handlers.cards.escape import markdown
from handlers.messages.report_message import ReportMessage
from handlers.reports.card import card_message, mail_card
from handlers.reports.document import ReportDocument, document
from handlers.reports.page import as_page
from insights.reports.model import PeriodReport
from shared.texts import cards
from shared.texts.locale import Locale

SHORT = 200  # characters


def report_message(
    report: PeriodReport, locale: Locale, *, key: str, dashboard_url: str = "", maybe_sent: bool = False
) -> ReportMessage:
    """The message of a report. `maybe_sent`: an earlier attempt may have sent it, which the message mentions."""
    made = document(report)
    if maybe_sent:
        made = replace(made, notes=(cards.MAYBE_SENT, *made.notes))
    period = report.period
    return ReportMessage(
        subject=f"[Hinomi] {locale.text(made.head)}: {locale.text(made.headline)}",
        card=card_message(made, locale, dashboard_url),
        short_card=_short(made, locale),
        mail=mail_card(made, locale, dashboard_url),
        page=as_page(made, locale.language),
        file_name=f"hinomi-report-{period.first.isoformat()}-{period.last.isoformat()}.html",
        key=key,
    )


def _short(made: ReportDocument, locale: Locale) -> dict[str, object]:
    """A card without any text from outside."""
    lines = [locale.text(made.head), locale.text(made.headline), made.command]
    body = [text_block(markdown(text, SHORT)) for text in lines]
    return message(card_element(body, [], fallback=lines[0], language=locale.language))
