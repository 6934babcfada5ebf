"""A table that a person deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from demo.platform.bigquery.pipelines import PipelineServer
from demo.platform.bigquery.time_travel import Life
from demo.platform.http import Request
from shared.config import Settings
from shared.model import IncidentKind
from tests.support.fault_worlds import World
from tests.support.findings import NOON, finding

TABLE = ("example-project", "mart", "orders")


def _starts(request: Request) -> bool:
    return request.method == "POST" and request.parts[-1] == "jobs"


@contextmanager
def world() -> Iterator[World]:
    """The table was created an hour ago, and deleted at noon."""
    noon = int(NOON.timestamp() * 1000)
    created = int((NOON - timedelta(hours=1)).timestamp() * 1000)

    with PipelineServer(lambda: NOON) as server:
        server.time_travel_hours[TABLE[:2]] = 168
        server.tables.lives[TABLE] = Life(created, noon)
        yield World(
            server,
            Settings(bigquery_endpoint=server.url),
            finding(
                rule="bigquery/table_deleted",
                kind=IncidentKind.IRREGULAR_ACCESS,
                resource="projects/example-project/datasets/mart/tables/orders",
            ),
            is_change=_starts,
            changes=lambda: len(server.started),
            correct=lambda: server.tables.lives.update({TABLE: Life(noon)}),
            remove=server.time_travel_hours.clear,
        )
