"""How drift from the platform's map reads at the terminal and for a program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cli.views import output
from cli.views.access import print_coverage, record
from insights.access.drift.severity import severity, why
from insights.access.model import Use
from insights.access.revoke_command import command
from shared.iam_names import short_name
from shared.model import Severity

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from insights.access.drift.assessed_grant import AssessedGrant
    from insights.access.drift.compare import Drift
    from insights.access.drift.missing_access import MissingAccess

MOST_LINES = 20  # of the table, unless all are asked for
MOST_PLACES = 3  # of one line
Line = list["AssessedGrant"]


def as_json(found: Drift, at: datetime) -> dict[str, Any]:
    """One object: what is wrong, what is lacking, what else there is, and what the answer does not cover."""
    return {
        "at": at,
        "is_as_intended": found.is_empty,
        "counts": {
            "unintended": len(found.wrong),
            "intended": found.intended,
            "standing": {item.name.lower(): count for item, count in found.standing.items()},
            "lacks": len(found.lacks),
        },
        "grants": [_record(judged) for judged in found.grants],
        "lacks": found.lacks,
        "notes": found.notes,
        "looks": found.looks,
    }


def _record(judged: AssessedGrant) -> dict[str, Any]:
    grant = judged.access.grant
    wrong = judged.is_wrong
    return record(judged.access) | {
        "state": judged.state,
        "severity": str(severity(grant, judged.ability)) if wrong else "",
        "why": why(judged) if wrong else "",
        "command": command(grant.resource, grant.role, grant.member, grant.condition) if wrong else "",
        "persona": judged.persona,
        "personas_of_member": judged.known_as,
        "standing": judged.standing.name.lower() if judged.standing else "",
        "layers": judged.layers,
    }


def print_drift(console: Console, found: Drift, tz: ZoneInfo, *, with_all: bool) -> None:
    """What is wrong with why and how to take it away, what personas lack, and what else there is in numbers."""
    lines = _lines(found.wrong)
    console.print(_headline(found, len(lines)))
    shown = lines if with_all else lines[:MOST_LINES]
    if shown:
        console.print(_table(shown, tz))
        _print_commands(console, shown)
    if len(lines) > len(shown):
        console.print(f"and {len(lines) - len(shown):,} lines more: --all shows them")
    if found.lacks:
        console.print(_lacks_table(found.lacks))
    if with_all:
        _print_others(console, [judged for judged in found.grants if not judged.is_wrong])
    for text in _sums(found, with_all=with_all):
        console.print(output.styled(text, "dim"))
    print_coverage(console, found.looks, found.notes, tz)


def _lines(grants: Sequence[AssessedGrant]) -> list[Line]:
    """Grants of the same role to the same member, and as grave, on one line; the order stays."""
    found: dict[tuple[str, ...], Line] = {}
    for judged in grants:
        grant = judged.access.grant
        found.setdefault((grant.member, grant.role, _condition(judged), why(judged)), []).append(judged)
    return list(found.values())


def _headline(found: Drift, lines: int) -> Text:
    if not found.is_known:
        return output.styled("Access is not known: no snapshot had read any policy by then.", "bold red")
    wrong, lacking = found.wrong, [lack for lack in found.lacks if not lack.doubt]
    if not wrong and not lacking:
        return output.styled("Access is as intended, as far as is known.", "green")
    parts = []
    if wrong:
        counts = Counter(severity(judged.access.grant, judged.ability) for judged in wrong)
        grave = ", ".join(f"{counts[item]:,} {item}" for item in reversed(Severity) if counts[item])
        in_lines = f" in {output.plural(lines, 'line')}" if lines < len(wrong) else ""
        parts.append(f"{output.plural(len(wrong), 'grant')} that no persona explains{in_lines}: {grave}.")
    if lacking:
        members = len({(lack.persona, lack.member) for lack in lacking})
        parts.append(f"{output.plural(members, 'member')} of personas without what they are meant to have.")
    return output.styled(" ".join(parts), "bold")


def _table(lines: Sequence[Line], tz: ZoneInfo) -> Table:
    ratios = {"who": 5, "has": 5, "why it matters": 6}
    table = output.table(["#", "severity", *ratios], right=["#"], ratios=ratios)
    for number, line in enumerate(lines, 1):
        grant = line[0].access.grant
        grave = output.severity(severity(grant, line[0].ability))
        table.add_row(str(number), grave, _who(line, tz), _has(line), _why(line, tz))
    return table


def _who(line: Line, tz: ZoneInfo) -> Text:
    grant = min((judged.access.grant for judged in line), key=lambda grant: grant.valid_from)
    by = f" by {grant.granted_by}" if grant.granted_by else ""
    seen = "since" if grant.exact_from else "seen"
    since = output.styled(f"{seen} {grant.valid_from.astimezone(tz):%Y-%m-%d}{by}", "dim")
    return output.styled(grant.member).append("\n").append_text(since)


def _has(line: Line) -> Text:
    text = output.styled(line[0].access.grant.role)
    if condition := _condition(line[0]):
        text.append_text(output.styled(f" if {condition}", "yellow"))
    names = [short_name(judged.access.grant.resource) for judged in line]
    return text.append("\n").append_text(output.styled(f"on {_some(names)}", "dim"))


def _why(line: Line, tz: ZoneInfo) -> Text:
    uses = [judged.access.usage for judged in line]
    used = max((usage.last_used for usage in uses if usage.last_used), default=None)
    text = output.styled(why(line[0])).append("\n")
    if used is not None or any(usage.state is Use.USED for usage in uses):
        when = f" on {used.astimezone(tz):%Y-%m-%d}" if used else ""
        return text.append_text(output.styled(f"used{when}", "green"))
    if all(usage.state is Use.UNUSED for usage in uses):
        return text.append_text(output.styled("unused", "bold red"))
    return text.append_text(output.styled("use not known", "dim"))


def _print_commands(console: Console, lines: Sequence[Line]) -> None:
    """Each on one line however long, so that it can be copied."""
    console.print(output.styled("To take them away (Hinomi runs none of this):", "bold"))
    for number, line in enumerate(lines, 1):
        grants = [judged.access.grant for judged in line]
        for grant in grants[:MOST_PLACES]:
            told = command(grant.resource, grant.role, grant.member, grant.condition)
            missing = f"no single command does it on {short_name(grant.resource)}: see its policy in the console"
            console.print(output.styled(f"{number:>3}  {told or missing}"), soft_wrap=True)
        if len(grants) > MOST_PLACES:
            console.print(output.styled(f"     and {len(grants) - MOST_PLACES:,} more: --json has each", "dim"))


def _lacks_table(lacks: Sequence[MissingAccess]) -> Table:
    ratios = {"persona": 2, "member": 4, "lacks": 2, "on": 6}
    table = output.table(list(ratios), ratios=ratios)
    for lack in lacks:
        names = _some([short_name(name) for name in lack.resources])
        where = output.styled(f"{len(lack.resources):,} of {lack.of:,} in {lack.layer}: {names}")
        if lack.doubt:
            where.append_text(output.styled(f", unless it has it by {lack.doubt}", "yellow"))
        table.add_row(*(output.styled(cell) for cell in (lack.persona, lack.member, lack.what)), where)
    return table


def _print_others(console: Console, others: Sequence[AssessedGrant]) -> None:
    if others:
        ratios = {"who": 5, "has": 5, "why not listed": 4}
        table = output.table(list(ratios), ratios=ratios)
        for judged in others:
            text = f"one {judged.standing}" if judged.standing else f"{judged.persona} is meant to"
            table.add_row(output.styled(judged.access.principal), _has([judged]), output.styled(text))
        console.print(table)


def _sums(found: Drift, *, with_all: bool) -> list[str]:
    """What is not in the tables, in numbers."""
    texts = [f"{output.plural(found.intended, 'grant')} as intended."] if found.intended else []
    if found.standing:
        counts = "; ".join(f"{count:,} {item}" for item, count in found.standing.items())
        texts.append(f"{'Also' if with_all else 'Not listed'}: {counts}." + ("" if with_all else " --all lists them."))
    return texts


def _some(names: Sequence[str]) -> str:
    more = len(names) - MOST_PLACES
    return ", ".join(names[:MOST_PLACES]) + (f" and {more:,} more" if more > 0 else "")


def _condition(judged: AssessedGrant) -> str:
    return str((judged.access.grant.condition or {}).get("expression") or "")
