"""The matcher of a silence or of a handler rule in one line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shared.model import IncidentKind, Severity
from shared.texts import Text, as_text, joined
from shared.texts.cli import silences as texts
from shared.texts.terms import term

KINDS, SEVERITIES = frozenset(map(str, IncidentKind)), frozenset(map(str, Severity))


def matcher_text(matcher: dict[str, Any]) -> Text:
    """The match block of a silence in one line, such as `service bigquery | storage, label dag=etl-*`."""
    parts: list[Text] = []
    for name, value in matcher.items():
        if name == "labels":
            parts += [texts.LABEL_IS(label=label, patterns=" | ".join(patterns)) for label, patterns in value.items()]
        elif name == "severity":
            parts.append(texts.SEVERITY_OR_ABOVE(severity=_word(value)))
        else:
            parts.append(property_text(name, value))
    return joined(parts)


def property_text(name: str, patterns: Iterable[str], separator: str = " | ") -> Text:
    """The patterns of one property, such as `service bigquery | storage`; in English by the words of the match block."""
    words = joined(map(_word, patterns) if name == "kind" else map(as_text, patterns), as_text(separator))
    return texts.PROPERTY_IS(name=texts.PROPERTIES.get(name, as_text(name)), patterns=words)


def _word(value: str) -> Text:
    """A kind or a severity: the word of the match block in English, the term in Japanese."""
    typed = IncidentKind(value) if value in KINDS else Severity(value) if value in SEVERITIES else None
    return Text(en=value, ja=term(typed).ja) if typed else as_text(value)
