"""The table of owners: patterns of incidents, and the owner of matching incidents. The most specific entry applies.

It is stored with the handler rules, in the block of defaults of a version, with the layers that the platform map had when
the rules were applied: a function needs no map to find the owner of an incident.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from fnmatch import fnmatchcase
from typing import Any

from handlers.owners.resources import resource_names, typed_names
from handlers.spec import Patterns, as_patterns
from shared.lazy.dataclass import dataclass
from shared.logs import log
from shared.records import IncidentView, Owner

OWNERS, LAYERS = "owners", "layers"  # in the block of defaults of a version of the handler rules
PROPERTIES = ("layer", "service", "project", "resource", "rule")
_WILDCARD = re.compile(r"\[!?\]?[^\]]*\]|[*?]")
_DETAILS = ("tier", "runbook", "channel", "on_call")


@dataclass(frozen=True, slots=True)
class OwnerEntry:
    """One entry of the table. It matches incidents that match each given property; without properties, all incidents.

    `patterns` are the patterns of PROPERTIES, by name. `is_of_map`: the platform map has it as the owner of a layer.
    `channel` is the channel of the owner, or `on_call` the rotation whose person is notified.
    """

    owner: str
    patterns: Mapping[str, Patterns] = field(default_factory=dict)
    labels: Mapping[str, Patterns] = field(default_factory=dict)
    tier: str = ""
    runbook: str = ""
    channel: str = ""
    on_call: str = ""
    is_of_map: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The entry as it is written in handlers.yaml, without empty values."""
        match: dict[str, Any] = {name: list(patterns) for name, patterns in self.patterns.items()}
        if self.labels:
            match["labels"] = {name: list(patterns) for name, patterns in self.labels.items()}
        texts = {name: getattr(self, name) for name in _DETAILS if getattr(self, name)}
        return {"owner": self.owner, **({"match": match} if match else {}), **texts}

    @classmethod
    def from_dict(cls, block: Mapping[str, Any]) -> OwnerEntry:
        """The entry from JSON. Raises KeyError, TypeError, ValueError or AttributeError for another form."""
        match = block.get("match", {})
        return cls(
            patterns={name: as_patterns(match[name]) for name in PROPERTIES if name in match},
            labels={name: as_patterns(value) for name, value in match.get("labels", {}).items()},
            owner=str(block["owner"]),
            is_of_map=False,
            **{name: str(block.get(name, "")) for name in _DETAILS},
        )


@dataclass(frozen=True, slots=True)
class LayerOfMap:
    """A layer of the platform map: its owner there, and the patterns of its resources by kind."""

    owner: str
    patterns: Mapping[str, Patterns]


@dataclass(frozen=True, slots=True)
class OwnerMatch:
    """An entry that matches an incident, the reason (`resource example-project.mart.*`), and how specific each property is."""

    entry: OwnerEntry
    matched: str
    specificity: tuple[float, ...]

    def owner(self) -> Owner:
        """The owner, for cards and commands."""
        entry = self.entry
        return Owner(entry.owner, entry.tier, entry.runbook, self.matched, entry.channel, entry.on_call)


@dataclass(frozen=True, slots=True)
class Owners:
    """The entries in their order, and the layers of the platform map by name."""

    entries: tuple[OwnerEntry, ...] = ()
    layers: Mapping[str, LayerOfMap] = field(default_factory=dict)

    def all(self) -> tuple[OwnerEntry, ...]:
        """The entries, followed by one for each layer with an owner in the platform map."""
        of_map = (
            OwnerEntry(layer.owner.removeprefix("group:"), {"layer": (name,)}, is_of_map=True)
            for name, layer in self.layers.items()
            if layer.owner
        )
        return (*self.entries, *of_map)

    def ranked(self, incident: IncidentView) -> list[OwnerMatch]:
        """The matching entries, most specific first; of equal ones, the earlier entry first."""
        about = _Subject(incident, self.layers)
        found = [match for entry in self.all() if (match := about.match(entry)) is not None]
        return sorted(found, key=lambda match: match.specificity, reverse=True)

    def of(self, incident: IncidentView) -> Owner | None:
        """The owner of the incident; None if no entry matches."""
        return next((match.owner() for match in self.ranked(incident)), None)


