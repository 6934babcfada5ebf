"""The list of incidents: open ones, those that need a person, and recently ended ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dashboard.incidents import filters
from dashboard.incidents.filters import ListFilter, State
from dashboard.incidents.rows import IncidentRow, ended_row, fold, open_row
from dashboard.incidents.situation import MOST, Need, OpenIncidents, count_needing_you, current, situation
from dashboard.page import Page
from dashboard.page_request import PageRequest, whole_number
from shared.identity.service_names import service_name
from shared.lazy.dataclass import dataclass
from shared.model import ErrorClass, IncidentKind, Severity, Status
from shared.texts import Text, joined
from shared.texts.dashboard import incidents as texts
from shared.texts.terms import term

if TYPE_CHECKING:
    from datetime import datetime

    from db.error_db.queries import EndedCount, IncidentFilter
    from handlers.owners.table import Owners
    from shared.records import IncidentView

PAGE_SIZE = 50
LATELY = 24  # ended incidents on the page of what is going on
SHOWN = 60  # incidents of a group on that page; more take longer to draw than to find
MOST_SELECTED = 200
CHUNK, MOST_CHUNKS = 200, 10  # ended incidents that are read to find those of an owner


@dataclass(frozen=True, slots=True)
class EndedIncidents:
    """Ended incidents, the latest first. `counts` is None for those of one owner, who is known only after reading."""

    views: Sequence[IncidentView]
    counts: EndedCount | None
    last: tuple[datetime, int] | None = None  # where the next page begins; None after the last one


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows under a heading; with `is_cut`, more rows belong under it than are read."""

    title: Text
    rows: Sequence[IncidentRow]
    is_cut: bool = False

    def folded(self, most: int) -> list[list[IncidentRow]]:
        """The first `most` rows in groups, each to be shown as one line that can be unfolded."""
        return fold(self.rows[:most], lambda row: row.alike)


PAGE = Page("incidents", texts.TITLE, order=20, icon="bell", key="i", on_phone=True, badge=count_needing_you)


@PAGE.get("/incidents", "incidents.html")
def show_list(request: PageRequest) -> Any:
    """The list with the filters in its address; the number of an incident opens its page."""
    from db.error_db import queries  # noqa: PLC0415

    chosen = ListFilter.read(request.args)
    if chosen.number is not None and (redirect := _numbered(request, chosen.number)):
        return redirect
    with request.error_db() as session:
        now = situation(session, request.now, chosen.conditions()) if chosen.is_narrow() else current(request)
        ended = _ended(session, chosen, request)
        newest = queries.newest(session)
        unresolved = replace(chosen.conditions(), status=(Status.OPEN, Status.ACKNOWLEDGED))
        total = queries.count(session, unresolved) if len(now.incidents) >= MOST else len(now.incidents)
    if chosen.owner:
        now = OpenIncidents([each for each in now.incidents if _is_of(each.view, chosen.owner)])
        total = len(now.incidents)
    groups = list(_groups(chosen, now, ended, request))
    return {
        "t": texts,
        "groups": _without_new(groups, request),
        "shown": SHOWN if chosen.state is State.NOW and _upto(request) is None else MOST,
        "new": _count_new(groups, request),
        "newest": newest,
        "chosen": chosen,
        "situation": now,
        "needed": _needed(now, total),
        "counts": ended.counts,
        "total": total,
        "most": MOST,
        "days": (chosen.period or filters.DEFAULT_PERIOD).rstrip("dh"),
        "looked_at": joined([*chosen.chosen()] or [texts.EVERYTHING_OPEN]),
        "menus": list(_menus(chosen, groups)),
        "older": filters.page_after(*ended.last) if ended.last and chosen.state is State.RESOLVED else "",
        "zone": request.locale.zone(request.now),
    }


