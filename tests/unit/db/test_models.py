"""The tables of the migrations match the models."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, UniqueConstraint, create_engine, literal, select, text
from sqlalchemy.exc import StatementError

from db import table_differences
from db.engine import make_engine
from db.error_db.models import ErrorBase, Occurrence
from db.migrate import DATABASES, ERROR_DB, SCHEMA_DB, Database, current_differs, pending, revisions, upgrade
from db.schema_db.models import SchemaBase
from db.types import UtcDateTime


def test_every_column_has_a_comment() -> None:
    tables = [table for database in DATABASES for table in database.metadata.sorted_tables]
    assert [str(column) for table in tables for column in table.columns if not column.comment] == []


def test_annotations_of_columns_are_no_texts_that_mapping_would_evaluate() -> None:
    tables = [
        table for database in DATABASES for table in database.metadata.tables
    ]  # imports the modules of all tables
    mapped = [each.class_ for base in (ErrorBase, SchemaBase) for each in base.registry.mappers]
    columns = {f"{table.__name__}.{name}": of for table in mapped for name, of in table.__annotations__.items()}
    assert len(mapped) == len(tables)
    assert [name for name, annotation in columns.items() if isinstance(annotation, str)] == []


def found_by_alembic(url: str, database: Database = ERROR_DB) -> list[str]:
    """The differences that Alembic finds, without the comparison before it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_differences, "_actual", lambda *_: None)
        return current_differs(url, database)


def found_without_alembic(url: str, database: Database = ERROR_DB) -> list[str]:
    """The differences by the comparison before Alembic, which says only whether there is one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_differences, "_named", lambda *_: ["different"])
        return current_differs(url, database)


def test_the_migrations_create_the_tables_of_the_models(error_db_url: str) -> None:
    assert found_by_alembic(error_db_url) == found_without_alembic(error_db_url) == []


def test_the_migrations_of_the_schema_db_create_the_tables_of_its_models(schema_db_url: str) -> None:
    assert found_by_alembic(schema_db_url, SCHEMA_DB) == found_without_alembic(schema_db_url, SCHEMA_DB) == []


EVERYWHERE = (
    "ALTER TABLE silences RENAME COLUMN reason TO grounds",
    "ALTER TABLE occurrences DROP COLUMN summary",
    "DROP INDEX ix_incidents_resolved",
    "CREATE INDEX ix_incidents_forgotten ON incidents (title)",
    "CREATE TABLE forgotten (id INTEGER)",
    "DROP TABLE channels",
)
# SQLite cannot alter a column or a constraint.
ON_POSTGRESQL = (
    "ALTER TABLE api_tokens ALTER COLUMN digest TYPE TEXT",
    "ALTER TABLE handler_rule_versions ALTER COLUMN id TYPE BIGINT",
    "ALTER TABLE incidents ALTER COLUMN title DROP NOT NULL",
    "COMMENT ON COLUMN incidents.title IS 'another'",
    "ALTER TABLE occurrences DROP CONSTRAINT {unique}",
    "ALTER TABLE occurrences DROP CONSTRAINT {foreign}",
)


@pytest.mark.postgresql
@pytest.mark.parametrize("statement", [*EVERYWHERE, *ON_POSTGRESQL])
def test_alembic_is_asked_about_every_change(own_postgres_url: str, statement: str) -> None:
    table = Occurrence.__table__
    unique = next(each.name for each in table.constraints if isinstance(each, UniqueConstraint))  # type: ignore[attr-defined]
    change(own_postgres_url, statement.format(unique=unique, foreign="occurrences_incident_id_fkey"))
    assert found_without_alembic(own_postgres_url) == ["different"]
    assert found_by_alembic(own_postgres_url)


@pytest.mark.parametrize("statement", EVERYWHERE)
def test_alembic_is_asked_about_every_change_of_a_file(sqlite_url: str, statement: str) -> None:
    change(sqlite_url, statement)
    assert found_without_alembic(sqlite_url) == ["different"]
    assert found_by_alembic(sqlite_url)


def change(url: str, *statements: str) -> None:
    engine = make_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def test_a_column_too_many_is_reported(own_error_db_url: str) -> None:
    change(own_error_db_url, "ALTER TABLE silences ADD COLUMN forgotten TEXT")
    (difference,) = current_differs(own_error_db_url)
    assert "forgotten" in difference


def test_a_partial_index_that_lost_its_condition_is_reported(own_error_db_url: str) -> None:
    change(
        own_error_db_url,
        "DROP INDEX uq_incidents_unresolved",
        "CREATE UNIQUE INDEX uq_incidents_unresolved ON incidents (fingerprint)",
    )
    assert any("uq_incidents_unresolved" in difference for difference in current_differs(own_error_db_url))


@pytest.mark.postgresql
def test_comments_reach_postgresql(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        count = text(
            "SELECT count(*) FROM pg_description JOIN pg_class ON oid = objoid WHERE objsubid > 0 AND relname = :t"
        )
        counts = {table.name: connection.scalar(count, {"t": table.name}) for table in ErrorBase.metadata.sorted_tables}
    engine.dispose()
    assert counts == {table.name: len(table.columns) for table in ErrorBase.metadata.sorted_tables}


def test_a_migrated_database_has_nothing_pending(error_db_url: str) -> None:
    assert pending(error_db_url) == []


def test_a_database_that_does_not_exist_has_every_revision_pending(tmp_path: Path) -> None:
    assert pending(f"sqlite:///{tmp_path / 'none.db'}") == revisions()
    assert list(tmp_path.iterdir()) == []


def test_migrating_again_changes_nothing(error_db_url: str) -> None:
    upgrade(error_db_url)
    assert current_differs(error_db_url) == []


def test_times_come_back_in_utc(engine: Engine) -> None:
    tokyo = datetime(2026, 11, 23, 21, 0, tzinfo=timezone(timedelta(hours=9)))
    with engine.connect() as connection:
        back = connection.scalar(select(literal(tokyo, UtcDateTime())))
    assert back == datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert back is not None
    assert back.tzinfo is UTC


def test_a_time_without_zone_is_rejected(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with engine.connect() as connection, pytest.raises(StatementError, match="time zone"):
        connection.scalar(select(literal(datetime(2026, 11, 23), UtcDateTime())))  # noqa: DTZ001
    engine.dispose()
