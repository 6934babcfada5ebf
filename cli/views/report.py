"""Reports as JSON, and the table of scheduled reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cli.language import localize
from cli.views import output
from cli.views.output import styled
from cli.views.rows import print_rows
from shared.texts.locale import Locale
from shared.texts.reports import command as texts
from shared.texts.reports import labels

if TYPE_CHECKING:
    from datetime import datetime

    from db.error_db.reports import SubscriptionState
    from handlers.reports.subscriptions import ScheduledReport


def print_scheduled(
    scheduled: Sequence[ScheduledReport], states: Mapping[str, SubscriptionState], now: datetime
) -> None:
    """Prints for each report the next time and its period, the last time, and the last error."""
    console = output.console()
    if not scheduled:
        output.print_text(console, texts.NONE_SCHEDULED)
        return
    rows = []
    for each in scheduled:
        state = states.get(each.name)
        period = each.period(state.next_day) if state else each.first_period(now)
        locale = Locale("en", each.zone, now)
        due = max(each.due(period), state.not_before) if state and state.error else each.due(period)
        cells = (
            each.name,
            locale.minute(due),
            localize(labels.days_text(period.first, period.last)),
            locale.minute(state.sent_at) if state and state.sent_at else localize(texts.NEVER),
            state.error if state and state.error else "",
        )
        rows.append([styled(cell) for cell in cells])
    columns = [texts.REPORT, texts.NEXT, texts.ABOUT, texts.SENT, texts.ERROR]
    print_rows(console, columns, rows, prose=[texts.ERROR])