@PAGE.post("/incidents/acknowledge")
def acknowledge(request: PageRequest) -> Any:
    """Acknowledges the selected open incidents."""
    numbers = [whole_number(text) for text in request.form.getlist("id")[:MOST_SELECTED]]
    with request.change() as transaction:
        changed = [
            number
            for number in dict.fromkeys(numbers)
            if number and transaction.acknowledge(number, by=request.user.name, time=request.now)
        ]
    if changed:
        request.notify(texts.ACKNOWLEDGED(count=len(changed)))
    else:
        request.refuse(texts.NOTHING_SELECTED)
    return request.redirect("incidents.show_list")


def _needed(now: OpenIncidents, total: int) -> Text:
    """The number of open incidents that need a person."""
    if not now.needing_you:
        return texts.NEEDS_NOBODY
    if now.needing_you < total:
        return texts.NEED_YOU(count=now.needing_you)
    return texts.ALL_NEED_YOU if total > 1 else texts.IT_NEEDS_YOU


def _numbered(request: PageRequest, number: int) -> Any:
    """Redirects to the incident if the search text is its number; None otherwise."""
    from db.error_db.views import load_view  # noqa: PLC0415

    with request.error_db() as session:
        exists = load_view(session, number) is not None
    return request.redirect("incident.show", number=number) if exists else None


def _ended(session: Any, chosen: ListFilter, request: PageRequest) -> EndedIncidents:
    """A page of the ended incidents, or only the latest ones if the list shows open incidents too."""
    from db.error_db import queries  # noqa: PLC0415
    from handlers.owners.table import owners_of, with_owner  # noqa: PLC0415
    from handlers.versions.apply import defaults_of  # noqa: PLC0415

    filters = chosen.ended(request.now)
    if chosen.state in (State.OPEN, State.SILENCED):
        return EndedIncidents((), None if chosen.owner else queries.count_ended(session, filters))
    most = PAGE_SIZE if chosen.state is State.RESOLVED else LATELY
    owners = owners_of(defaults_of(session))
    if chosen.owner:
        return _ended_of(chosen.owner, session, filters, owners, most)
    if filters.text:
        resolved, counts = queries.ended_with_text(session, filters, limit=most)
    else:
        resolved = queries.incidents(session, replace(filters, status=(Status.RESOLVED,)), limit=most)
        counts = queries.count_ended(session, filters)
    return EndedIncidents(
        [with_owner(view, owners) for view in resolved], counts, _place(resolved) if len(resolved) == most else None
    )


def _ended_of(owner: str, session: Any, filters: IncidentFilter, owners: Owners, most: int) -> EndedIncidents:
    """The incidents of an owner that ended. Owners are defined by patterns of the handler rules, so each incident is compared with them."""
    from db.error_db import queries  # noqa: PLC0415
    from handlers.owners.table import with_owner  # noqa: PLC0415

    owned: list[IncidentView] = []
    conditions = replace(filters, status=(Status.RESOLVED,))
    for _ in range(MOST_CHUNKS):
        views = queries.incidents(session, conditions, limit=CHUNK)
        owned += [view for each in views if _is_of(view := with_owner(each, owners), owner)]
        if len(owned) > most:
            return EndedIncidents(owned[:most], None, _place(owned[:most]))
        if len(views) < CHUNK:
            return EndedIncidents(owned, None)
        conditions = replace(conditions, before=_place(views))
    return EndedIncidents(owned, None, _place(views))


def _place(views: Sequence[IncidentView]) -> tuple[datetime, int] | None:
    """The position in the list of the last incident shown."""
    return (views[-1].last_seen_at, views[-1].id) if views else None


def _is_of(view: IncidentView, owner: str) -> bool:
    return view.owner is not None and view.owner.name == owner


