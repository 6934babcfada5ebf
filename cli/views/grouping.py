"""Findings as a person wants to see them: the occurrences of one fault together, the urgent ones first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli.views import output
from shared.model import Finding, Kind, Recovery, Severity
from shared.texts.recorded import TRANSLATIONS, recorded

FAULTS = 20_000
RECOVERIES = 200_000
SHOWN_PRINCIPALS = 2


@dataclass(slots=True)
class Fault:
    """The findings of one fingerprint; texts are those of the latest."""

    latest: Finding
    first: datetime
    severity: Severity
    count: int = 0
    principals: dict[str, None] = field(default_factory=dict)
    recovered: bool = False

    def add(self, finding: Finding) -> None:
        """One more occurrence, in any order of time."""
        self.count += 1
        self.first = min(self.first, finding.time)
        if finding.time >= self.latest.time:
            self.latest = finding
        if finding.severity.rank > self.severity.rank:
            self.severity = finding.severity
        if finding.principal and len(self.principals) <= SHOWN_PRINCIPALS:
            self.principals[finding.principal] = None

    @property
    def who(self) -> str:
        """The principals, the first two by name."""
        names = list(self.principals)
        more = ["and others"] if len(names) > SHOWN_PRINCIPALS else []
        return ", ".join(names[:SHOWN_PRINCIPALS] + more)


class Faults:
    """Collects findings and recoveries. It keeps at most 20,000 faults; what is beyond is only counted."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}
        self._recovered_at: dict[str, datetime] = {}
        self.rules: set[str] = set()
        self.findings = 0
        self.not_kept = 0

    def add(self, effect: Finding | Recovery) -> None:
        """One finding or recovery, in any order."""
        if isinstance(effect, Recovery):
            self._recover(effect)
            return
        self.findings += 1
        self.rules.add(effect.rule)
        fault = self._faults.get(effect.fingerprint)
        if fault is None:
            if len(self._faults) >= FAULTS:
                self.not_kept += 1
                return
            fault = self._faults[effect.fingerprint] = Fault(effect, effect.time, effect.severity)
        fault.add(effect)

    def _recover(self, recovery: Recovery) -> None:
        known = self._recovered_at.pop(recovery.fingerprint, recovery.time)
        self._recovered_at[recovery.fingerprint] = max(known, recovery.time)
        if len(self._recovered_at) > RECOVERIES:
            del self._recovered_at[next(iter(self._recovered_at))]

    def by_urgency(self) -> list[Fault]:
        """Critical first, then what is not recovered, then the latest."""
        for fingerprint, fault in self._faults.items():
            recovered_at = self._recovered_at.get(fingerprint)
            fault.recovered = recovered_at is not None and recovered_at >= fault.latest.time
        return sorted(self._faults.values(), key=_urgency)


def _urgency(fault: Fault) -> tuple[int, bool, float]:
    return -fault.severity.rank, fault.recovered, -fault.latest.time.timestamp()


def overview(faults: Iterable[Fault]) -> Table:
    """How many faults of which severity and kind, the worst severity first."""
    counts = Counter((fault.severity, fault.latest.kind) for fault in faults)
    kinds = [kind for kind in Kind if any(counts[severity, kind] for severity in Severity)]
    names = [str(kind).replace("_", " ") for kind in kinds]
    made = output.table(["severity", *names, "faults"], right=[*names, "faults"])
    for severity in sorted({severity for severity, _ in counts}, key=lambda one: -one.rank):
        row = [counts[severity, kind] for kind in kinds]
        made.add_row(output.severity(severity), *(f"{count:,}" if count else "–" for count in row), f"{sum(row):,}")
    return made


def show(console: Console, faults: Iterable[Fault], tz: ZoneInfo, language: str = "en") -> None:
    """Prints one table for each severity; in a narrow terminal a fault takes a line of facts and a line of text."""
    layout = _wide if console.width >= output.WIDE else _narrow
    for name, group in groupby(faults, key=lambda fault: fault.severity):
        rows = list(group)
        console.print(Text.assemble(output.severity(name), f"  {output.plural(len(rows), 'fault')}"))
        console.print(layout(rows, tz, language))


def _summary(finding: Finding, language: str) -> str:
    return recorded({TRANSLATIONS: finding.translations}, language, "summary", finding.summary)


def _wide(faults: list[Fault], tz: ZoneInfo, language: str) -> RenderableType:
    made = output.table(
        ["kind", "first – last", "count", "service", "resource", "who", "summary"],
        right=["first – last", "count"],
        ratios={"resource": 4, "who": 3, "summary": 6},
    )
    for fault in faults:
        finding = fault.latest
        made.add_row(
            _kind(fault),
            _when(fault, tz, "\n"),
            f"{fault.count:,}",
            output.styled(finding.service),
            output.styled(finding.resource),
            output.styled(fault.who),
            output.styled(_summary(finding, language)),
        )
    return made


def _narrow(faults: list[Fault], tz: ZoneInfo, language: str) -> RenderableType:
    blocks: list[RenderableType] = []
    for fault in faults:
        finding = fault.latest
        facts = output.details(
            [
                ("what", Text.assemble(_kind(fault, " "), f", {finding.rule}")),
                ("when", Text.assemble(_when(fault, tz, " – "), f", {fault.count:,} ×")),
                ("where", finding.resource),
                ("who", fault.who),
            ]
        )
        blocks += [output.styled(_summary(finding, language), "bold"), Padding(facts, (0, 0, 1, 2))]
    return Group(*blocks)


def _kind(fault: Fault, separator: str = "\n") -> Text:
    text = output.styled(str(fault.latest.kind).replace("_", " "))
    return text.append(f"{separator}(recovered)", style="green") if fault.recovered else text


def _when(fault: Fault, tz: ZoneInfo, separator: str) -> Text:
    times = dict.fromkeys(time.astimezone(tz).strftime("%Y-%m-%d %H:%M") for time in (fault.first, fault.latest.time))
    return Text(separator.join(times))
