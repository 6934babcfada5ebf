"""A powerful role for a service agent of an unmonitored project, from the message to the incident."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from db.error_db.models import Incident
from db.schema_db.monitored_projects import PROJECT_TYPE
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from main import Application
from shared import config
from shared.history import PolicyRow
from shared.identity.iam_names import MANAGER
from tests.support.audited import add, project
from tests.support.findings import at
from tests.support.function_process import push_body

ROLE = "roles/iam.serviceAccountTokenCreator"
NOW = at(0) + timedelta(minutes=5)


def grant(number: str, now: datetime) -> bytes:
    member = f"serviceAccount:service-{number}@gcp-sa-pubsub.iam.gserviceaccount.com"
    entry = project(0, add(ROLE, member))
    return push_body({**entry, "insertId": f"{number} at {now}"}, f"{number} at {now}")


@pytest.fixture
def clock() -> list[datetime]:
    """The current time."""
    return [NOW]


@pytest.fixture
def application(error_db_url: str, schema_store: SchemaStore, clock: list[datetime]) -> Application:
    """The function with an organization as scope, on both databases."""
    url = schema_store.engine.url.render_as_string(hide_password=False)
    return Application(
        config.load(
            {"HINOMI_ERROR_DB_URL": error_db_url, "HINOMI_SCHEMA_DB_URL": url, "HINOMI_SCOPE": "organizations/1"}
        ),
        lambda: clock[0],
    )


def incidents(application: Application) -> int:
    with application.store().reading() as session:
        return int(session.scalar(select(func.count(Incident.id))) or 0)


def test_agents_of_other_projects_are_found_once_a_snapshot_has_seen_the_monitored_ones(
    application: Application, schema_store: SchemaStore, clock: list[datetime]
) -> None:
    application.pipeline.handle(grant("8", clock[0]), clock[0])
    assert incidents(application) == 0  # no numbers are known
    above = ["projects/example-project", "organizations/1"]
    name = f"{MANAGER}projects/example-project"
    with schema_store.transaction() as session:
        write(session, 1, [PolicyRow(name, PROJECT_TYPE, "example-project", above, [], NOW, number="7")])
    clock[0] += timedelta(minutes=1)
    application.pipeline.handle(grant("7", clock[0]), clock[0])
    assert incidents(application) == 0
    application.pipeline.handle(grant("8", clock[0]), clock[0])
    assert incidents(application) == 1
    application.causes().close()
    application.store().engine.dispose()
