"""Measures how many exported entries the sinks let through, because exported volume is paid for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from collectors.metrics_analysis.sinks.pack import Sink


@dataclass(slots=True)
class Measured:
    """Counts of entries and of their bytes as JSON.

    `own` are the entries that the loop guard excludes, `rules` the entries that each rule needs, `exports` the messages
    over all sinks: an entry that passes two sinks is exported twice.
    """

    entries: int = 0
    bytes: int = 0
    passed: int = 0
    passed_bytes: int = 0
    exports: int = 0
    own: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    rule_bytes: Counter[str] = field(default_factory=Counter)

    def add(self, entry: dict[str, Any], sinks: Sequence[Sink]) -> None:
        """Counts one entry."""
        size = len(orjson.dumps(entry))
        self.entries += 1
        self.bytes += size
        if sinks and not sinks[0].guard.holds(entry):
            self.own += 1
            return
        asking = [[rule.name for rule in sink.rules if rule.expr.holds(entry)] for sink in sinks]
        names = [name for some in asking for name in some]
        self.exports += sum(map(bool, asking))
        self.passed += bool(names)
        self.passed_bytes += size if names else 0
        self.rules.update(names)
        self.rule_bytes.update(dict.fromkeys(names, size))


def measure(entries: Iterable[dict[str, Any]], sinks: Sequence[Sink]) -> Measured:
    """Counts the entries that pass the sinks. A JSON document that is not a LogEntry counts as an entry."""
    measured = Measured()
    for entry in entries:
        measured.add(entry, sinks)
    return measured
