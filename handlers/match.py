"""Compares an incident with a match block: of a handler rule, or of a silence. Pure functions."""

from __future__ import annotations

from fnmatch import fnmatchcase

from handlers.spec import PATTERN_FIELDS, Match, Patterns
from shared.lazy.dataclass import dataclass
from shared.model import Severity
from shared.records import IncidentView

SEVERITY = "severity"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A property of an incident that a match block rejects: the name (for a label, the label's), the value and the patterns."""

    name: str
    value: str
    patterns: Patterns


def mismatch(match: Match, incident: IncidentView, *, every: bool = False) -> Mismatch | None:
    """The first property of the incident that the match block rejects; None if it accepts the incident.

    A label with several values (several changes of one call) matches if one value does. For a silence, `every` value
    must match, so that silencing one member does not hide another.
    """
    for name in PATTERN_FIELDS:
        patterns, value = getattr(match, name), str(getattr(incident, name))
        if not takes(patterns, value):
            return Mismatch(name, value, patterns)
    severity = Severity(incident.severity)
    if severity.rank < match.severity.rank:
        return Mismatch(SEVERITY, str(severity), (str(match.severity),))
    for name, patterns in match.labels.items():
        value = str(incident.labels.get(name, ""))
        if not _takes_label(patterns, value, every=every):
            return Mismatch(name, value, patterns)
    return None


def _takes_label(patterns: Patterns, value: str, *, every: bool) -> bool:
    parts = value.split(", ")
    if value.endswith("…"):
        parts.append("")  # values that were cut off
    accepted = [takes(patterns, part) for part in parts]
    return all(accepted) if every else any(accepted) or takes(patterns, value)


def takes(patterns: Patterns, value: str) -> bool:
    """Whether one of the shell patterns matches; an empty list matches everything."""
    return not patterns or any(fnmatchcase(value, pattern) for pattern in patterns)
