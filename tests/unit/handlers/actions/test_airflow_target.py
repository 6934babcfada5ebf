"""The Airflow connection of an incident, if environments of several projects or locations have the same name."""

from __future__ import annotations

import pytest
from requests.exceptions import ConnectionError  # noqa: A004

from db.schema_db.store import SchemaStore
from handlers.actions.airflow._target import api_of
from handlers.context import ActionContext
from insights.performance.environments import places_of_environment
from shared.clients import Clients
from shared.config import Settings
from shared.connections.airflow import AirflowConnection
from shared.errors import TargetRefusedError
from shared.history import MetricPoint, SeriesKey
from shared.model import IncidentKind, Mode, Trigger
from shared.records import SystemPlace
from tests.support.incidents import incident
from tests.support.runs import NOW, keep

ONE, TWO = "one-project", "two-project"


@pytest.mark.parametrize(
    ("projects", "history", "served", "refused"),
    [
        ((), (), "prod", ""),
        ((TWO,), (), "prod", ""),
        ((ONE, TWO), (TWO,), "prod", ""),
        ((ONE, TWO), (), "two-project/prod", ""),
        ((ONE, TWO), (ONE, TWO), "two-project/prod", ""),
        ((ONE, TWO), (ONE, TWO), "prod", "to one of one-project/prod, two-project/prod"),
        ((ONE, TWO), (), "prod", "to PROJECT/prod"),
        ((ONE,), (ONE,), "prod", "to one of one-project/prod, two-project/prod"),
        ((ONE,), (), "prod", "to PROJECT/prod"),
    ],
)
def test_the_first_failure_in_an_environment_that_another_project_may_have_is_refused(
    projects: tuple[str, ...], history: tuple[str, ...], served: str, refused: str
) -> None:
    connection = AirflowConnection("http://127.0.0.1:1", "none", environment=served)
    given = Settings(projects=projects, connections={"airflow": {"etl": connection}})
    view = incident(
        kind=IncidentKind.JOB_FAILURE, service="composer", project=TWO, labels={"environment": "prod", "dag_id": "load"}
    )
    context = ActionContext(
        view,
        Trigger.OPENED,
        Mode.AUTO,
        NOW,
        Clients(given),
        given,
        system_places=frozenset({SystemPlace(TWO)}),
        environment_places=lambda _name: frozenset(map(SystemPlace, history)),
    )
    # A connection that is not refused is called: nothing listens there.
    with pytest.raises(TargetRefusedError if refused else ConnectionError, match=refused or None):
        api_of(context, "etl")


def test_the_history_of_metrics_shows_which_projects_have_an_environment(sqlite_schema_store: SchemaStore) -> None:
    for project, name in ((ONE, "prod"), (TWO, "prod"), (ONE, "dev")):
        labels = {"environment_name": name, "location": "eu"}
        metric = "composer.googleapis.com/environment/healthy"
        key = SeriesKey("composer", metric, "ALIGN_MEAN", "1", project, name, "cloud_composer_environment", labels)
        keep(sqlite_schema_store, [MetricPoint(key, NOW, 1.0)])
    with sqlite_schema_store.reading() as session:
        assert places_of_environment(session, "prod") == {SystemPlace(ONE, "eu"), SystemPlace(TWO, "eu")}
        assert places_of_environment(session, "dev") == {SystemPlace(ONE, "eu")}
        assert places_of_environment(session, "test") == set()


EU, US = SystemPlace(TWO, "europe-west1"), SystemPlace(TWO, "us-central1")


@pytest.mark.parametrize(
    ("history", "served", "refused"),
    [
        ({EU}, "prod", ""),
        ({EU, SystemPlace(TWO)}, "prod", ""),
        ({US}, "prod", "to one of two-project/europe-west1/prod, two-project/us-central1/prod"),
        ({EU, US}, "two-project/prod", "to one of two-project/europe-west1/prod, two-project/us-central1/prod"),
        ({EU, US}, "two-project/europe-west1/prod", ""),
        ({EU, US}, "two-project/us-central1/prod", "does not serve"),
    ],
)
def test_an_environment_of_one_name_in_another_location_is_another_one(
    history: set[SystemPlace], served: str, refused: str
) -> None:
    connection = AirflowConnection("http://127.0.0.1:1", "none", environment=served)
    given = Settings(projects=(TWO,), connections={"airflow": {"etl": connection}})
    labels = {"environment": "prod", "dag_id": "load", "location": "europe-west1"}
    view = incident(kind=IncidentKind.JOB_FAILURE, service="composer", project=TWO, labels=labels)
    context = ActionContext(
        view,
        Trigger.OPENED,
        Mode.AUTO,
        NOW,
        Clients(given),
        given,
        system_places=frozenset({EU}),
        environment_places=lambda _name: frozenset(history),
    )
    with pytest.raises(TargetRefusedError if refused else ConnectionError, match=refused or None):
        api_of(context, "etl")
