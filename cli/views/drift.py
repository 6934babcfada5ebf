"""Drift from the platform map, for the terminal and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.text import Text

from cli.views import output
from cli.views.access import print_coverage, record
from cli.views.rows import Footnotes, print_rows
from insights.access.drift.assessment import severity, why
from insights.access.model import Use
from insights.access.revoke_command import command
from shared.iam_names import short_name
from shared.model import Severity

if TYPE_CHECKING:
    from rich.console import Console

    from insights.access.drift.assessment import AssessedGrant
    from insights.access.drift.compare import Drift, MissingAccess

MOST_LINES = 20  # of the table, unless all are asked for
MOST_RESOURCES = 3  # of one line
Line = list["AssessedGrant"]


def as_json(found: Drift, at: datetime) -> dict[str, Any]:
    """One object: unintended grants, missing access, counts, and what the answer does not cover."""
    return {
        "at": at,
        "is_as_intended": found.is_empty,
        "counts": {
            "unintended": len(found.unintended),
            "intended": found.intended,
            "baseline": {item.name.lower(): count for item, count in found.baseline.items()},
            "missing": len(found.missing),
        },
        "grants": [_record(assessed) for assessed in found.grants],
        "missing": found.missing,
        "notes": found.notes,
        "observations": found.observations,
    }


def _record(assessed: AssessedGrant) -> dict[str, Any]:
    grant = assessed.access.grant
    is_unintended = assessed.is_unintended
    return record(assessed.access) | {
        "state": assessed.state,
        "severity": str(severity(grant, assessed.ability)) if is_unintended else "",
        "why": why(assessed) if is_unintended else "",
        "command": command(grant.resource, grant.role, grant.member, grant.condition) if is_unintended else "",
        "persona": assessed.persona,
        "personas_of_member": assessed.other_personas,
        "baseline": assessed.baseline.name.lower() if assessed.baseline else "",
        "layers": assessed.layers,
    }


def print_drift(console: Console, found: Drift, tz: ZoneInfo, *, with_all: bool) -> None:
    """Prints unintended grants with why they matter and how to revoke them, missing access, and the rest in numbers."""
    lines = _lines(found.unintended)
    console.print(output.hanging(_headline(found, len(lines)), 0, console), soft_wrap=True)
    shown = lines if with_all else lines[:MOST_LINES]
    if shown:
        _print_unintended(console, shown, tz)
        _print_commands(console, shown)
    if len(lines) > len(shown):
        console.print(f"and {len(lines) - len(shown):,} more lines: --all shows them")
    if found.missing:
        _print_missing(console, found.missing)
    if with_all:
        _print_others(console, [assessed for assessed in found.grants if not assessed.is_unintended])
    for text in _sums(found, with_all=with_all):
        console.print(output.hanging(output.styled(text, "dim"), 0, console), soft_wrap=True)
    print_coverage(console, found.observations, found.notes, tz)


def _lines(grants: Sequence[AssessedGrant]) -> list[Line]:
    """Grants of the same role to the same member, for the same reason, on one line; the order stays."""
    lines: dict[tuple[str, ...], Line] = {}
    for assessed in grants:
        grant = assessed.access.grant
        lines.setdefault((grant.member, grant.role, _condition(assessed), why(assessed)), []).append(assessed)
    return list(lines.values())


def _headline(found: Drift, lines: int) -> Text:
    if not found.has_history:
        return output.styled("Access is unknown: no snapshot had read policies by then.", "bold red")
    unintended, missing = found.unintended, [item for item in found.missing if not item.reason]
    if not unintended and not missing:
        return output.styled("Access is as intended, as far as is known.", "green")
    parts = []
    if unintended:
        counts = Counter(severity(assessed.access.grant, assessed.ability) for assessed in unintended)
        severities = ", ".join(f"{counts[item]:,} {item}" for item in reversed(Severity) if counts[item])
        in_lines = f" in {output.plural(lines, 'line')}" if lines < len(unintended) else ""
        parts.append(f"{output.plural(len(unintended), 'grant')} that no persona explains{in_lines}: {severities}.")
    if missing:
        members = len({(item.persona, item.member) for item in missing})
        parts.append(f"{output.plural(members, 'member')} of personas without their intended access.")
    return output.styled(" ".join(parts), "bold")


def _print_unintended(console: Console, lines: Sequence[Line], tz: ZoneInfo) -> None:
    notes = Footnotes()
    rows = []
    for number, line in enumerate(lines, 1):
        level = output.severity(severity(line[0].access.grant, line[0].ability))
        rows.append((Text(str(number)), level, _who(line, tz), _has(line, notes), _why(line, tz)))
    columns = ["#", "severity", "who", "has", "why it matters"]
    print_rows(console, columns, rows, prose=["why it matters"], right=["#"], heading=3)
    notes.print(console)


def _who(line: Line, tz: ZoneInfo) -> Text:
    grant = min((assessed.access.grant for assessed in line), key=lambda grant: grant.valid_from)
    by = f" by {grant.granted_by}" if grant.granted_by else ""
    seen = "since" if grant.exact_from else "first seen"
    since = output.styled(f"{seen} {grant.valid_from.astimezone(tz):%Y-%m-%d}{by}", "dim")
    return output.styled(grant.member).append("\n").append_text(since)


def _has(line: Line, notes: Footnotes) -> Text:
    text = output.styled(line[0].access.grant.role)
    if condition := _condition(line[0]):
        text.append_text(output.styled(notes.mark(f"only if {condition}"), "yellow"))
    names = [short_name(assessed.access.grant.resource) for assessed in line]
    return text.append("\n").append_text(_places(names))


def _places(names: Sequence[str]) -> Text:
    """`on` and the first names, one a line."""
    first, *others = _some(names)
    return output.styled_lines([f"  on {first}", *(f"     {name}" for name in others)], "dim")


def _some(names: Sequence[str]) -> list[str]:
    """The first names with commas, and how many more there are."""
    more = len(names) - MOST_RESOURCES
    shown = [f"{name}," for name in names[:MOST_RESOURCES]]
    return [*shown, f"and {more:,} more"] if more > 0 else [*shown[:-1], shown[-1].removesuffix(",")]


def _why(line: Line, tz: ZoneInfo) -> Text:
    uses = [assessed.access.usage for assessed in line]
    used = max((usage.last_used for usage in uses if usage.last_used), default=None)
    text = output.styled(why(line[0])).append("\n")
    if used is not None or any(usage.state is Use.USED for usage in uses):
        when = f" on {used.astimezone(tz):%Y-%m-%d}" if used else ""
        return text.append_text(output.styled(f"used{when}", "green"))
    if all(usage.state is Use.UNUSED for usage in uses):
        return text.append_text(output.styled("unused", "bold red"))
    return text.append_text(output.styled("use unknown", "dim"))


def _print_commands(console: Console, lines: Sequence[Line]) -> None:
    """Each on one line however long, so that it can be copied."""
    console.print(output.styled("To revoke them (Hinomi runs none of these commands):", "bold"))
    for number, line in enumerate(lines, 1):
        grants = [assessed.access.grant for assessed in line]
        for grant in grants[:MOST_RESOURCES]:
            revoke = command(grant.resource, grant.role, grant.member, grant.condition)
            missing = f"{short_name(grant.resource)}: no single command revokes it, edit the policy in the console"
            console.print(output.styled(f"{number:>3}  {revoke or missing}"), soft_wrap=True)
        if len(grants) > MOST_RESOURCES:
            console.print(output.styled(f"     and {len(grants) - MOST_RESOURCES:,} more: --json has each", "dim"))


def _print_missing(console: Console, missing: Sequence[MissingAccess]) -> None:
    rows = []
    for item in missing:
        names = [f"  {name}" for name in _some([short_name(name) for name in item.resources])]
        where = output.styled_lines([f"{len(item.resources):,} of {item.of:,} in {item.layer}:", *names])
        if item.reason:
            where.append("\n").append_text(output.styled(f"uncertain because of {item.reason}", "yellow"))
        rows.append((*(output.styled(cell) for cell in (item.persona, item.member, item.level)), where))
    print_rows(console, ["persona", "member", "missing", "on"], rows, heading=2)


def _print_others(console: Console, others: Sequence[AssessedGrant]) -> None:
    if not others:
        return
    notes = Footnotes()
    rows = []
    for assessed in others:
        why_not = f"a grant {assessed.baseline}" if assessed.baseline else f"intended for {assessed.persona}"
        rows.append((output.styled(assessed.access.principal), _has([assessed], notes), output.styled(why_not)))
    print_rows(console, ["who", "has", "why not listed"], rows, prose=["why not listed"])
    notes.print(console)


def _sums(found: Drift, *, with_all: bool) -> list[str]:
    """The counts of grants that are not in the tables."""
    texts = [f"{output.plural(found.intended, 'grant')} as intended."] if found.intended else []
    if found.baseline:
        counts = "; ".join(f"{output.plural(count, 'grant')} {item}" for item, count in found.baseline.items())
        texts.append(f"{'Also' if with_all else 'Not listed'}: {counts}." + ("" if with_all else " --all lists them."))
    return texts


def _condition(assessed: AssessedGrant) -> str:
    return str((assessed.access.grant.condition or {}).get("expression") or "")
