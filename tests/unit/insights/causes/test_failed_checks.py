"""The cause of a failed data quality check is a change to its table, or to a job that writes it."""

from __future__ import annotations

import pytest

from db.schema_db.store import SchemaStore
from insights.causes.model import ChangeKind
from shared.model import ErrorClass, JobState
from shared.records import IncidentView
from tests.support.causes import HOUR, SOURCE, TABLE, before, incident, table, what
from tests.support.runs import DAY, MINUTE, NOW, keep, run

pytestmark = pytest.mark.sqlite


def failed_check(of: str = TABLE) -> IncidentView:
    labels = {"reporter": "dbt", "check": "row_count", "table": of}
    about = {"rule": "report/dbt", "service": "dbt", "resource": of, "principal": "", "project": ""}
    return incident(**about, labels=labels, summary=f"row_count of {of}: 0", error=ErrorClass.DATA)


def test_it_is_the_failed_load_of_the_table_and_not_that_of_another_one(sqlite_schema_store: SchemaStore) -> None:
    good = [run("load", ago=back * DAY, destination=TABLE) for back in range(1, 6)]
    keep(sqlite_schema_store, [*good, run("load", ago=20 * MINUTE, state=JobState.FAILED, destination=TABLE)])
    (cause,) = before(sqlite_schema_store, failed_check())
    assert "load" in what(cause)
    assert before(sqlite_schema_store, failed_check(SOURCE)) == []


def test_it_is_a_column_of_the_table_that_changed_also_of_a_rule_of_dataplex(sqlite_schema_store: SchemaStore) -> None:
    keep(sqlite_schema_store, [table(NOW - DAY, "before"), table(NOW - HOUR, "after")])
    assert [each.kind for each in before(sqlite_schema_store, failed_check())] == [ChangeKind.SCHEMA]
    project, dataset, name = TABLE.split(".")
    resource = f"projects/{project}/datasets/{dataset}/tables/{name}"
    of_dataplex = incident(resource=resource, labels={"check": "row_count"}, summary=f"row_count of {resource}")
    assert [each.kind for each in before(sqlite_schema_store, of_dataplex)] == [ChangeKind.SCHEMA]
