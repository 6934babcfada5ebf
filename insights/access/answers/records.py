"""Access as flat values: for JSON, and for spreadsheets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from insights.access.model import Access, AccessGrant

COLUMNS = (
    "principal", "role", "level", "inherited", "path", "condition", "condition_title", "since", "exact",
    "granted_by", "use", "last_used", "reason",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # characters that begin a formula in a spreadsheet


def record(row: Access) -> dict[str, Any]:
    """One access as a dict of plain values."""
    grant, usage = row.grant, row.usage
    return {
        "principal": row.principal,
        "role": grant.role,
        "level": grant.resource,
        "inherited": row.inherited,
        "path": " < ".join(row.path),
        "condition": condition_part(grant, "expression"),
        "condition_title": condition_part(grant, "title"),
        "since": _time(grant.valid_from),
        "exact": grant.exact_from,
        "granted_by": grant.granted_by or "",
        "use": str(usage.state),
        "last_used": _time(usage.last_used),
        "reason": usage.reason,
    }


def spreadsheet_row(row: Access) -> dict[str, Any]:
    """The values of `record`, safe to open in a spreadsheet."""
    return {name: harmless(value) for name, value in record(row).items()}


def condition_part(grant: AccessGrant, name: str) -> str:
    """The expression, the title or the description of the condition of a grant; empty without a condition."""
    return str((grant.condition or {}).get(name) or "")


def harmless(value: Any) -> Any:
    """A text that a spreadsheet shows as it is and does not evaluate as a formula: one line of printable characters."""
    if not isinstance(value, str):
        return value
    text = "".join(
        char if char.isprintable() else " " if char.isspace() else "\N{REPLACEMENT CHARACTER}" for char in value
    )
    return f"'{text}" if value.startswith(FORMULA) or text.startswith(FORMULA) else text


def _time(time: datetime | None) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if time else ""
