"""Runs the rules on exported entries, in one process: no database, no actions, constant memory.

Stateful rules count by the entries' own timestamps, so the order of the entries makes no difference; gcloud prints the
newest first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Any

from cli.entries.revisable import RevisableEffects
from collectors.metrics_analysis.evidence import LogEntry, Tick, event_key, parse_time, understand
from collectors.metrics_analysis.loop_guard import is_own
from collectors.metrics_analysis.rule_state import MemoryRuleState
from collectors.metrics_analysis.sigma.engine import Engine, RuleEvaluation
from collectors.metrics_analysis.sigma.rule import Pending
from collectors.metrics_analysis.split_entries import merge, part_of
from collectors.metrics_analysis.stateful import resolve_state
from shared.config import Settings
from shared.identity.service_agents import numbers_of
from shared.model import Finding, Recovery

MAX_PENDING = 10_000
REMEMBERED = 200_000


@dataclass(frozen=True, slots=True)
class AnalyzedEffect:
    """A finding or recovery from the entry with this number (from 1, over all files)."""

    line: int
    effect: Finding | Recovery


class Analysis:
    """Takes entries in any order, returns findings and recoveries, each event once.

    It remembers the last 200,000 findings to skip duplicates, and 10,000 findings that may still change: by the start
    of their operation, or by earlier fields of their resource. `first` and `last` are the earliest and latest event
    times, to the second; empty without events.
    """

    def __init__(self, artifact: dict[str, Any], settings: Settings, now: datetime) -> None:
        self._engine = Engine(artifact, settings.redact, numbers_of(settings.project_numbers, settings.scope))
        self._artifact = artifact
        self._settings = settings
        self._now = now
        self._state = MemoryRuleState()
        self._pending: OrderedDict[str, list[tuple[int, Pending]]] = OrderedDict()
        self._revisable = RevisableEffects(MAX_PENDING)
        self._known: OrderedDict[int, None] = OrderedDict()
        self.entries = 0
        self.first = ""
        self.last = ""

    def take(self, line: int, value: dict[str, Any]) -> Iterator[AnalyzedEffect]:
        """The findings and recoveries of one document. Raises NotUnderstoodError if it is not evidence."""
        evidence = understand(value, received=self._now)
        self.entries += 1
        if isinstance(evidence, LogEntry):
            if "timestamp" in value or "receiveTimestamp" in value:
                self._note_time(evidence.entry["timestamp"])
            return self._new(self._log_entry(line, evidence.entry))
        if isinstance(evidence, Tick):
            return iter(())
        return self._new(self._detected(line, evidence))

    def finish(self) -> Iterator[AnalyzedEffect]:
        """The pending findings and recoveries: the export has no more entries of their operations and resources."""
        pending_findings, self._pending = self._pending, OrderedDict()
        pending = (
            AnalyzedEffect(line, pending.finding) for waiting in pending_findings.values() for line, pending in waiting
        )
        revisable = (AnalyzedEffect(line, effect) for line, effect in self._revisable.finish())
        return self._new(chain(pending, revisable))

    def _log_entry(self, line: int, entry: dict[str, Any]) -> Iterator[AnalyzedEffect]:
        if is_own(entry, self._settings, lambda _: True):  # only the rules are tried here
            return
        split = entry.get("split")
        if split and split.get("uid"):
            parts = self._state.part(*part_of(entry), entry)
            if not parts:
                return
            entry = merge(parts)
        if verdict := self._engine.evaluate(entry):
            yield from self._settled(line, verdict)

    def _settled(self, line: int, verdict: RuleEvaluation) -> Iterator[AnalyzedEffect]:
        for start in verdict.starts:
            for waiting_line, pending in self._pending.pop(start.operation_key, ()):
                yield AnalyzedEffect(waiting_line, pending.complete(start.start))
        complete = [pending for pending in verdict.pending if self._has_start(pending, verdict)]
        yield from self._hold(line, [pending for pending in verdict.pending if pending not in complete])
        findings, recoveries = resolve_state(replace(verdict, pending=complete), self._state)
        for recall in verdict.recalls:
            final = self._revisable.expect(recall.rule, event_key(recall.entry), line)
            yield from (AnalyzedEffect(number, effect) for number, effect in final)
        effects: list[Finding | Recovery] = [*findings, *recoveries]
        for effect in effects:
            taken = self._revisable.take(line, effect)
            yield from (AnalyzedEffect(number, one) for number, one in taken)

    def _has_start(self, pending: Pending, verdict: RuleEvaluation) -> bool:
        here = any(start.operation_key == pending.operation_key for start in verdict.starts)
        return here or self._state.recall(pending.operation_key) is not None

    def _hold(self, line: int, pendings: list[Pending]) -> Iterator[AnalyzedEffect]:
        for pending in pendings:
            self._pending.setdefault(pending.operation_key, []).append((line, pending))
            if len(self._pending) > MAX_PENDING:
                _, forgotten = self._pending.popitem(last=False)
                yield from (AnalyzedEffect(old_line, old.finding) for old_line, old in forgotten)

    def _detected(self, line: int, evidence: Any) -> Iterator[AnalyzedEffect]:
        from collectors.metrics_analysis import detectors
        from shared.clients import Clients

        load, reporters = self._artifact["load"], self._artifact.get("reporters", [])
        context = detectors.DetectorContext(self._now, self._settings, Clients(self._settings), load, reporters)
        for effect in detectors.detect(evidence, context):
            yield AnalyzedEffect(line, effect)

    def _new(self, effects: Iterable[AnalyzedEffect]) -> Iterator[AnalyzedEffect]:
        """The findings of faults that were not returned before."""
        for one in effects:
            if isinstance(one.effect, Recovery) or (not one.effect.explains and self._is_new(one.effect)):
                yield one

    def _is_new(self, finding: Finding) -> bool:
        # Only hashes are stored: a collision among 200,000 would take some 10^9 runs.
        key = hash((finding.rule, finding.event_key, finding.fingerprint))
        if key in self._known:
            return False
        self._known[key] = None
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return True

    def _note_time(self, timestamp: str) -> None:
        # Slicing is much faster than parsing, and nearly every timestamp is in UTC.
        second = timestamp[:19] if timestamp.endswith("Z") else parse_time(timestamp).isoformat()[:19]
        if not self.first or second < self.first:
            self.first = second
        self.last = max(self.last, second)
