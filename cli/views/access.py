"""How access reads at the terminal and in a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cli.views import output
from insights.access.iam_conditions import Ternary, holds
from insights.access.model import Access, AccessGrant, ChangedGrant, Observation, Use
from shared.iam_names import short_name

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text


COLUMNS = (
    "principal", "role", "level", "inherited", "path", "condition", "condition_title", "since", "exact",
    "granted_by", "use", "last_used", "reason",
)  # fmt: skip
MOST_NOTES = 10  # of each kind; there may be hundreds of projects
USE_STYLES = {Use.USED: "green", Use.UNUSED: "bold red", Use.UNKNOWN: "yellow"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would compute


def record(row: Access) -> dict[str, Any]:
    """One access as flat values."""
    grant, usage = row.grant, row.usage
    return {
        "principal": row.principal,
        "role": grant.role,
        "level": grant.resource,
        "inherited": row.inherited,
        "path": " < ".join(row.path),
        "condition": _part(grant, "expression"),
        "condition_title": _part(grant, "title"),
        "since": _time(grant.valid_from),
        "exact": grant.exact_from,
        "granted_by": grant.granted_by or "",
        "use": str(usage.state),
        "last_used": _time(usage.last_used),
        "reason": usage.reason,
    }


def spreadsheet_row(row: Access) -> dict[str, Any]:
    """The same, safe to open in a spreadsheet."""
    return {name: _harmless(value) for name, value in record(row).items()}


def record_at(row: Access, time: datetime) -> dict[str, Any]:
    """The same with `holds`: whether its condition holds at a time: yes, no, or perhaps."""
    return {**record(row), "holds": holds(row.grant.condition, time).name.lower()}


def access_table(rows: Sequence[Access], tz: ZoneInfo, at: datetime | None = None) -> Table:
    """Who, which role, where from, since when and by whom, and whether it is used; times are those of the zone.

    With a time asked for, a condition that does not hold then is told from one that may.
    """
    columns = ["who", "role", "on", f"since ({tz})", "use"]
    table = output.table(columns, ratios=dict.fromkeys(columns, 3))
    for row in rows:
        table.add_row(_who(row), _role(row.grant, at), _level(row), _since(row.grant, tz), _use(row, tz))
    return table


def diff_table(found: Sequence[ChangedGrant], tz: ZoneInfo) -> Table:
    """What changed, who did it and when."""
    when = f"when ({tz}) and by whom"
    table = output.table(["change", "member", "role", "on", when], ratios={"member": 3, "role": 3, "on": 3, when: 4})
    for item in found:
        first = item.grants[0]
        times = output.styled("; ".join(_interval(grant, tz) for grant in item.grants))
        where = output.styled(short_name(first.resource))
        table.add_row(str(item.change), output.styled(first.member), _role(first), where, times)
    return table


def print_coverage(console: Console, looks: Sequence[Observation], notes: Sequence[str], tz: ZoneInfo) -> None:
    """When the snapshots looked, and what the answer does not cover."""
    read = [look for look in looks if look.first is not None and look.last is not None]
    for look in read[:MOST_NOTES]:
        first, last = (_minute(time, tz) for time in (look.first, look.last) if time is not None)
        console.print(output.styled(f"{look.scope} was read whole from {first} to {last} ({tz}).", "dim"))
    for note in notes[:MOST_NOTES]:
        console.print(output.styled(f"Note: {note}.", "yellow"))
    more = max(0, len(read) - MOST_NOTES) + max(0, len(notes) - MOST_NOTES)
    if more:
        console.print(output.styled(f"and {more:,} lines more like these: --json has them all", "dim"))


def _who(row: Access) -> Text:
    text = output.styled(row.principal)
    return text.append_text(output.styled(" through " + ", ".join(row.path), "dim")) if row.path else text


def _role(grant: AccessGrant, at: datetime | None = None) -> Text:
    text = output.styled(grant.role)
    if not grant.condition:
        return text
    if at and holds(grant.condition, at) is Ternary.NO:
        return text.append_text(output.styled(f" not in effect: only if {_condition(grant)}", "dim"))
    return text.append_text(output.styled(f" if {_condition(grant)}", "yellow"))


def _level(row: Access) -> Text:
    text = output.styled(short_name(row.level))
    return text.append_text(output.styled(" (inherited)", "dim")) if row.inherited else text


def _since(grant: AccessGrant, tz: ZoneInfo) -> Text:
    exact = "" if grant.exact_from else "seen "
    by = f" by {grant.granted_by}" if grant.granted_by else ""
    return output.styled(f"{exact}{_minute(grant.valid_from, tz)}{by}")


def _use(row: Access, tz: ZoneInfo) -> Text:
    usage = row.usage
    text = output.styled(str(usage.state), USE_STYLES[usage.state])
    if usage.last_used:
        text.append_text(output.styled(f" {usage.last_used.astimezone(tz):%Y-%m-%d}"))
    return text.append_text(output.styled(f": {usage.reason}", "dim")) if usage.reason else text


def _interval(grant: AccessGrant, tz: ZoneInfo) -> str:
    by = f" by {grant.granted_by}" if grant.granted_by else ""
    begin = f"since {_minute(grant.valid_from, tz)}{by}"
    if grant.valid_to is None:
        return begin
    gone = f" by {grant.revoked_by}" if grant.revoked_by else ""
    return f"{begin}, until {_minute(grant.valid_to, tz)}{gone}"


def _minute(time: datetime, tz: ZoneInfo) -> str:
    return f"{time.astimezone(tz):%Y-%m-%d %H:%M}"


def _condition(grant: AccessGrant) -> str:
    """The expression is what holds; the title is only what its author called it."""
    title = _part(grant, "title")
    return _part(grant, "expression") + (f" ({title})" if title else "")


def _part(grant: AccessGrant, name: str) -> str:
    return str((grant.condition or {}).get(name) or "")


def _time(time: datetime | None) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if time else ""


def _harmless(value: Any) -> Any:
    if isinstance(value, str):
        value = output.clean(value)
        return f"'{value}" if value.startswith(FORMULA) else value
    return value
