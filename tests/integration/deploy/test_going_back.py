"""The release job of old code, on databases that a newer version has migrated."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from db import migrate
from deploy.release_job import release
from shared.config import Settings
from tests.support.release import release_rules

NOW = datetime(2026, 11, 23, tzinfo=UTC)
TABLES = {migrate.ERROR_DB: "handler_rules", migrate.SCHEMA_DB: "snapshots"}
MIGRATION = """\
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{before}"


def upgrade() -> None:
    op.add_column("{table}", sa.Column("of_the_future", sa.Text(), nullable=True))
"""


@pytest.fixture
def settings(own_error_db_url: str, own_schema_db_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    rules_dir = release_rules(tmp_path_factory.mktemp("rules"))
    return Settings(error_db_url=own_error_db_url, schema_db_url=own_schema_db_url, rules_dir=rules_dir)


def migrate_as_the_next_version(url: str, database: migrate.Database, folder: Path) -> None:
    """Migrates a database to a revision that this code does not have yet."""
    text_of = MIGRATION.format(before=migrate.revisions(database)[-1], table=TABLES[database])
    versions = folder / database.key
    versions.mkdir()
    (versions / "9999_future.py").write_text(text_of)
    config: Config = migrate._config(url, database)  # noqa: SLF001
    config.set_main_option("version_locations", f"{database.scripts / 'versions'}:{versions}")
    command.upgrade(config, "head")


def test_an_older_release_runs_on_newer_tables(settings: Settings, tmp_path: Path) -> None:
    migrate_as_the_next_version(settings.error_db_url, migrate.ERROR_DB, tmp_path)
    migrate_as_the_next_version(settings.schema_db_url, migrate.SCHEMA_DB, tmp_path)
    release(settings, {}, NOW)
    assert migrate.revision(settings.error_db_url) == "9999"
    assert migrate.revision(settings.schema_db_url, migrate.SCHEMA_DB) == "9999"
    engine = create_engine(settings.error_db_url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM handler_rules")) > 0
    engine.dispose()
