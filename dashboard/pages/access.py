"""Access: who has access to a resource, what a principal has access to, and the reports on unused and unintended grants."""

# ruff: noqa: PLC0415 - SQLAlchemy is imported with the first question, not with the process

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from dashboard import csv_file, moments
from dashboard.access import history as access_history
from dashboard.page import Page
from dashboard.page_request import PageRequest
from shared.errors import InputError
from shared.texts.cli.access import NO_PRINCIPAL
from shared.texts.dashboard import access as texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from insights.access.answers.changes import AccessEvent
    from insights.access.answers.intent import Intentions, Judgement
    from insights.access.answers.on_resource import Holder
    from insights.access.model import Access, Level
    from shared.texts import Text

DAYS = 90
CALL_DAYS = 7
ON_A_PAGE = 25  # more rows take longer to the first paint than a page may
MOST_CHANGES = 20
MOST_UNUSED = 200
MOST_ASSESSED = 500
MOST_GRANTS = 150
MOST_DRIFT = 100

PAGE = Page("access", texts.TITLE, order=60, icon="key", key="a", on_phone=True)


@PAGE.get("/access", "access.html")
def show(request: PageRequest) -> Any:
    """The search, with the matching resources and principals; opens the only match."""
    from insights.access.answers import known_names

    text = request.args.get("find", "").strip()
    with request.schema_db() as session:
        gap = access_history.policy_gap(session, request)
        resources = known_names.resources(session, text, request.now)
        principals = known_names.principals(session, text)
    if text and len(resources) + len(principals) == 1:
        if resources:
            return request.redirect("access.show_resource", on=resources[0].name)
        return request.redirect("access.show_principal", who=principals[0])
    return {"t": texts, "find": text, "gap": gap, "resources": resources, "principals": principals}


@PAGE.get("/access/matrix", "access_matrix.html")
def show_matrix(request: PageRequest) -> dict[str, Any]:
    """The strongest level of each principal on each dataset and bucket, at any time of the history."""
    from dashboard.access import matrix
    from insights.access.answers import changes
    from insights.access.answers.matrix import MOST_GRANTS, access_matrix
    from insights.access.observations import beginnings, history_start, observations
    from shared.texts.dashboard import access_matrix as words

    at, (platform_map, map_error) = moments.chosen(request, "at"), access_history.platform_map(request)
    with request.schema_db() as session:
        observed = observations(session, at or request.now)
        first_seen = beginnings(observed)
        question = matrix.question(request, history_start(first_seen, request.now))
        answer = access_matrix(session, question, platform_map, observed)
        events = changes.of_grants(session, answer.grants, question.history, first_seen)
        gap = access_history.policy_gap(session, request, first_seen)
        drawn = _slider(events, answer.intentions, *question.history, question.at, None)
    return {
        "t": texts, "words": words, "found": answer, "question": question, "at": at, "time": question.at, "gap": gap,
        "slider": drawn, "sizes": matrix, "most_grants": MOST_GRANTS, "why": matrix.reason, "cell_link": matrix.cell_link(request.args.get("at")), "before": matrix.moment_before,
        "has_map": platform_map is not None, "map_error": map_error, "field": lambda moment: moments.field(request, moment),
    }  # fmt: skip


@PAGE.get("/access/matrix.csv", "")
def export_matrix(request: PageRequest) -> Any:
    """The first resources of the matrix with every principal as CSV: a row for each principal and resource."""
    from dashboard.access import matrix
    from insights.access.answers.matrix import access_matrix
    from insights.access.observations import first_observations, history_start

    with request.schema_db() as session:
        start = history_start(first_observations(session), request.now)
        question = matrix.question(request, start, is_export=True)
        answer = access_matrix(session, question, access_history.platform_map(request)[0])
    return csv_file.csv_file("access-matrix", matrix.HEAD, matrix.csv_rows(answer))


