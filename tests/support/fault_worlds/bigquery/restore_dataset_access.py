"""A dataset whose access list was replaced by one that grants access to everybody."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from db.schema_db.models import Binding, Snapshot
from db.schema_db.models.base import SchemaBase
from db.schema_db.snapshots import DONE, POLICY_COLLECTOR
from demo.platform.bigquery.server import BigQueryServer
from demo.platform.http import Request
from insights.causes.lookup import Causes
from shared.config import Settings
from shared.model import IncidentKind, Severity
from tests.support.fault_worlds import World
from tests.support.findings import NOON, finding

PROJECT, DATASET = "example-project", "mart"
RESOURCE = f"//bigquery.googleapis.com/projects/{PROJECT}/datasets/{DATASET}"
GROUP = {"role": "READER", "groupByEmail": "data@example.com"}
PUBLIC = {"role": "READER", "specialGroup": "allAuthenticatedUsers"}


class RemovableBigQuery(BigQueryServer):
    """A BigQuery whose datasets can be deleted, and which counts changes."""

    patches = 0

    def delete(self) -> None:
        """Deletes every dataset."""
        with self.lock:
            self._datasets.clear()

    def _patch(self, project: str, dataset: str, request: Request) -> Any:
        reply = super()._patch(project, dataset, request)
        self.patches += reply.status == 200
        return reply


def history(url: str) -> None:
    """A Schema DB in which the group has had its role for a day; the last snapshot was an hour before noon."""
    engine = create_engine(url)
    tables = [SchemaBase.metadata.tables[name] for name in ("bindings", "snapshots")]
    SchemaBase.metadata.create_all(engine, tables=tables)
    with Session(engine) as session, session.begin():
        read = NOON - timedelta(hours=1)
        session.add(
            Snapshot(
                id=1, collector=POLICY_COLLECTOR, scope=f"projects/{PROJECT}", slot=read, state=DONE,
                window_end=read, started_at=read, taken_at=read, finished_at=read,
            )
        )  # fmt: skip
        session.add(
            Binding(
                id=1, resource=RESOURCE, role="roles/bigquery.dataViewer", member="group:data@example.com",
                valid_from=NOON - timedelta(days=1), seen_by=1,
            )
        )  # fmt: skip
    engine.dispose()


@contextmanager
def world() -> Iterator[World]:
    """The access list names everybody instead of the group."""
    with tempfile.TemporaryDirectory() as folder, RemovableBigQuery() as server:
        url = f"sqlite:///{Path(folder) / 'schema.sqlite'}"
        history(url)
        causes = Causes(url, print, redact=())
        server.add_dataset(PROJECT, DATASET, [PUBLIC])
        yield World(
            server,
            Settings(bigquery_endpoint=server.url),
            finding(
                rule="bigquery/dataset_policy_public",
                kind=IncidentKind.IRREGULAR_ACCESS,
                severity=Severity.HIGH,
                resource=f"projects/{PROJECT}/datasets/{DATASET}",
                labels={},
            ),
            is_change=lambda request: request.method == "PATCH",
            changes=lambda: server.patches,
            correct=lambda: server.add_dataset(PROJECT, DATASET, [GROUP]),
            remove=server.delete,
            causes=causes,
        )
        causes.close()
