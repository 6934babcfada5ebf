"""The formats of files with results."""

from __future__ import annotations

from enum import StrEnum


class ResultFormat(StrEnum):
    """The formats of result files; `plain` is Hinomi's own (docs/report.schema.json)."""

    PLAIN = "plain"
    DBT = "dbt"
    GX = "gx"
    SODA = "soda"