@PAGE.get("/access/resource", "access_resource.html")
def show_resource(request: PageRequest) -> dict[str, Any]:
    """Everybody who has a level of access to a resource at a time, and the differences from another time."""
    from functools import partial

    from insights.access import similar_names
    from insights.access.answers import calls, changes, on_resource
    from insights.access.observations import beginnings, history_start
    from insights.access.resource_notation import resource_name

    resource, may = resource_name(request.args.get("on", "")), _level(request)
    at, since = moments.chosen(request, "at"), moments.chosen(request, "since")
    time, (platform_map, map_error) = at or request.now, access_history.platform_map(request)
    with request.schema_db() as session:
        answer = partial(
            on_resource.on_resource, session, resource, may=may, platform_map=platform_map, days=DAYS, with_use=False
        )
        found = answer(time)
        first_seen = beginnings(found.evidence.observed)
        start = history_start(first_seen, request.now)
        roles = None if at else found.evidence.roles  # those of now
        events = changes.on_resource(session, found.chain, (start, request.now), first_seen, may=may, roles=roles)
        before = answer(since) if since else None
        different = on_resource.differences(before.holders, found.holders, may) if before else []
        names, only = {each.principal: each for each in different}, request.args.get("only") == "differences"
        who = request.args.get("who", "").strip()  # a cell of the matrix opens the grants of one principal
        listed = [
            holder
            for holder in found.holders
            if (holder.principal in names or not only) and who in ("", holder.principal)
        ]
        first = _first(request, len(listed))
        rows = on_resource.assessed(found, listed[first : first + ON_A_PAGE])
        called = calls.on_resource(session, resource, time - timedelta(days=CALL_DAYS), time)
        similar = [] if found.all_holders else similar_names.similar_resources(session, resource, resource)
        gap = access_history.policy_gap(session, request, first_seen)
    return {
        "t": texts, "found": found, "may": may, "at": at, "since": since, "time": time, "gap": gap, "similar": similar,
        "differences": names, "only": only, "who": who, "rows": rows, "first": first, "count": len(listed), "size": ON_A_PAGE,
        "gone": [each.before for each in different if each.before and not each.after],
        "slider": _slider(events, found.intentions, start, request.now, time, since), "calls": called, "days": DAYS,
        "call_days": CALL_DAYS, "has_map": platform_map is not None, "map_error": map_error,
        "field": lambda moment: moments.field(request, moment), "revoke": _revoke((*rows, *found.holders)),
    }  # fmt: skip


@PAGE.get("/access/resource.csv", "")
def export_resource(request: PageRequest) -> Any:
    """The grants behind the answer as CSV."""
    from insights.access.answers import on_resource
    from insights.access.resource_notation import resource_name

    resource, may = resource_name(request.args.get("on", "")), _level(request)
    with request.schema_db() as session:
        answer = on_resource.on_resource(
            session, resource, moments.chosen(request, "at") or request.now, may=may,
            platform_map=access_history.platform_map(request)[0], days=DAYS,
        )  # fmt: skip
    ways = [way for holder in answer.holders for way in holder.ways if may in way.levels]
    return _as_csv("access.csv", ((way.access, way.judgement) for way in ways))


