"""A report in every form that channels send; the notifier chooses one."""

from __future__ import annotations

from handlers.cards.elements import Element
from shared.lazy.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class ReportMessage:
    """One report in the language of a channel.

    `card` is within the size limit of Teams, `short_card` has its first lines, `mail` is longer, and `page` is an HTML page
    of its own, with a file name. `key` identifies the report: it is the same when the report is sent again.
    """

    subject: str
    card: Element
    short_card: Element
    mail: Element
    page: str
    file_name: str
    key: str
