"""Runs a statement, such as one on a project's INFORMATION_SCHEMA, and records the billed bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from collectors.history_analysis.collector import SnapshotContext
from shared.errors import InputError
from shared.texts.history import errors as history_errors

PAGE = 5_000
QUOTA = "bigquery.read"
TIMEOUT = 60.0
LABELS = {"app": "hinomi", "component": "history"}


def view(project: str, location: str, name: str) -> str:
    """The name of a regional view in a statement. Raises InputError for an invalid project id."""
    if not project.replace("-", "").replace(":", "").replace(".", "").isalnum() or not _is_location(location):
        raise InputError(history_errors.NO_LOCATION(project=project, location=location))
    return f"`{project}`.`region-{location.lower()}`.INFORMATION_SCHEMA.{name}"


def run(
    context: SnapshotContext,
    location: str,
    statement: str,
    bounds: Mapping[str, datetime],
    *,
    max_bytes: int | None = None,
) -> Iterator[Sequence[Mapping[str, Any]]]:
    """Yields the rows, page by page. `bounds` are the timestamp parameters of the statement. Raises Google's errors.

    A query that would bill more than `max_bytes` fails and bills nothing.
    """
    from google.cloud.bigquery import QueryJobConfig, ScalarQueryParameter  # noqa: PLC0415

    parameters = [ScalarQueryParameter(name, "TIMESTAMP", value) for name, value in bounds.items()]
    configuration = QueryJobConfig(query_parameters=parameters, labels=LABELS)
    if max_bytes is not None:
        configuration.maximum_bytes_billed = max_bytes
    client = context.clients.bigquery(context.scope.removeprefix("projects/"))
    with context.calls(QUOTA):
        job = client.query(statement, job_config=configuration, location=location, timeout=TIMEOUT)
        rows = job.result(page_size=PAGE, timeout=TIMEOUT)
        job.reload(timeout=TIMEOUT)
    context.usage.bytes_billed += job.total_bytes_billed or 0
    pages = iter(rows.pages)
    while True:
        with context.calls(QUOTA):
            page = next(pages, None)
        if page is None:
            return
        yield [dict(row.items()) for row in page]


def _is_location(location: str) -> bool:
    return location.replace("-", "").isalnum()