@PAGE.get("/access/principal", "access_principal.html")
def show_principal(request: PageRequest) -> dict[str, Any]:
    """The access of a principal: the grants that give it, its use, and the effect of revoking a grant."""
    from itertools import groupby

    from insights.access import similar_names
    from insights.access.answers import calls, changes, of_principal
    from insights.access.membership import Memberships
    from insights.access.observations import beginnings, history_start
    from insights.access.usage.principals import logged_as

    who = request.args.get("who", "").strip()
    if not who:
        raise InputError(NO_PRINCIPAL)
    at = moments.chosen(request, "at")
    time, (platform_map, map_error) = at or request.now, access_history.platform_map(request)
    with request.schema_db() as session:
        memberships = Memberships(session, (time, time))
        found = of_principal.of_principal(
            session, who, time, platform_map=platform_map, days=DAYS, memberships=memberships, most=MOST_GRANTS
        )
        member = found.members[0] if found.members else who
        first_seen = beginnings(found.report.observations)
        start = history_start(first_seen, request.now)
        identities = memberships.identities(member)
        own = [name for name in identities if name not in ("allUsers", "allAuthenticatedUsers")]
        events = changes.of_members(session, own, (start, request.now), first_seen)
        called = calls.by_principal(session, logged_as(member) or who, time - timedelta(days=DAYS), time)
        similar = [] if found.grants else similar_names.similar_principals(session, who)
        gap = access_history.policy_gap(session, request, first_seen)
        drawn = _slider(events, found.intentions, start, request.now, time, None)
        latest = [(event, found.intentions.of(event.grant).intent) for event in reversed(events[-MOST_CHANGES:])]
    first, first_row = _first(request, len(found.grants)), _first(request, len(found.rows))
    rows = found.rows[first_row : first_row + ON_A_PAGE]
    layers = [(layer, list(alike)) for layer, alike in groupby(rows, key=lambda row: row.layer)]
    return {
        "t": texts, "found": found, "who": who, "member": member, "at": at, "time": time, "gap": gap,
        "similar": similar, "slider": drawn, "events": latest, "layers": layers,
        "event_count": len(events) if len(events) < changes.MOST else f"{changes.MOST}+", "start": start, "calls": called, "days": DAYS, "has_map": platform_map is not None,
        "map_error": map_error, "field": lambda moment: moments.field(request, moment), "rows": rows, "first_row": first_row, "first": first, "size": ON_A_PAGE,
        "grants": found.grants[first : first + ON_A_PAGE], "is_cut": len(found.grants) >= MOST_GRANTS,
    }  # fmt: skip


@PAGE.get("/access/principal.csv", "")
def export_principal(request: PageRequest) -> Any:
    """The grants of a principal as CSV."""
    from insights.access.answers.of_principal import of_principal

    who, platform_map = request.args.get("who", "").strip(), access_history.platform_map(request)[0]
    if not who:
        raise InputError(NO_PRINCIPAL)
    with request.schema_db() as session:
        time = moments.chosen(request, "at") or request.now
        answer = of_principal(session, who, time, platform_map=platform_map, days=DAYS)
    return _as_csv("access.csv", ((each.access, each.judgement) for each in answer.grants))


@PAGE.get("/access/unused", "access_unused.html")
def show_unused(request: PageRequest) -> dict[str, Any]:
    """The grants that nobody used, the unintended first, with the commands that revoke them."""
    from insights.access.answers.unused_grants import unused_grants
    from insights.access.usage import LIMITS, UsageSummary

    report, (platform_map, map_error) = UsageSummary(), access_history.platform_map(request)
    with request.schema_db() as session:
        gap = access_history.policy_gap(session, request)
        unused = unused_grants(
            session, request.now, platform_map, report, days=DAYS, most=MOST_UNUSED, most_assessed=MOST_ASSESSED
        )
    rows = [(row, judgement, _command(row)) for row, judgement in unused]
    is_cut = len(rows) == MOST_UNUSED or report.total >= MOST_ASSESSED
    return {
        "t": texts, "rows": rows, "usage": report, "gap": gap, "is_cut": is_cut, "days": DAYS,
        "limits": [*report.limits, *LIMITS], "has_map": platform_map is not None, "map_error": map_error,
    }  # fmt: skip


@PAGE.get("/access/unused.csv", "")
def export_unused(request: PageRequest) -> Any:
    """All unused grants as CSV."""
    from insights.access.answers.unused_grants import unused_grants
    from insights.access.usage import UsageSummary

    platform_map = access_history.platform_map(request)[0]
    with request.schema_db() as session:
        unused = unused_grants(session, request.now, platform_map, UsageSummary(), days=DAYS)
    return _as_csv("unused-grants.csv", unused)


