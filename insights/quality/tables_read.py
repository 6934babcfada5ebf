"""The BigQuery tables that a declared query names after FROM and JOIN, so that a deployment grants access to only these."""

from __future__ import annotations

import re

_ASIDE = re.compile(r"--[^\n]*|#[^\n]*|/\*.*?\*/|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"", re.DOTALL)
_NAME = re.compile(r"\b(?:FROM|JOIN)\s+((?:`[^`]+`|[\w-]+)(?:\.(?:`[^`]+`|[\w*-]+))*)", re.IGNORECASE)
_PARTS = re.compile(r"[a-z][a-z0-9-]{4,29}|\w+")
METADATA = "INFORMATION_SCHEMA"


def tables_read(sql: str, project: str) -> list[str]:
    """The tables as projects/P/datasets/D/tables/T; a wildcard ends with `*`; for metadata the dataset only.

    A name without a project is in `project`; a name without a dataset is a common table expression. Views are returned
    like tables: their owner grants access to the tables they read.
    """
    found = dict.fromkeys(
        name
        for match in _NAME.finditer(_ASIDE.sub(" ", sql))
        if (name := _resource(match[1].replace("`", ""), project))
    )
    return sorted(found)


def _resource(name: str, project: str) -> str:
    parts = name.split(".")
    if METADATA in parts:
        at = parts.index(METADATA)
        parts = parts[:at]
        dataset = parts[-1] if parts and not parts[-1].startswith("region-") else ""
        return f"projects/{parts[0] if len(parts) > 1 else project}/datasets/{dataset}" if dataset else ""
    if len(parts) == 2:
        parts = [project, *parts]
    if len(parts) != 3 or not all(parts):
        return ""
    return f"projects/{parts[0]}/datasets/{parts[1]}/tables/{parts[2]}"
