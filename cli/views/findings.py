"""Prints grouped findings: the most severe first, each with its rule, resource and principal in full."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from zoneinfo import ZoneInfo

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.entries.finding_groups import FindingGroup
from cli.language import listed, localize
from cli.printable import clean
from cli.views import output
from shared.model import IncidentKind, Severity
from shared.texts import COMMA
from shared.texts import Text as Localized
from shared.texts.cli import analyze as texts
from shared.texts.locale import in_zone
from shared.texts.recorded import TRANSLATIONS, recorded
from shared.texts.terms import term

# Columns in a wide terminal: those beside the names, and the minimum for a summary.
OTHER_COLUMNS, LEAST_SUMMARY = 56, 40


def overview(groups: Iterable[FindingGroup]) -> Table:
    """The number of incidents by severity and kind, the highest severity first."""
    counts = Counter((group.severity, group.latest.kind) for group in groups)
    kinds = [kind for kind in IncidentKind if any(counts[severity, kind] for severity in Severity)]
    names = [Localized.verbatim(_kind_name(kind)) for kind in kinds]
    numbers = [*names, texts.TOTAL]
    made = output.table([texts.SEVERITY, *numbers], right=numbers)
    for severity in sorted({severity for severity, _ in counts}, key=lambda one: -one.rank):
        row = [counts[severity, kind] for kind in kinds]
        made.add_row(output.severity(severity), *(f"{count:,}" if count else "–" for count in row), f"{sum(row):,}")
    return made


def show(console: Console, groups: Iterable[FindingGroup], tz: ZoneInfo, language: str = "en") -> None:
    """Prints the groups of each severity: as a table if the terminal is wide enough for the names, otherwise as blocks."""
    for severity, same in groupby(groups, key=lambda group: group.severity):
        rows = list(same)
        console.print(Text.assemble(output.severity(severity), f"  {localize(texts.INCIDENTS(count=len(rows)))}"))
        longest = max(cell_len(name) for group in rows for name in _names(group))
        if console.width >= max(output.WIDE, longest + OTHER_COLUMNS + _summary_width(rows, language)):
            console.print(_table(rows, tz, language))
        else:
            console.print()
            for group in rows:
                _print_block(console, group, tz, language)


def _names(group: FindingGroup) -> Sequence[str]:
    """The texts that must not be cut: the rule, the resource and the principals."""
    return [clean(name) for name in (group.latest.rule, group.latest.resource, localize(group.who)) if name]


def _summary_width(groups: Iterable[FindingGroup], language: str) -> int:
    """The columns in which no name in a summary is cut."""
    words = (word for group in groups for word in output.words_of(clean(_summary(group, language))))
    return max(LEAST_SUMMARY, *map(cell_len, words))


def _table(groups: list[FindingGroup], tz: ZoneInfo, language: str) -> Table:
    columns = [texts.NAMES, texts.KIND, texts.FIRST_LAST, texts.COUNT, texts.SUMMARY]
    made = output.table(columns, right=[texts.COUNT], ratios={texts.SUMMARY: 1})
    made.leading = 1
    for column in made.columns[:3]:
        column.no_wrap = True
    for group in groups:
        rule, *others = _names(group)
        made.add_row(
            Text("\n").join([Text(rule, "bold"), *map(Text, others)]),
            _kind(group, "\n"),
            Text("\n".join(_times(group, tz))),
            f"{group.count:,}",
            output.styled(_summary(group, language)),
        )
    return made


def _print_block(console: Console, group: FindingGroup, tz: ZoneInfo, language: str) -> None:
    console.print(output.styled(_summary(group, language), "bold"))
    facts = {
        texts.RULE: Text.assemble(output.styled(group.latest.rule), localize(COMMA), _kind(group, " ")),
        texts.WHEN: Text(
            listed([localize(texts.RANGE).join(_times(group, tz)), localize(texts.TIMES(count=group.count))])
        ),
        texts.WHERE: output.styled(group.latest.resource),
        texts.WHO: output.styled(localize(group.who)),
    }
    output.print_facts(console, {localize(name): value for name, value in facts.items()})
    console.print()


def _summary(group: FindingGroup, language: str) -> str:
    finding = group.latest
    return recorded({TRANSLATIONS: finding.translations}, language, "summary", finding.summary)


def _kind(group: FindingGroup, separator: str) -> Text:
    text = output.styled(_kind_name(group.latest.kind))
    return text.append(f"{separator}{localize(texts.RECOVERED)}", style="green") if group.recovered else text


def _kind_name(kind: IncidentKind) -> str:
    """The kind in lower case, for use within a sentence."""
    return localize(term(kind)).lower()


def _times(group: FindingGroup, tz: ZoneInfo) -> Sequence[str]:
    """The first and the last time to the minute; one if they are equal."""
    return list(dict.fromkeys(f"{in_zone(time, tz):%Y-%m-%d %H:%M}" for time in (group.first, group.latest.time)))
