"""The cost of BigQuery by user, job, dataset or label, over time; why a day was expensive; who waited for slots."""

# ruff: noqa: PLC0415 - a page imports what it needs with its first request, not with the process

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from dashboard.page import Page
from dashboard.page_request import PageRequest
from shared.texts.dashboard import cost as texts
from shared.texts.dashboard import run_states

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from insights.cost.spending import By, CostLine, Prices

SPANS = (7, 28, 90, 365)
ON_A_PAGE, NAMED = 25, 3
WAITS = timedelta(days=7)

PAGE = Page("cost", texts.TITLE, order=50, icon="coin", key="c")


@PAGE.get("/cost", "cost/overview.html")
def show(request: PageRequest) -> dict[str, Any]:
    """The cost of a period by one dimension, the explanation of one day, and the longest waits for slots."""
    from insights.cost.explain import explain_day, unusual_day
    from insights.cost.longest_waits import collectors_price, label_names, longest_waits
    from insights.cost.spending import TOTAL, cost, day_prices
    from insights.jobs.coverage import coverage

    by, days, prices = _by(request), _span(request), _prices(request)
    start = request.now - timedelta(days=days)
    with request.schema_db() as session:
        since = coverage(session, request.now, request.now, "bigquery").first
        labels = label_names(session, request.now)
        label = _label(request, labels) if by == "label" else ""
        lines = cost(session, by, now=request.now, days=days, prices=prices, key=label, by_day=False)
        # A period before the first recorded job says nothing about a rise.
        is_compared = since is not None and since <= request.now - timedelta(days=2 * days - 1)
        rising = _rising(lines) if is_compared else None
        named = [line.key for line in lines if line is not rising][:NAMED] + ([rising.key] if rising else [])
        drawn = day_prices(session, by, start, request.now, prices, key=label, names=named)
        today = request.now.date()
        day = _day(request, today) or unusual_day(drawn[TOTAL], today, min(days, 28))
        explained = explain_day(session, day, by, prices, key=label)
        waits = longest_waits(session, request.now - WAITS, request.now)
        own = collectors_price(session, start, request.now, prices)
    first = (request.number("page") - 1) * ON_A_PAGE
    return {
        "t": texts,
        "s": run_states,
        "by": str(by),
        "days": days,
        "spans": SPANS,
        "labels": labels,
        "label": label,
        "lines": lines[first : first + ON_A_PAGE],
        "first": first,
        "size": ON_A_PAGE,
        "count": len(lines),
        "total": sum(line.price for line in lines),
        "previous": sum(line.previous_price for line in lines) if is_compared else 0.0,
        "rising": rising,
        "is_compared": is_compared,
        **_chart(lines, drawn, rising, today, days),
        "explained": explained,
        "today": today,
        "waits": waits,
        "own": own,
        "prices": prices,
    }


@PAGE.get("/cost.csv", "")
def export(request: PageRequest) -> Any:
    """The cost of a period by dimension and day, as CSV."""
    from dashboard.csv_file import csv_file
    from insights.cost.longest_waits import label_names
    from insights.cost.spending import cost

    by, days = _by(request), _span(request)
    with request.schema_db() as session:
        label = _label(request, label_names(session, request.now)) if by == "label" else ""
        lines = cost(session, by, now=request.now, days=days, prices=_prices(request), key=label)
    rows = ((day, line.key, round(price, 4)) for line in lines for day, price in sorted(line.days.items()))
    return csv_file(f"cost-by-{by}", ("day", str(by), "price"), rows)


@PAGE.get("/cost/wait", "cost/wait.html")
def show_wait(request: PageRequest) -> dict[str, Any]:
    """A wait for slots: who used them meanwhile, and how much more than usual."""
    from insights.cost.slot_waits import waiting

    project, run = request.args.get("project", ""), request.args.get("run", "")
    with request.schema_db() as session:
        wait = waiting(session, run, project=project) if project and run else None
    return {"t": texts, "wait": wait}


def _by(request: PageRequest) -> By:
    from insights.cost.spending import By

    return next((by for by in By if by == request.args.get("by")), By.USER)


def _span(request: PageRequest) -> int:
    return next((span for span in SPANS if str(span) == request.args.get("days")), 28)


def _day(request: PageRequest, today: date) -> date | None:
    """The explained day in the query string; None if there is none, or if it is in the future."""
    try:
        day = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return None
    return day if date(1971, 1, 1) < day <= today else None


def _label(request: PageRequest, labels: list[str]) -> str:
    """The label of the query string, otherwise the most frequent one."""
    chosen = request.args.get("label", "")
    return chosen if chosen in labels else next(iter(labels), "")


def _prices(request: PageRequest) -> Prices:
    from insights.cost.spending import Prices

    return Prices(request.settings.price_per_tib, request.settings.price_per_slot_hour)


def _rising(lines: Sequence[CostLine]) -> CostLine | None:
    """The line that rose most; None if none did."""
    rising = max(lines, key=lambda line: line.price - line.previous_price, default=None)
    return rising if rising and rising.price > rising.previous_price else None


def _chart(
    lines: Sequence[CostLine],
    drawn: Mapping[str, Mapping[date, float]],
    rising: CostLine | None,
    today: date,
    days: int,
) -> dict[str, Any]:
    """The most expensive lines and the rest as a stack; the line that rose most is on top, and dark."""
    from dashboard import formats
    from dashboard.charts.stacks import stack_pictures, stack_rows
    from insights.cost.spending import TOTAL

    named = [line.key for line in lines if line is not rising][:NAMED]
    shown = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    parts = [(f"ctx-{place}", key, drawn[key]) for place, key in enumerate(named, start=1)]
    top = [("focus", rising.key, drawn[rising.key])] if rising else []
    if len(lines) > len(named) + len(top):
        others = [values for _, _, values in (*parts, *top)]
        rest = {
            day: max(0.0, price - sum(values.get(day, 0.0) for values in others)) for day, price in drawn[TOTAL].items()
        }
        parts.append(("ctx-4", "", rest))
    parts += top
    pictures = stack_pictures(shown, [(css, values) for css, _, values in parts]) if lines else []
    names = {day: formats.day(day) for day in reversed(shown)}
    return {
        "pictures": pictures,
        "parts": parts,
        "titles": {
            bar.day: f"{names[bar.day]}: {formats.money(bar.total)}" for bar in (pictures[0].bars if pictures else ())
        },
        "table_rows": stack_rows(names, [values for _, _, values in parts], formats.money),
    }
