"""The matcher of a silence in one line."""

from __future__ import annotations

from typing import Any

from shared.texts import Text, as_text, joined
from shared.texts.cli import silences as texts


def matcher_text(matcher: dict[str, Any]) -> Text:
    """The match block of a silence in one line, such as `service bigquery | storage, label dag=etl-*`."""
    parts: list[Text] = []
    for name, value in matcher.items():
        if name == "labels":
            parts += [as_text(f"label {label}={' | '.join(patterns)}") for label, patterns in value.items()]
        elif name == "severity":
            parts.append(texts.SEVERITY_OR_ABOVE(severity=value))
        else:
            parts.append(as_text(f"{name} {' | '.join(value)}"))
    return joined(parts)
