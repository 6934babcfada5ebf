"""The schema of a database: what it is, what it should be, and how it gets there.

Alembic takes half a second to import, so it is imported only by what migrates or compares.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, MetaData, inspect, select, table
from sqlalchemy import column as sql_column

from db.engine import make_engine, parse_url, sqlite_file
from db.error_db.errors import translated

if TYPE_CHECKING:
    from alembic.config import Config

SCRIPTS = Path(__file__).parent / "migrations" / "error_db"


def upgrade(url: str) -> None:
    """Brings the database to the newest revision; does nothing when it is there.

    Raises InputError for a bad URL, TransientError when the database is away.
    """
    from alembic import command  # noqa: PLC0415

    with translated():
        command.upgrade(_config(url), "head")


def revision(url: str) -> str | None:
    """The revision that the database has, None when it has no tables of ours. Raises as `upgrade`."""
    path = sqlite_file(parse_url(url))
    if path is not None and not path.exists():
        return None
    engine = make_engine(url)
    with translated(), engine.connect() as connection:
        found = current(connection)
    engine.dispose()
    return found


def current(connection: Connection) -> str | None:
    """The revision behind a connection, None when it has no tables of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(select(sql_column("version_num")).select_from(table("alembic_version")))


def revisions() -> list[str]:
    """All revisions, oldest first; their files are named after them."""
    return sorted(path.name.split("_")[0] for path in (SCRIPTS / "versions").glob("[0-9]*.py"))


def pending(url: str) -> list[str]:
    """The revisions that the database lacks, oldest first. Raises as `upgrade`."""
    has = revision(url)
    return [name for name in revisions() if has is None or name > has]


def current_differs(url: str) -> list[str]:
    """How the tables of a database differ from the models, one line each. Raises as `upgrade`."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415
    from alembic.migration import MigrationContext  # noqa: PLC0415

    from db.error_db.models import Base  # noqa: PLC0415

    engine = make_engine(url)
    with translated(), engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [_one_line(difference) for difference in compare_metadata(context, Base.metadata)]
        differences += _index_conditions(connection, Base.metadata)
    engine.dispose()
    return differences


def _config(url: str) -> Config:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


def _one_line(difference: Any) -> str:
    return " ".join(repr(difference).split())


def _index_conditions(connection: Connection, metadata: MetaData) -> Iterator[str]:
    """Partial indexes whose condition differs: Alembic does not compare conditions.

    PostgreSQL gives back a rewritten condition, so there only its presence is compared.
    """
    option = f"{connection.dialect.name}_where"
    for name, model in metadata.tables.items():
        found = {
            index["name"]: index.get("dialect_options", {}).get(option)
            for index in inspect(connection).get_indexes(name)
        }
        for index in model.indexes:
            wanted = index.dialect_options[connection.dialect.name]["where"]
            wants, has = str(wanted) if wanted is not None else None, found.get(index.name)
            differs = (
                wants != (str(has) if has is not None else None)
                if option == "sqlite_where"
                else bool(wants) != bool(has)
            )
            if differs:
                yield f"index {index.name}: condition {has} instead of {wants}"
