"""Cloud Storage: the size of each bucket by day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors.history_analysis.collector import Batch, Collector, SnapshotContext, projects
from collectors.history_analysis.performance import PERMISSIONS
from shared.errors import TransientError
from shared.history import TableSizeRow
from shared.series import ReadError, read, request

DAY = 24 * 3600
BYTES, OBJECTS = "storage.googleapis.com/storage/v2/total_bytes", "storage.googleapis.com/storage/v2/total_count"


def _sizes(context: SnapshotContext) -> Iterator[Batch]:
    """Bytes and objects of each bucket, measured daily; `size_bytes` covers all storage classes and versions."""
    end = int(context.window_end.timestamp()) // DAY * DAY
    start = int(context.window_start.timestamp()) // DAY * DAY - DAY
    if start >= end:
        return
    sizes, counts = (_by_day(context, metric, start, end) for metric in (BYTES, OBJECTS))
    yield Batch([_row(key, sizes.get(key), counts.get(key)) for key in sorted(sizes.keys() | counts.keys())])


def _by_day(context: SnapshotContext, metric: str, start: int, end: int) -> dict[tuple[int, str, str], int]:
    """The mean, by start of the day, project and bucket."""
    project = context.scope.removeprefix("projects/")
    spec: dict[str, Any] = {
        "metric": metric,
        "resource": "gcs_bucket",
        "filter": "",
        "period": DAY,
        "aligner": "ALIGN_MEAN",
        "reducer": "REDUCE_SUM",
        "labels": ("project_id", "bucket_name"),
        "split": (),
    }
    try:
        with context.calls("monitoring.read"):
            all_series = read(context.clients.monitoring(), request(spec, project, start=start, end=end))
    except ReadError as error:
        if error.transient:
            raise TransientError(f"{metric}: {error}") from error
        raise
    return {
        (slot - DAY, series.resource.get("project_id", project), series.resource.get("bucket_name", "")): round(value)
        for series in all_series
        for slot, value in series.points.items()
    }


def _row(key: tuple[int, str, str], size: int | None, count: int | None) -> TableSizeRow:
    day, project, bucket = key
    return TableSizeRow(
        day=datetime.fromtimestamp(day, UTC).date(),
        resource=f"gs://{bucket}",
        service="storage",
        project=project,
        container=bucket,
        kind="bucket",
        row_count=count,
        size_bytes=size,
    )


COLLECTORS = (
    Collector(
        name="storage.sizes",
        doc="The bytes and objects of each bucket by day.",
        every=timedelta(days=1),
        permissions=PERMISSIONS,
        scopes=projects,
        collect=_sizes,
        # The last minutes of a day are not visible right after its end, so each day is read once more.
        lag=timedelta(0),
        overlap=timedelta(days=1),
        retention=timedelta(days=42),
    ),
)
