"""Reads the size, the last change and a fingerprint of the columns of every table of a project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from collectors.history_analysis.bigquery import query
from collectors.history_analysis.collector import Batch, SnapshotContext
from shared.history import TableSizeRow

# `deleted` are tables that only time travel still stores.
SIZES = """\
SELECT table_schema, table_name, table_type, total_rows, total_partitions, total_logical_bytes,
  storage_last_modified_time
FROM {view}
WHERE deleted = FALSE"""
SCHEMAS = """\
SELECT table_schema, table_name,
  TO_HEX(SHA256(STRING_AGG(CONCAT(column_name, ' ', data_type, ' ', is_nullable), '\\n' ORDER BY ordinal_position)))
    AS schema_key
FROM {view}
GROUP BY table_schema, table_name"""


@dataclass(frozen=True, slots=True)
class TableReader:
    """Reads the tables of one project."""

    context: SnapshotContext

    def read(self, locations: Iterable[str]) -> Iterator[Batch]:
        """The tables of each location for the day of the slot, continuing after the checkpoint."""
        done = (self.context.checkpoint or {}).get("location", "")
        for location in locations:
            if location > done:
                yield from self._read(location)
                yield Batch((), checkpoint={"location": location})

    def _read(self, location: str) -> Iterator[Batch]:
        project = self.context.scope.removeprefix("projects/")
        schemas: dict[tuple[str, str], str] = {}
        for page in query.run(
            self.context, location, SCHEMAS.format(view=query.view(project, location, "COLUMNS")), {}
        ):
            schemas |= {(row["table_schema"], row["table_name"]): row["schema_key"] for row in page}
        sizes = SIZES.format(view=query.view(project, location, "TABLE_STORAGE"))
        for page in query.run(self.context, location, sizes, {}):
            yield Batch([self._row(project, row, schemas) for row in page if row["table_name"]])

    def _row(self, project: str, row: Mapping[str, Any], schemas: Mapping[tuple[str, str], str]) -> TableSizeRow:
        dataset, table = row["table_schema"], row["table_name"]
        return TableSizeRow(
            day=self.context.slot.date(),
            resource=f"{project}.{dataset}.{table}",
            service="bigquery",
            project=project,
            container=f"{project}.{dataset}",
            kind=row["table_type"] or "",
            row_count=row["total_rows"],
            size_bytes=row["total_logical_bytes"],
            partitions=row["total_partitions"],
            schema_key=schemas.get((dataset, table), ""),
            changed_at=row["storage_last_modified_time"],
        )
