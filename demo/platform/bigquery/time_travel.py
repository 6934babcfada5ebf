"""Tables of a simulated BigQuery with their time travel: a copy job may read a table as it was at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Name = tuple[str, str, str]
NEVER = 2**62


@dataclass
class Life:
    """A table from its creation to its deletion, in milliseconds."""

    created: int
    deleted: int = NEVER


@dataclass
class Tables:
    """The tables by project, dataset and name."""

    lives: dict[Name, Life] = field(default_factory=dict)

    def exists(self, name: Name) -> bool:
        """Whether the table has not been deleted."""
        return name in self.lives and self.lives[name].deleted == NEVER

    def copy(self, copy: Mapping[str, Any], now: int) -> tuple[str, str]:
        """Runs a copy job; returns the reason and the message of its error, or empty texts."""
        source, destination = _name(copy["sourceTable"]), _name(copy["destinationTable"])
        table, _, time = source[2].partition("@")
        life, text = self.lives.get((*source[:2], table)), ".".join(source)
        if life is None or (not time and life.deleted != NEVER):
            return "notFound", f"Not found: Table {text}"
        if time and not life.created <= int(time) < life.deleted:
            return (
                "invalid",
                f"Invalid time travel timestamp {time} for table {text}. Cannot read before {life.created}",
            )
        if self.exists(destination) and copy.get("writeDisposition", "WRITE_EMPTY") == "WRITE_EMPTY":
            return "duplicate", f"Already Exists: Table {'.'.join(destination)}"
        self.lives[destination] = Life(now)
        return "", ""


def _name(reference: Mapping[str, str]) -> Name:
    return reference["projectId"], reference["datasetId"], reference["tableId"]
