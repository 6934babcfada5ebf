"""Holds the effects of entries that are evaluated with fields of their resource, because an earlier entry may be read later.

gcloud prints the newest entry first, so a change is read before the entry that shows what it changes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from shared.model import Finding, Recovery


@dataclass(slots=True)
class _Held:
    """The effects of one rule for one entry, and the number of the entry."""

    line: int
    finding: Finding | None = None
    recoveries: list[Recovery] = field(default_factory=list)

    def effects(self) -> Iterator[tuple[int, Finding | Recovery]]:
        if self.finding is not None:
            yield self.line, self.finding
        for recovery in self.recoveries:
            yield self.line, recovery


class RevisableEffects:
    """The effects of at most `limit` entries; the effects of the oldest entry become final when another is added."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: OrderedDict[tuple[str, str], _Held] = OrderedDict()

    def expect(self, rule: str, event_key: str, line: int) -> Iterator[tuple[int, Finding | Recovery]]:
        """Holds the effects of a rule for an entry; returns effects that are now final."""
        self._held.setdefault((rule, event_key), _Held(line))
        if len(self._held) > self._limit:
            _, oldest = self._held.popitem(last=False)
            yield from oldest.effects()

    def take(self, line: int, effect: Finding | Recovery) -> Iterator[tuple[int, Finding | Recovery]]:
        """Holds, replaces or withdraws an effect of a held entry; returns effects of other entries unchanged."""
        held = self._held.get((effect.rule, effect.event_key))
        if isinstance(effect, Finding):
            if held is None:
                yield line, effect
            else:
                held.finding = effect
        elif effect.withdrawn:
            if held is not None:
                same = effect.fingerprint, effect.run
                held.recoveries = [one for one in held.recoveries if (one.fingerprint, one.run) != same]
        elif _is_taken_back(effect):
            if held is not None:
                held.finding = None
        elif held is None:
            yield line, effect
        else:
            held.recoveries.append(effect)

    def finish(self) -> Iterator[tuple[int, Finding | Recovery]]:
        """All held effects, in the order of their entries."""
        held, self._held = sorted(self._held.values(), key=lambda one: one.line), OrderedDict()
        for one in held:
            yield from one.effects()


def _is_taken_back(recovery: Recovery) -> bool:
    """Whether an earlier entry shows that the finding is wrong; a failed operation has a reason instead."""
    return recovery.failed is not None and not recovery.failed.reason
