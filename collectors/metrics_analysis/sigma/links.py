"""Links into the Google Cloud console."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

CONSOLE = "https://console.cloud.google.com/logs/query"

# The console's URL parameter for the parent in a log name such as projects/P/logs/L.
_PARENTS = {"projects": "project", "folders": "folder", "organizations": "organizationId"}


def log_url(entry: dict[str, Any]) -> str:
    """A link to the Logs Explorer with a query for this LogEntry, independent of the time range of the page.

    Empty if the entry lacks the fields that identify it.
    """
    query = _query(entry)
    kind, name = _parent(entry)
    if not query or not name:
        return ""
    cursor = f";cursorTimestamp={_part(entry['timestamp'])}" if isinstance(entry.get("timestamp"), str) else ""
    return f"{CONSOLE};query={_part(query)}{cursor}?{kind}={_part(name)}"


def project(entry: dict[str, Any]) -> str:
    """The project of an entry; empty for an entry of a folder or an organization."""
    labels = entry["resource"].get("labels") if isinstance(entry.get("resource"), dict) else None
    named = labels.get("project_id") if isinstance(labels, dict) else None
    if isinstance(named, str) and named:
        return named
    kind, name = _log_parent(entry)
    return name if kind == "projects" else ""


def _query(entry: dict[str, Any]) -> str:
    """A query in the Logging query language; its timestamp overrides the page's time range."""
    if not isinstance(entry.get("insertId"), str) or not entry["insertId"]:
        return ""
    names = ("insertId", "timestamp", "logName")
    return "\n".join(
        f'{name}="{_quoted(value)}"' for name in names if isinstance(value := entry.get(name), str) and value
    )


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _parent(entry: dict[str, Any]) -> tuple[str, str]:
    kind, name = _log_parent(entry)
    if kind in _PARENTS and name:
        return _PARENTS[kind], name
    return "project", project(entry)


def _log_parent(entry: dict[str, Any]) -> tuple[str, str]:
    log_name = entry.get("logName")
    kind, _, rest = log_name.partition("/") if isinstance(log_name, str) else ("", "", "")
    return kind, rest.partition("/")[0]


def _part(text: str) -> str:
    return quote(text.encode("utf-8", "replace"), safe="")