def _groups(chosen: ListFilter, now: OpenIncidents, ended: EndedIncidents, request: PageRequest) -> Iterator[RowGroup]:
    """The groups of the page that have rows, in the order of need, then of time."""
    titles = {Need.YOU: texts.GROUP_YOU, Need.HANDLED: texts.GROUP_HANDLED, Need.SILENCED: texts.GROUP_SILENCED}
    shown = {State.RESOLVED: (), State.SILENCED: (Need.SILENCED,)}.get(chosen.state, tuple(Need))
    groups = [RowGroup(titles[need], [open_row(each, request.locale) for each in now.of(need)]) for need in shown]
    by_day = [
        group for group in _by_day([ended_row(view, request.locale) for view in ended.views], request) if group.rows
    ]
    if by_day and ended.last:
        by_day[-1] = replace(by_day[-1], is_cut=True)
    yield from (group for group in (*groups, *by_day) if group.rows)


def _by_day(rows: Iterable[IncidentRow], request: PageRequest) -> Iterator[RowGroup]:
    """Ended incidents, grouped by today, yesterday and earlier days."""
    local = request.locale.local(request.now)
    today, yesterday = filters.day_start(local), filters.day_start(local, 1)
    listed = list(rows)
    ends = {row.view.id: row.view.resolved_at or row.view.last_seen_at for row in listed}
    yield RowGroup(texts.GROUP_TODAY, [row for row in listed if ends[row.view.id] >= today])
    yield RowGroup(texts.GROUP_YESTERDAY, [row for row in listed if yesterday <= ends[row.view.id] < today])
    yield RowGroup(texts.GROUP_EARLIER, [row for row in listed if ends[row.view.id] < yesterday])


def _upto(request: PageRequest) -> int | None:
    """The newest incident on the reader's page, when the page refreshes itself."""
    return whole_number(request.args.get("upto", ""))


def _count_new(groups: Iterable[RowGroup], request: PageRequest) -> int:
    upto = _upto(request)
    return 0 if upto is None else sum(row.view.id > upto for group in groups for row in group.rows)


def _without_new(groups: Sequence[RowGroup], request: PageRequest) -> Sequence[RowGroup]:
    """The groups without incidents that are newer than the reader's page; these are shown on request."""
    upto = _upto(request)
    if upto is None:
        return groups
    return [replace(group, rows=[row for row in group.rows if row.view.id <= upto]) for group in groups]


def _menus(chosen: ListFilter, groups: Iterable[RowGroup]) -> Iterator[dict[str, Any]]:
    """The menus of filters: the name in the address, the label, the current value, and the values with their labels."""
    rows = [row for group in groups for row in group.rows]
    severities = [(str(each), texts.AT_LEAST(severity=term(each))) for each in reversed(Severity) if each.rank]
    yield _menu("severity", texts.SEVERITY, chosen.severity, severities)
    yield _menu("kind", texts.KIND, chosen.kind, [(str(each), term(each)) for each in IncidentKind])
    errors = {row.view.error for row in rows} | {chosen.error}
    yield _menu("error", texts.ERROR, chosen.error, [(str(each), term(each)) for each in ErrorClass if each in errors])
    for name, label in (("service", texts.SERVICE), ("owner", texts.OWNER)):
        present = getattr(chosen, name)
        values = {str(getattr(row.view if name == "service" else row, name)) for row in rows} | {present}
        named = [(value, service_name(value) if name == "service" else value) for value in sorted(values - {""})]
        yield _menu(name, label, present, [(value, Text.verbatim(word)) for value, word in named])
    periods = [(each, _period(each)) for each in filters.PERIODS]
    yield _menu("since", _period(filters.DEFAULT_PERIOD), chosen.period, periods)


def _menu(name: str, label: Text, value: str | None, choices: list[tuple[str, Text]]) -> dict[str, Any]:
    word = dict(choices).get(str(value)) if value else None
    return {"name": name, "label": word or label, "value": str(value or ""), "choices": choices}


def _period(period: str) -> Text:
    return texts.DAY if period == "24h" else texts.PERIOD(days=period.rstrip("d"))
