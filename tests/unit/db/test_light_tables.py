"""Tables defined with only a few columns match the models."""

from __future__ import annotations

import pytest
from sqlalchemy import TableClause
from sqlalchemy.orm import DeclarativeBase

from db.error_db.models import RejectedMessage
from db.error_db.rejected import _COUNTED
from db.schema_db import snapshots
from db.schema_db.models import JobDeadline, JobRun, Snapshot
from db.tables import table_of
from insights import collector_status
from insights.collector_status import _SNAPSHOTS
from insights.flow.read import _RUNS
from insights.jobs.deadlines.stored import _DEADLINES
from shared.history import JobDeadlineRow

LIGHT = [(_COUNTED, RejectedMessage), (_DEADLINES, JobDeadline), (_RUNS, JobRun), (_SNAPSHOTS, Snapshot)]


@pytest.mark.parametrize(("light", "model"), LIGHT)
def test_the_columns_of_a_light_table_have_the_types_of_the_model(
    light: TableClause, model: type[DeclarativeBase]
) -> None:
    columns = table_of(model).c
    assert light.name == model.__tablename__
    for column in light.c:
        assert isinstance(columns[column.name].type, type(column.type)), column.name


def test_a_stored_deadline_has_every_field() -> None:
    assert {column.name for column in _DEADLINES.c} == set(JobDeadlineRow.__dataclass_fields__)


def test_the_state_of_a_snapshot_that_succeeded_has_one_word() -> None:
    assert collector_status.DONE == snapshots.DONE