@PAGE.get("/access/drift", "access_drift.html")
def show_drift(request: PageRequest) -> dict[str, Any]:
    """The grants that no persona explains, with their commands, and the access that members of personas lack."""
    from insights.access.drift.assessment import severity, why
    from insights.access.drift.compare import drift

    platform_map, map_error = access_history.platform_map(request)
    context: dict[str, Any] = {"t": texts, "found": None, "rows": [], "map_error": map_error, "gap": None}
    if platform_map is None:
        return context
    with request.schema_db() as session:
        context["gap"] = access_history.policy_gap(session, request)
        found = context["found"] = drift(session, platform_map, request.now, days=DAYS)
    for item in found.unintended[:MOST_DRIFT]:
        severe = severity(item.access.grant, item.ability)
        context["rows"].append((item.access, severe, why(item), _command(item.access)))
    return context


@PAGE.get("/access/drift.csv", "")
def export_drift(request: PageRequest) -> Any:
    """All unintended grants as CSV, the most severe first; none without a platform map."""
    from insights.access.answers.intent import Intent, Judgement
    from insights.access.drift.assessment import why
    from insights.access.drift.compare import drift

    platform_map, map_error = access_history.platform_map(request)
    if platform_map is None:
        raise InputError(map_error or texts.DRIFT_NO_MAP)
    with request.schema_db() as session:
        drifted = drift(session, platform_map, request.now, days=DAYS)
    unintended = ((item.access, Judgement(Intent.UNINTENDED, why(item))) for item in drifted.unintended)
    return _as_csv("unintended-grants.csv", unintended)


def _command(access: Access) -> str:
    """The command that revokes a grant; empty if no command does."""
    from insights.access.revoke_command import command

    grant = access.grant
    return command(grant.resource, grant.role, grant.member, grant.condition)


def _as_csv(name: str, rows: Iterable[tuple[Access, Judgement]]) -> Any:
    """The grants as CSV: use, intent, the reasons, and the command that revokes each."""
    from dashboard.formats import reader
    from insights.access.answers.records import COLUMNS, harmless, spreadsheet_row

    def row(access: Access, judgement: Judgement) -> dict[str, Any]:
        why = harmless(reader().text(judgement.text))
        judged = {"intended": str(judgement.intent), "why": why, "command": harmless(_command(access))}
        return spreadsheet_row(access) | judged

    return csv_file.response(name, (*COLUMNS, "intended", "why", "command"), (row(*each) for each in rows))


def _first(request: PageRequest, count: int) -> int:
    """The number of the first row of the page in the query string; of the last page if there are fewer rows."""
    return (min(request.number("page"), max(1, -(-count // ON_A_PAGE))) - 1) * ON_A_PAGE


def _level(request: PageRequest) -> Level:
    from insights.access.model import Level

    chosen = request.args.get("may", "read")
    return Level(chosen) if chosen in list(Level) else Level.READ


def _slider(
    events: list[AccessEvent], intentions: Intentions, start: datetime, end: datetime, at: datetime,
    since: datetime | None,
) -> Any:  # fmt: skip
    """The date slider: a mark for each change, tall for an unintended grant."""
    from functools import partial

    from dashboard.slider import SliderChange, slider
    from insights.access.answers.intent import Intent
    from shared.identity.iam_names import short_name

    def title(event: AccessEvent) -> Text:
        sentence, grant = texts.EVENT_REMOVED if event.is_removal else texts.EVENT_GRANTED, event.grant
        return sentence(member=grant.member, role=grant.role, resource=short_name(grant.resource))

    changes = [
        SliderChange(
            event.time,
            not event.is_removal and intentions.of(event.grant).intent is Intent.UNINTENDED,
            partial(title, event),
            event.grant.member.partition(":")[2].partition("@")[0] or event.grant.member,
        )
        for event in events
    ]
    return slider(changes, start, end, at, since)


def _revoke(holders: Sequence[Holder]) -> Any:
    """The first unintended grant with the command that revokes it; None without one."""
    from insights.access.answers.intent import Intent

    for holder in holders:
        way = holder.ways[0]
        if holder.intent is Intent.UNINTENDED:
            return way, _command(way.access)
    return None
