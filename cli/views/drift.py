"""Drift from the platform map, for the terminal and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.cells import cell_len
from rich.text import Text

from cli.language import localize
from cli.views import output
from cli.views.access import print_coverage
from cli.views.rows import Footnotes, print_rows
from insights.access.answers.records import record
from insights.access.drift.assessment import severity, why
from insights.access.model import Use
from insights.access.revoke_command import command
from shared.identity.iam_names import short_name
from shared.model import Severity
from shared.texts import Text as Localized
from shared.texts import joined
from shared.texts.access.drift import BASELINE
from shared.texts.access.findings import LEVELS
from shared.texts.cli import drift as texts
from shared.texts.cli.access import ONLY_IF
from shared.texts.locale import in_zone
from shared.texts.terms import term

if TYPE_CHECKING:
    from rich.console import Console

    from insights.access.drift.assessment import AssessedGrant
    from insights.access.drift.compare import Drift, MissingAccess

MOST_LINES = 20  # of the table, unless all are asked for
MOST_RESOURCES = 3  # of one line
Line = list["AssessedGrant"]


def as_json(answer: Drift, at: datetime) -> dict[str, Any]:
    """One object: unintended grants, missing access, counts, and the limits of the answer."""
    return {
        "at": at,
        "is_as_intended": answer.is_empty,
        "counts": {
            "unintended": len(answer.unintended),
            "intended": answer.intended,
            "baseline": {item.name.lower(): count for item, count in answer.baseline.items()},
            "missing": len(answer.missing),
        },
        "grants": [_record(assessed) for assessed in answer.grants],
        "missing": [_missing_record(item) for item in answer.missing],
        "notes": answer.notes,
        "observations": answer.observations,
    }


def _record(assessed: AssessedGrant) -> dict[str, Any]:
    grant = assessed.access.grant
    is_unintended = assessed.is_unintended
    return record(assessed.access) | {
        "state": assessed.state,
        "severity": str(severity(grant, assessed.ability)) if is_unintended else "",
        "why": why(assessed).en if is_unintended else "",
        "command": command(grant.resource, grant.role, grant.member, grant.condition) if is_unintended else "",
        "persona": assessed.persona,
        "personas_of_member": assessed.other_personas,
        "baseline": assessed.baseline.name.lower() if assessed.baseline else "",
        "layers": assessed.layers,
    }


def _missing_record(item: MissingAccess) -> dict[str, Any]:
    return {
        "persona": item.persona,
        "member": item.member,
        "layer": item.layer,
        "level": item.level,
        "resources": item.resources,
        "of": item.of,
        "reason": item.reason,
    }


def print_drift(console: Console, answer: Drift, tz: ZoneInfo, *, with_all: bool) -> None:
    """Prints unintended grants with their reasons and revoke commands, missing access, and counts of the rest."""
    lines = _lines(answer.unintended)
    _print_headline(console, answer, len(lines))
    shown = lines if with_all else lines[:MOST_LINES]
    if shown:
        _print_unintended(console, shown, tz)
        _print_commands(console, shown)
    if len(lines) > len(shown):
        output.print_text(console, texts.MORE_LINES(count=len(lines) - len(shown)))
    if answer.missing:
        _print_missing(console, answer.missing)
    if with_all:
        _print_others(console, [assessed for assessed in answer.grants if not assessed.is_unintended])
    for text in _sums(answer, with_all=with_all):
        output.print_text(console, text, "dim")
    print_coverage(console, answer.observations, answer.limits, tz)


def _lines(grants: Sequence[AssessedGrant]) -> list[Line]:
    """Merges grants of the same role to the same member with the same reason into one line; keeps the order."""
    lines: dict[tuple[object, ...], Line] = {}
    for assessed in grants:
        grant = assessed.access.grant
        lines.setdefault((grant.member, grant.role, _condition(assessed), why(assessed)), []).append(assessed)
    return list(lines.values())


def _print_headline(console: Console, answer: Drift, lines: int) -> None:
    """Prints the numbers of unintended grants and of members that lack access, or that there are none."""
    if not answer.has_history:
        output.print_text(console, texts.UNKNOWN, "bold red")
        return
    unintended, missing = answer.unintended, [item for item in answer.missing if not item.uncertainty]
    if not unintended and not missing:
        output.print_text(console, texts.AS_INTENDED, "green")
        return
    parts = [_count_of_unintended(unintended, lines)] if unintended else []
    if missing:
        parts.append(texts.WITHOUT_ACCESS(count=len({(item.persona, item.member) for item in missing})))
    output.print_text(console, joined(parts, Localized.verbatim(" ")), "bold")


def _count_of_unintended(unintended: Sequence[AssessedGrant], lines: int) -> Localized:
    counts = Counter(severity(assessed.access.grant, assessed.ability) for assessed in unintended)
    severities = joined(
        texts.COUNT_OF_SEVERITY(count=f"{counts[item]:,}", severity=Localized(en=str(item), ja=term(item).ja))
        for item in reversed(Severity)
        if counts[item]
    )
    if lines == len(unintended):
        return texts.UNINTENDED(count=len(unintended), severities=severities)
    in_lines = texts.LINES(count=lines)
    return texts.UNINTENDED_IN_LINES(count=len(unintended), lines=in_lines, severities=severities)


def _print_unintended(console: Console, lines: Sequence[Line], tz: ZoneInfo) -> None:
    notes = Footnotes()
    rows = []
    for number, line in enumerate(lines, 1):
        level = output.severity(severity(line[0].access.grant, line[0].ability))
        rows.append((Text(str(number)), level, _who(line, tz), _has(line, notes), _why(line, tz)))
    columns = [texts.NUMBER, texts.SEVERITY, texts.WHO, texts.HAS, texts.WHY]
    print_rows(console, columns, rows, prose=[texts.WHY], right=[texts.NUMBER], heading=3)
    notes.print(console)


def _who(line: Line, tz: ZoneInfo) -> Text:
    grant = min((assessed.access.grant for assessed in line), key=lambda grant: grant.valid_from)
    day, by = f"{in_zone(grant.valid_from, tz):%Y-%m-%d}", grant.granted_by
    if by:
        text = (texts.SINCE_BY if grant.exact_from else texts.FIRST_SEEN_BY)(day=day, who=by)
    else:
        text = (texts.SINCE if grant.exact_from else texts.FIRST_SEEN)(day=day)
    since = output.styled(localize(text), "dim")
    return output.styled(grant.member).append("\n").append_text(since)


def _has(line: Line, notes: Footnotes) -> Text:
    text = output.styled(line[0].access.grant.role)
    if condition := _condition(line[0]):
        text.append_text(output.styled(notes.mark(localize(ONLY_IF(condition=condition))), "yellow"))
    names = [short_name(assessed.access.grant.resource) for assessed in line]
    return text.append("\n").append_text(_names(names))


def _names(names: Sequence[str]) -> Text:
    """`on` and the first names, one a line."""
    first, *others = _some(names)
    on = localize(texts.ON_FIRST(name=first))
    indent = " " * (2 + cell_len(on) - cell_len(first))
    return output.styled_lines([f"  {on}", *(f"{indent}{name}" for name in others)], "dim")


def _some(names: Sequence[str]) -> list[str]:
    """The first names with commas, and the number of others."""
    more = len(names) - MOST_RESOURCES
    shown = [f"{name}," for name in names[:MOST_RESOURCES]]
    return (
        [*shown, localize(texts.AND_MORE(count=f"{more:,}"))]
        if more > 0
        else [*shown[:-1], shown[-1].removesuffix(",")]
    )


def _why(line: Line, tz: ZoneInfo) -> Text:
    uses = [assessed.access.usage for assessed in line]
    used = max((usage.last_used for usage in uses if usage.last_used), default=None)
    text = output.styled(localize(why(line[0]))).append("\n")
    if used is not None or any(usage.state is Use.USED for usage in uses):
        use = texts.USED_ON(day=f"{in_zone(used, tz):%Y-%m-%d}") if used else texts.USED
        return text.append_text(output.styled(localize(use), "green"))
    if all(usage.state is Use.UNUSED for usage in uses):
        return text.append_text(output.styled(localize(texts.UNUSED), "bold red"))
    return text.append_text(output.styled(localize(texts.USE_UNKNOWN), "dim"))


def _print_commands(console: Console, lines: Sequence[Line]) -> None:
    """Prints each command on one line of any length, so that it can be copied."""
    output.print_text(console, texts.TO_REVOKE, "bold")
    for number, line in enumerate(lines, 1):
        grants = [assessed.access.grant for assessed in line]
        for grant in grants[:MOST_RESOURCES]:
            revoke = command(grant.resource, grant.role, grant.member, grant.condition)
            missing = localize(texts.NO_COMMAND(name=short_name(grant.resource)))
            console.print(output.styled(f"{number:>3}  {revoke or missing}"), soft_wrap=True)
        if len(grants) > MOST_RESOURCES:
            more = localize(texts.MORE_COMMANDS(count=f"{len(grants) - MOST_RESOURCES:,}"))
            console.print(output.styled(f"     {more}", "dim"))


def _print_missing(console: Console, missing: Sequence[MissingAccess]) -> None:
    rows = []
    for item in missing:
        names = [f"  {name}" for name in _some([short_name(name) for name in item.resources])]
        count = texts.OF_LAYER(count=f"{len(item.resources):,}", total=f"{item.of:,}", layer=item.layer)
        where = output.styled_lines([localize(count), *names])
        if item.reason:
            where.append("\n").append_text(output.styled(localize(texts.UNCERTAIN(reason=item.uncertainty)), "yellow"))
        rows.append(
            (*(output.styled(cell) for cell in (item.persona, item.member, localize(LEVELS[item.level]))), where)
        )
    print_rows(console, [texts.PERSONA, texts.MEMBER, texts.MISSING, texts.ON], rows, heading=2)


def _print_others(console: Console, others: Sequence[AssessedGrant]) -> None:
    if not others:
        return
    notes = Footnotes()
    rows = []
    for assessed in others:
        why_not = (
            texts.BASELINE(why=BASELINE[assessed.baseline.name])
            if assessed.baseline
            else texts.INTENDED_FOR(persona=assessed.persona)
        )
        cells = (assessed.access.principal, localize(why_not))
        rows.append((output.styled(cells[0]), _has([assessed], notes), output.styled(cells[1])))
    print_rows(console, [texts.WHO, texts.HAS, texts.WHY_NOT_LISTED], rows, prose=[texts.WHY_NOT_LISTED])
    notes.print(console)


def _sums(answer: Drift, *, with_all: bool) -> list[Localized]:
    """The counts of grants that are not in the tables."""
    sums = [texts.INTENDED(count=answer.intended)] if answer.intended else []
    if answer.baseline:
        counts = joined(
            (texts.BASELINE_COUNT(count=count, why=BASELINE[item.name]) for item, count in answer.baseline.items()),
            texts.AND,
        )
        sums.append(texts.ALSO(counts=counts) if with_all else texts.NOT_LISTED(counts=counts))
    return sums


def _condition(assessed: AssessedGrant) -> str:
    return str((assessed.access.grant.condition or {}).get("expression") or "")
