"""The filter for one rule: its matches, its recoveries and the starts of its operations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from collectors.metrics_analysis.sigma.fields import Steps
from collectors.metrics_analysis.sigma.memory import REMEMBERED
from collectors.metrics_analysis.sigma.origin import AUDIT_LOGS
from collectors.metrics_analysis.sigma.update_mask import PATH as UPDATE_MASK
from collectors.metrics_analysis.sinks.tree import Compare, Expr, Op, either, every, negate, present
from collectors.metrics_analysis.sinks.widen import DISTRIBUTED, reads, wide

AUDIT_LOG_NAME = f"^\\w+/[^/]+/logs/cloudaudit[.]googleapis[.]com%2F({'|'.join(AUDIT_LOGS)})$"
SERVICE: Steps = ("protoPayload", "serviceName")
PARTS = "split audit entries"


@dataclass(frozen=True, slots=True)
class RuleFilter:
    """The entries that a rule needs. `name` is the name of the rule."""

    name: str
    expr: Expr


def rule_filters(artifact: dict[str, Any]) -> list[RuleFilter]:
    """The entries needed by every rule of an artifact, ordered by name."""
    specs = sorted(artifact["rules"], key=lambda spec: str(spec["name"]))
    filters = [RuleFilter(spec["name"], of_rule(spec)) for spec in specs]
    parts = _parts(specs)
    return [*filters, RuleFilter(PARTS, parts)] if parts else filters


def of_rule(spec: dict[str, Any], *, unknown: Sequence[Steps] = ()) -> Expr:
    """A filter that matches every entry that affects the rule. Fields below `unknown` are not tested."""
    remember = spec.get("remember") or {}
    needed = (spec["condition"], spec["recovery"], remember.get("entries"), remember.get("use"))
    unknown = (*unknown, UPDATE_MASK)  # the engine reads it in any form, a filter only as a text
    conditions = [wide(node, unknown=(*unknown, (REMEMBERED,))) for node in needed if node]
    if spec["start"]:
        parts = either([_BEGINS, _ENDS if spec["recovery"] else _FAILS])
        conditions.append(every([parts, wide(spec["start"], unknown=unknown)]))
    return every([_PAYLOADS[spec["payload"]], either(conditions)])


_BEGINS = every(
    [
        Compare(("operation", "first"), Op.EQUAL, value=True),
        negate(Compare(("operation", "last"), Op.EQUAL, value=True)),
    ]
)
_ENDS = Compare(("operation", "last"), Op.EQUAL, value=True)
_FAILS = every([_ENDS, Compare(("protoPayload", "status", "code"), Op.MORE_EQUAL, value=1)])
_PAYLOAD = present(("protoPayload",))
# Logs written by others are excluded. Only the engine can check whether the log is the resource's own.
_AUDIT = every([_PAYLOAD, Compare(("logName",), Op.REGEX, AUDIT_LOG_NAME)])
_PAYLOADS: dict[str, Expr] = {"audit": _AUDIT, "platform": negate(_PAYLOAD), "any": every(())}


def _parts(specs: Iterable[dict[str, Any]]) -> Expr | None:
    """The parts of split entries: a rule may match the joined entry, though it matches none of the parts."""
    blind = [spec for spec in specs if spec["payload"] != "platform" and _reads_distributed(spec)]
    parts = [_without_distributed(spec) for spec in blind]
    return every([present(("split", "uid")), either(parts)]) if parts else None


def _without_distributed(spec: dict[str, Any]) -> Expr:
    services = spec["guards"].get(".".join(map(str, SERVICE)))
    if services:
        return every([_AUDIT, either(Compare(SERVICE, Op.EQUAL, name) for name in services)])
    return of_rule(spec, unknown=DISTRIBUTED)


def _reads_distributed(spec: dict[str, Any]) -> bool:
    return any(reads(spec[key], DISTRIBUTED) for key in ("condition", "recovery", "start") if spec[key])
