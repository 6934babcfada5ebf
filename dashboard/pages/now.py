"""Now: whether anything needs a person, where the platform is broken, and whether Hinomi itself is healthy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dashboard.flow.picture import flow_picture
from dashboard.incidents.filters import day_start
from dashboard.incidents.late_ends import LateEnd, late_ends
from dashboard.incidents.rows import alike_ended, alike_open, ended_row, fold, open_row
from dashboard.incidents.situation import Need, OpenIncidents, current
from dashboard.now.next_deadlines import next_deadlines
from dashboard.now.own_state import OwnLine, own_lines
from dashboard.now.services import services
from dashboard.page import Page
from dashboard.page_request import PageRequest
from shared.lazy.dataclass import dataclass
from shared.model import Status
from shared.texts import Text, joined
from shared.texts.dashboard import now as texts
from shared.texts.late_jobs import next_ends as due_texts

if TYPE_CHECKING:
    from insights.collector_status import CollectorView
    from shared.records import IncidentView, SilenceView

SHOWN_NEEDS, SHOWN_ENDED = 5, 6
MOST_ENDED = 60  # of today, the latest: those that are listed, and the services that recovered
ALONE = ("repair", "recovery", "quiet")

PAGE = Page("now", texts.TITLE, order=10, icon="tower", key="n", on_phone=True)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The data of the page from the Error DB."""

    incidents: OpenIncidents
    alone: Sequence[IncidentView]
    count_alone: int
    silences: Sequence[SilenceView]
    own: Sequence[OwnLine]
    newest: int
    late: Sequence[LateEnd]


@PAGE.get("/", "now.html")
def show(request: PageRequest) -> dict[str, Any]:
    """The state of the platform."""
    from handlers.silences.matcher import matcher_text  # noqa: PLC0415
    from insights.collector_status import collectors  # noqa: PLC0415

    status = request.ask_schema_db(collectors)
    seen = _read(request, status)
    waiting = seen.incidents.of(Need.YOU)
    return {
        "t": texts,
        "seen": seen,
        "verdict": list(_verdict(seen)),
        "summary": _summary(seen),
        "due_texts": due_texts,
        "due": next_deadlines(request, seen.late),
        "needs": [
            (open_row(each, request.locale), each.approval, len(more))
            for each, *more in fold(waiting, alike_open)[:SHOWN_NEEDS]
        ],
        "flow": flow_picture(request, seen.incidents.incidents),
        "as_table": request.args.get("flow") == "table",
        "services": services(seen.incidents.incidents, seen.alone, _watched(status or ())),
        "ended": [
            (ended_row(view, request.locale), len(more)) for view, *more in fold(seen.alone, alike_ended)[:SHOWN_ENDED]
        ],
        "silences": [(each, matcher_text(each.matcher)) for each in seen.silences],
    }


def _read(request: PageRequest, status: Sequence[CollectorView] | None) -> _Seen:
    from db.error_db import queries, silences  # noqa: PLC0415

    midnight = day_start(request.locale.local(request.now))
    ended = queries.IncidentFilter(status=(Status.RESOLVED,), since=midnight)
    with request.error_db() as session:
        found = queries.incidents(session, ended, limit=MOST_ENDED)
        decided = queries.decided_by_person(session, [each.id for each in found])
        incidents = current(request)
        return _Seen(
            incidents=incidents,
            count_alone=queries.count_ended(session, ended).without_person,
            alone=[each for each in found if each.id not in decided and _is_alone(each)],
            silences=silences.active(session, request.now),
            own=own_lines(session, status, request.now),
            newest=queries.newest(session),
            late=late_ends(session, [each.view for each in incidents.incidents]),
        )


def _is_alone(view: IncidentView) -> bool:
    """Whether nobody acknowledged or resolved an ended incident."""
    return view.resolved_by in ALONE and view.acknowledged_at is None


def _watched(status: Iterable[CollectorView]) -> list[str]:
    """The services whose history is collected."""
    return sorted({each.collector.partition(".")[0] for each in status})


def _verdict(seen: _Seen) -> Iterator[Text]:
    """One or two sentences about the platform.

    The platform counts as healthy only if Hinomi sees it: something was recorded, and no part of Hinomi failed.
    """
    glyphs = {line.glyph for line in seen.own}
    is_blind = "failed" in glyphs or "unknown" in glyphs
    if not seen.newest and "learning" in glyphs:
        yield texts.NOTHING_YET
    elif seen.incidents.needing_you:
        yield texts.NEED_YOU(count=seen.incidents.needing_you)
        yield texts.PARTLY_SEEN if is_blind else texts.REST_WELL
    else:
        yield texts.NOTHING
        yield texts.PARTLY_SEEN if is_blind else texts.ALL_WELL


def _summary(seen: _Seen) -> Text:
    if not seen.newest:
        return texts.FIRST_STEPS
    handled, silenced = len(seen.incidents.of(Need.HANDLED)), seen.incidents.silenced
    parts = [texts.OPEN(count=len(seen.incidents.incidents))]
    parts += [texts.HANDLED(count=handled)] if handled else []
    parts += [texts.SILENCED_COUNT(count=silenced)] if silenced else []
    parts += [texts.REPAIRED_TODAY(count=seen.count_alone)] if seen.count_alone else []
    return texts.SENTENCE(text=joined(parts))
