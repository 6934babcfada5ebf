"""The fields of a resource that a rule remembers from earlier entries.

An entry about a change often contains only the change: a patch that enables a firewall rule does not repeat its sources.
"""

from __future__ import annotations

from functools import cached_property, reduce
from typing import Any

from collectors.metrics_analysis.evidence import bounded_key, entry_time, event_key
from collectors.metrics_analysis.sigma import fields, matcher, policy_changes, template, value_lists
from collectors.metrics_analysis.sigma.finding import scope_of
from collectors.metrics_analysis.sigma.matcher import MatchEvidence, Node
from collectors.metrics_analysis.sigma.value_lists import BASELINE, COMPARED, ValueLists
from shared.events import REMOVED, EarlierPolicy, ResourceFact, ResourceUse, merged
from shared.identity.fingerprint import fingerprint
from shared.identity.service_agents import IsMonitored, without_numbers
from shared.redaction import Redactor

REMEMBERED = "remembered"  # the field of an entry under which a rule sees the remembered fields
COMPLETE = "complete"  # the remembered field that says that an entry with the complete resource is known
HISTORY = "history"  # begins the event key of a policy that the Schema DB knows
_ALL = "*"


class Memory:
    """The `remember` block of a compiled rule. Conditions are built on first use."""

    def __init__(self, spec: dict[str, Any], is_monitored: IsMonitored = without_numbers) -> None:
        self._spec = spec
        self._is_monitored = is_monitored
        self._block: dict[str, Any] = spec["remember"]
        self._paths = [fields.parse(path) for path in self._block["fields"]]
        differences = self._block.get("differences")
        self._differences = fields.parse(differences) if differences else None

    def fact(self, entry: dict[str, Any], written: dict[str, Any]) -> ResourceFact | None:
        """The fields of the resource in the entry; None if the rule remembers none of them.

        `written` is the entry without the remembered fields, which are facts of the entries that showed them.
        """
        if not self._entries.holds(entry, entry):
            return None
        is_complete = self._complete is not None and self._complete.holds(entry, entry)
        shown = {**self._shown(self._written(written)), **self._baseline(entry)}
        if is_complete and self._marks:
            shown[COMPLETE] = True
        key, time = self.key(entry), entry_time(entry)
        return ResourceFact(key, event_key(entry), time, shown, complete=is_complete, counts=self._counts)

    def earlier(self, entry: dict[str, Any], policy: EarlierPolicy) -> ResourceFact:
        """The policy of the entry's resource in the history, as the fields of an earlier entry."""
        shown_by = policy.bindings if self._differences is not None else policy_changes.as_additions(policy.bindings)
        shown = self._shown(policy_changes.with_value({}, self._paths[0], shown_by))
        return ResourceFact(self.key(entry), f"{HISTORY}|{policy.time.isoformat()}", policy.time, shown, complete=True)

    @property
    def _counts(self) -> bool:
        """Whether a later entry is compared with the fields that each earlier one showed."""
        return self._differences is not None or bool(self._block.get("deltas") or self._block.get("values"))

    @property
    def _marks(self) -> bool:
        """Whether the rule tests that the complete resource is known, so that a missing field has its default."""
        return bool(self._block["fill"] and self._block["complete"] and not self._counts)

    @property
    def compares(self) -> bool:
        """Whether the rule compares a whole policy with the previous one."""
        return self._differences is not None

    @property
    def restores(self) -> bool:
        """Whether an entry that uses the fields restores a resource with its former grants."""
        return bool(self._block.get("deltas"))

    def is_used(self, entry: dict[str, Any]) -> bool:
        """Whether the entry is evaluated with the remembered fields."""
        return self._use.holds(entry, entry)

    def use(self, entry: dict[str, Any]) -> ResourceUse:
        """The entry as it is stored for fields of its resource that arrive later."""
        operation = entry.get("operation") or {}
        part = [name for name in ("first", "last") if operation.get(name)]
        shown = Redactor(self._spec.get("redact", ())).redact(entry)
        return ResourceUse(self.key(entry), bounded_key(event_key(entry), *part), entry_time(entry), shown)

    def key(self, entry: dict[str, Any]) -> str:
        """The key of the entry's resource, for this rule only."""
        scope = scope_of(self._spec, entry, MatchEvidence())
        parts = [template.identity(part, scope) for part in self._block["key"]]
        return fingerprint(REMEMBERED, self._spec["name"], *parts)

    def completed(self, entry: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
        """The entry with the remembered fields, which fill in missing fields or are under `remembered`."""
        if self._differences is not None:
            return self._compared(entry, known, self._differences)
        if self._block.get("values"):
            known = {**known, COMPARED: value_lists.compared(*self._lists(entry, known))}
        if self._block.get("deltas"):
            known = policy_changes.additions(known, self._paths)
            entry = policy_changes.without_empty(entry, self._paths)
        if not self._block["fill"]:
            return {**entry, REMEMBERED: known}
        if self._marks:
            entry = {**entry, REMEMBERED: {COMPLETE: known.get(COMPLETE, False)}}
            known = {name: value for name, value in known.items() if name != COMPLETE}
        return merged(reduce(merged, self._cleared(entry), known), entry)

    def _lists(self, entry: dict[str, Any], known: dict[str, Any]) -> tuple[ValueLists | None, ...]:
        """The lists of values that the entry writes, the previous lists, and the baseline."""
        block = self._block["values"]
        return ValueLists.of(entry, block), ValueLists.of(known, block), ValueLists.stored(known)

    def _baseline(self, entry: dict[str, Any]) -> dict[str, Any]:
        """The baseline of the lists of values after the entry, which has the remembered fields."""
        if not self._block.get("values"):
            return {}
        known = entry.get(REMEMBERED, {})
        _, before, baseline = self._lists(entry, known)
        left = value_lists.baseline_after(known.get(COMPARED, ""), before, baseline)
        return {BASELINE: left.as_json()} if left else {}

    def _compared(self, entry: dict[str, Any], known: dict[str, Any], at: fields.Steps) -> dict[str, Any]:
        """The entry with the changes from the remembered policy to its own; without them if none is known."""
        [earlier] = fields.find(known, self._paths[0]) or [{} if known.get(REMOVED) else None]
        if not isinstance(earlier, dict):
            return entry
        policy = next(iter(fields.find(entry, self._paths[0])), None)
        changes = policy_changes.differences(earlier, policy_changes.by_member(policy, policy))
        return policy_changes.with_value(entry, at, changes)

    def _shown(self, written: dict[str, Any]) -> dict[str, Any]:
        """Fields as they are stored: redacted, and policies by binding."""
        shown = Redactor(self._spec.get("redact", ())).redact(written)
        if self._differences is not None and fields.find(written, self._paths[0][:-1]):
            policies = [next(iter(fields.find(one, self._paths[0])), None) for one in (written, shown)]
            return policy_changes.with_value({}, self._paths[0], policy_changes.by_member(*policies))
        return policy_changes.by_binding(written, shown, self._paths) if self._block.get("deltas") else shown

    def _written(self, entry: dict[str, Any]) -> dict[str, Any]:
        """The fields that the call wrote: those that an update mask names, null if the entry lacks them."""
        if self._differences is not None:
            return fields.pick(entry, [self._paths[0][:-1]]) or {}
        named = self._masked(entry)
        if not named or _ALL in named:
            return fields.pick(entry, self._paths) or {}
        paths = [steps for steps in self._paths if str(steps[-1]) in named]
        return reduce(merged, self._cleared(entry), fields.pick(entry, paths) or {})

    def _cleared(self, entry: dict[str, Any]) -> list[dict[str, Any]]:
        """Nulls for the fields that the update mask names and the entry lacks."""
        named = self._masked(entry)
        paths = [steps for steps in self._paths if str(steps[-1]) in named]
        return [_nested(steps) for steps in paths if all(value is None for value in fields.find(entry, steps))]

    def _masked(self, entry: dict[str, Any]) -> set[str]:
        mask = self._block["mask"]
        masks = fields.members(fields.find(entry, fields.parse(mask))) if mask else []
        return {name.strip() for text in masks for name in str(text).split(",") if name.strip()}

    @cached_property
    def _entries(self) -> Node:
        return matcher.build(self._block["entries"], self._is_monitored)

    @cached_property
    def _use(self) -> Node:
        return matcher.build(self._block["use"], self._is_monitored)

    @cached_property
    def _complete(self) -> Node | None:
        complete = self._block["complete"]
        return matcher.build(complete, self._is_monitored) if complete else None


def _nested(steps: fields.Steps) -> dict[str, Any]:
    """Nested objects with a null at these steps."""
    return {str(steps[0]): _nested(steps[1:]) if len(steps) > 1 else None}


def other_conditions(spec: dict[str, Any]) -> list[list[Any]]:
    """The conditions of a compiled rule besides that of its findings; an entry that satisfies one of them is needed too."""
    remember = spec.get("remember") or {}
    conditions = (spec["recovery"], spec["start"], remember.get("entries"), remember.get("use"))
    return [condition for condition in conditions if condition]
