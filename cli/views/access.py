"""Formats access for the terminal and for spreadsheets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.text import Text

from cli.language import localize
from cli.views import output
from cli.views.rows import Footnotes, print_rows
from insights.access.answers.records import condition_part, record
from insights.access.iam_conditions import evaluate
from insights.access.model import Access, AccessGrant, ChangedGrant, Observation, Ternary, Use
from shared.identity.iam_names import short_name
from shared.texts import Text as Localized
from shared.texts.access.usage import USE
from shared.texts.cli import access as texts
from shared.texts.locale import in_zone

if TYPE_CHECKING:
    from rich.console import Console


MOST_NOTES = 10  # of each kind; there may be hundreds of projects
USE_STYLES = {Use.USED: "green", Use.UNUSED: "bold red", Use.UNKNOWN: "yellow"}


def record_at(row: Access, time: datetime) -> dict[str, Any]:
    """The values of `record`, with `in_effect`: whether the condition is met at a time (yes, no or unknown)."""
    return {**record(row), "in_effect": evaluate(row.grant.condition, time).name.lower()}


def print_access(console: Console, rows: Sequence[Access], tz: ZoneInfo, at: datetime | None = None) -> None:
    """Prints grants with role, resource, beginning, grantor and use; times are in `tz`.

    For a time, a role whose condition is not met is marked. Conditions and reasons are footnotes.
    """
    notes = Footnotes()
    cells = [
        (_who(row), _role(row.grant, notes, at), _level(row), _since(row.grant, tz), _use(row, tz, notes))
        for row in rows
    ]
    columns = [texts.WHO, texts.ROLE, texts.ON, texts.SINCE_IN(zone=tz.key), texts.USE]
    print_rows(console, columns, cells)
    notes.print(console)


def print_diff(console: Console, changes: Sequence[ChangedGrant], tz: ZoneInfo) -> None:
    """Prints each changed grant, with the time and the person."""
    notes = Footnotes()
    cells = []
    for item in changes:
        first = item.grants[0]
        times = Text("\n").join(output.styled(_interval(grant, tz)) for grant in item.grants)
        member, resource = output.styled(first.member), output.styled(short_name(first.resource))
        cells.append(
            (output.styled(localize(texts.CHANGES[item.change])), member, _role(first, notes), resource, times)
        )
    columns = [texts.CHANGE, texts.WHO, texts.ROLE, texts.ON, texts.WHEN_IN(zone=tz.key)]
    print_rows(console, columns, cells, heading=2)
    notes.print(console)


def print_coverage(
    console: Console, observations: Sequence[Observation], limits: Sequence[Localized], tz: ZoneInfo
) -> None:
    """Prints when the scopes were read, and the limits of the answer."""
    read = [item for item in observations if item.first is not None and item.last is not None]
    for item in read[:MOST_NOTES]:
        output.print_text(console, _observed(item, tz), "dim")
    for limit in limits[:MOST_NOTES]:
        output.print_text(console, texts.NOTE(note=limit), "yellow")
    more = max(0, len(read) - MOST_NOTES) + max(0, len(limits) - MOST_NOTES)
    if more:
        output.print_text(console, texts.MORE_LINES(count=f"{more:,}"), "dim")


def _observed(item: Observation, tz: ZoneInfo) -> Localized:
    first, last = (_minute(time, tz) for time in (item.first, item.last) if time is not None)
    if first == last:
        return texts.SNAPSHOT(scope=item.scope, time=first, zone=tz.key)
    return texts.SNAPSHOTS(scope=item.scope, first=first, last=last, zone=tz.key)


def _who(row: Access) -> Text:
    text = output.styled(row.principal)
    for name in row.path:
        text.append("\n").append_text(output.styled(f"  {localize(texts.THROUGH(name=name))}", "dim"))
    return text


def _role(grant: AccessGrant, notes: Footnotes, at: datetime | None = None) -> Text:
    text = output.styled(grant.role)
    if not grant.condition:
        return text
    mark = notes.mark(localize(texts.ONLY_IF(condition=_condition(grant))))
    if at and evaluate(grant.condition, at) is Ternary.NO:
        return text.append("\n").append_text(output.styled(f"  {localize(texts.NOT_IN_EFFECT)}{mark}", "dim"))
    return text.append("\n").append_text(output.styled(f"  {localize(texts.CONDITIONAL)}{mark}", "yellow"))


def _level(row: Access) -> Text:
    text = output.styled(short_name(row.grant.resource))
    return (
        text.append("\n").append_text(output.styled(f"  {localize(texts.INHERITED)}", "dim")) if row.inherited else text
    )


def _since(grant: AccessGrant, tz: ZoneInfo) -> Text:
    time = _minute(grant.valid_from, tz)
    text = output.styled(time if grant.exact_from else localize(texts.FIRST_SEEN(time=time)))
    by = grant.granted_by
    return text.append("\n").append_text(output.styled(f"  {localize(texts.BY(who=by))}", "dim")) if by else text


def _use(row: Access, tz: ZoneInfo, notes: Footnotes) -> Text:
    usage = row.usage
    text = output.styled(localize(USE[usage.state]), USE_STYLES[usage.state])
    if usage.last_used:
        text.append_text(output.styled(f" {in_zone(usage.last_used, tz):%Y-%m-%d}"))
    return text.append_text(output.styled(notes.mark(localize(usage.text)), "dim"))


def _interval(grant: AccessGrant, tz: ZoneInfo) -> str:
    begin, by = _minute(grant.valid_from, tz), grant.granted_by
    since = texts.SINCE_BY(time=begin, who=by) if by else texts.SINCE(time=begin)
    if grant.valid_to is None:
        return localize(since)
    end, revoker = _minute(grant.valid_to, tz), grant.revoked_by
    return localize(
        texts.UNTIL_BY(since=since, time=end, who=revoker) if revoker else texts.UNTIL(since=since, time=end)
    )


def _minute(time: datetime, tz: ZoneInfo) -> str:
    return f"{in_zone(time, tz):%Y-%m-%d %H:%M}"


def _condition(grant: AccessGrant) -> str:
    """The expression, and the title if there is one."""
    title = condition_part(grant, "title")
    return condition_part(grant, "expression") + (f" ({title})" if title else "")
