"""The current and the latest revision of a database, and upgrades.

Importing Alembic takes half a second, so only functions that migrate or compare import it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sqlalchemy import Connection, MetaData, inspect, select, table, text
from sqlalchemy import column as sql_column

from db.engine import make_engine, parse_url, read_only, sqlite_file
from db.errors import translated
from shared.errors import InputError
from shared.lazy.dataclass import dataclass
from shared.texts.cli import db as texts

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Database:
    """One of the two databases. They may share a PostgreSQL database, because their tables have different names."""

    name: str
    key: str
    version_table: str

    @property
    def setting(self) -> str:
        """The environment variable for its URL."""
        return f"HINOMI_{self.key.upper()}_URL"

    @property
    def scripts(self) -> Path:
        """The folder of its migrations."""
        return MIGRATIONS / self.key

    @property
    def metadata(self) -> MetaData:
        """The tables of its models."""
        return cast("MetaData", import_module(f"db.{self.key}.models").metadata)


ERROR_DB = Database("Error DB", "error_db", "alembic_version")
SCHEMA_DB = Database("Schema DB", "schema_db", "schema_db_version")
DATABASES = (ERROR_DB, SCHEMA_DB)


@dataclass(frozen=True, slots=True)
class UpgradeProgress:
    """Progress of an upgrade: `waits` is called when another upgrade has the lock, `applied` gets each new revision."""

    waits: Callable[[], None] = lambda: None
    applied: list[str] = field(default_factory=list)


def upgrade(url: str, database: Database = ERROR_DB, progress: UpgradeProgress | None = None) -> str | None:
    """Upgrades the database to the latest revision in one transaction; does nothing if it is up to date.

    If a newer Hinomi upgraded the database, nothing is done and its revision is returned: old code runs on newer
    tables. Raises InputError for an invalid URL or an unknown revision, TransientError when the database is unavailable
    or busy.
    """
    has, latest = revision(url, database), revisions(database)[-1]
    if has is not None and has >= latest:
        return has if has > latest else None
    from alembic import command  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = _config(url, database)
    config.attributes["progress"] = progress or UpgradeProgress()
    try:
        with translated(database.name):
            command.upgrade(config, "head")
    except CommandError as error:
        if newer := ahead(url, database):  # another process upgraded it in the meantime
            return newer
        raise InputError(texts.CANNOT_UPGRADE(database=database.name, error=str(error))) from error
    return None


def ahead(url: str, database: Database = ERROR_DB) -> str | None:
    """The revision of the database if it is newer than this code; otherwise None. Raises the same errors as `upgrade`."""
    has = revision(url, database)
    return has if has is not None and has > revisions(database)[-1] else None


def revision(url: str, database: Database = ERROR_DB) -> str | None:
    """The revision of the database; None if it has no tables of Hinomi. Raises the same errors as `upgrade`."""
    path = sqlite_file(parse_url(url, database.setting))
    if path is not None and not path.exists():
        return None
    engine = make_engine(url, database.setting)
    with translated(database.name), read_only(engine).connect() as connection:
        stored = current(connection, database)
    engine.dispose()
    return stored


def current(connection: Connection, database: Database = ERROR_DB) -> str | None:
    """The revision of the connected database; None if it has no tables of Hinomi."""
    if not inspect(connection).has_table(database.version_table):
        return None
    return connection.scalar(select(sql_column("version_num")).select_from(table(database.version_table)))


def revisions(database: Database = ERROR_DB) -> list[str]:
    """All revisions, oldest first, from the names of their files."""
    return sorted(path.name.split("_")[0] for path in (database.scripts / "versions").glob("[0-9]*.py"))


def pending(url: str, database: Database = ERROR_DB) -> list[str]:
    """The revisions that the database lacks, oldest first. Raises the same errors as `upgrade`."""
    return later(revision(url, database), database)


def later(than: str | None, database: Database) -> list[str]:
    """The revisions after one, oldest first; all of them after None."""
    return [name for name in revisions(database) if than is None or name > than]


def current_differs(url: str, database: Database = ERROR_DB) -> list[str]:
    """The differences between the tables of a database and the models, one line each. Raises as `upgrade`."""
    from db.table_differences import differences  # noqa: PLC0415

    engine = make_engine(url, database.setting)
    with translated(database.name), read_only(engine).connect() as connection:
        others = _other_tables(connection, database)
        found = differences(connection, database.metadata, database.version_table, others)
    engine.dispose()
    return found


def _other_tables(connection: Connection, database: Database) -> set[str]:
    """Tables that the models of this database do not define: those of the other database, and partitions."""
    names: set[str] = set()
    for other in DATABASES:
        if other is not database:
            names |= {other.version_table, *other.metadata.tables}
    if connection.dialect.name == "postgresql":
        names |= set(connection.scalars(text("SELECT relname FROM pg_class WHERE relispartition")))
    return names


def _config(url: str, database: Database) -> Config:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(database.scripts).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config