def owners_of(defaults: Mapping[str, Any]) -> Owners:
    """The table in a block of defaults. An unreadable entry or layer is logged and left out."""
    entries = _read(OwnerEntry.from_dict, enumerate(defaults.get(OWNERS) or (), start=1))
    layers = dict(_read_layers(defaults.get(LAYERS) or {}))
    return Owners(tuple(entries), layers)


def with_owner(incident: IncidentView, owners: Owners) -> IncidentView:
    """The incident with its owner."""
    return replace(incident, owner=owners.of(incident))


def _read(make: Any, blocks: Iterable[tuple[int, Any]]) -> Iterator[OwnerEntry]:
    for number, block in blocks:
        try:
            yield make(block)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            log("ERROR", "owner cannot be read: apply the handler rules again", entry=number, error=repr(error))


def _read_layers(layers: Mapping[str, Any]) -> Iterator[tuple[str, LayerOfMap]]:
    for name, block in layers.items():
        try:
            patterns = {kind: as_patterns(value) for kind, value in block["patterns"].items()}
            yield name, LayerOfMap(str(block["owner"]), patterns)
        except (KeyError, TypeError, AttributeError) as error:
            log("ERROR", "layer cannot be read: apply the handler rules again", layer=name, error=repr(error))


class _Subject:
    """An incident, with the names that patterns are compared with."""

    def __init__(self, incident: IncidentView, layers: Mapping[str, LayerOfMap]) -> None:
        self._incident = incident
        self._resources = resource_names(incident)
        typed = typed_names(incident)
        self._layers = {name: score for name, layer in layers.items() if (score := _contained(layer, typed))}

    def match(self, entry: OwnerEntry) -> OwnerMatch | None:
        """The match of an entry. From the most to the least specific: resource, label, rule, layer, project, service."""
        incident, patterns = self._incident, entry.patterns.get
        found = [
            _best("resource", patterns("resource", ()), self._resources),
            _labels(entry.labels, incident.labels),
            _best("rule", patterns("rule", ()), (incident.rule,)),
            self._layer(patterns("layer", ())),
            _best("project", patterns("project", ()), (incident.project,)),
            _best("service", patterns("service", ()), (incident.service,)),
        ]
        if None in found:
            return None
        results = [result for result in found if result is not None]
        reasons = [text for score, text in results if score]
        return OwnerMatch(entry, next(iter(reasons), ""), tuple(score for score, _ in results))

    def _layer(self, names: Patterns) -> tuple[float, str] | None:
        """The best of the layers that contain the resource: that with the most specific pattern for it."""
        if not names:
            return 0.0, ""
        inside = [(score, name) for name, score in self._layers.items() if _takes(names, name)]
        score, name = max(inside, default=(0.0, ""))
        return (score, f"layer {name}") if score else None


def _contained(layer: LayerOfMap, typed: Sequence[tuple[str, str]]) -> float:
    """The specificity of the layer's pattern that matches one of the names; 0 if none does."""
    scores = (_best(kind, layer.patterns.get(kind, ()), (name,)) for kind, name in typed if layer.patterns.get(kind))
    return max((found[0] for found in scores if found), default=0.0)


def _labels(wanted: Mapping[str, Patterns], labels: Mapping[str, str]) -> tuple[float, str] | None:
    """The sum of the specificities of all labels; None unless every label matches."""
    found = [_best(f"label {name}", patterns, _values(labels.get(name, ""))) for name, patterns in wanted.items()]
    if None in found:
        return None
    results = [result for result in found if result is not None]
    return sum(score for score, _ in results), ", ".join(text for _, text in results)


def _values(label: str) -> tuple[str, ...]:
    """The values of a label, which has several for an incident about several changes of one call."""
    return (label, *label.split(", "))


def _best(name: str, patterns: Patterns, values: Sequence[str]) -> tuple[float, str] | None:
    """The specificity of the most specific pattern that matches, and the reason; 0 without patterns, None if none matches."""
    if not patterns:
        return 0.0, ""
    found = [(specificity(each), each) for each in patterns if any(fnmatchcase(value, each) for value in values)]
    if not found:
        return None
    score, pattern = max(found)
    return score, f"{name} {pattern}"


def specificity(pattern: str) -> float:
    """A measure that grows with the number of literal characters in a pattern, and slightly for a pattern without a wildcard."""
    literal = _WILDCARD.sub("", pattern)
    return 1.0 + len(literal) + (0.5 if literal == pattern else 0.0)


def _takes(patterns: Patterns, value: str) -> bool:
    return any(fnmatchcase(value, pattern) for pattern in patterns)
