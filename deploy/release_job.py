"""The release job: `python -m deploy.release_job` in the release image, before the functions get new code.

It migrates both databases under their locks, grants the functions' users their rights, and applies the handler rules.
Running it again changes nothing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from db import migrate
from db.engine import make_engine
from db.error_db.store import ErrorStore
from db.errors import translated
from handlers import compiled
from handlers.versions.apply import StoredRuleSet, apply_file
from shared import config
from shared.errors import HinomiError
from shared.logs import log, log_error

LOCK = 0x48494E4F5252  # identifies a running release among the advisory locks of the Error DB
RELEASE_JOB = "deploy.sh"  # who changed handler rules, in their history
WAIT = "25min"  # seconds to wait for another release; below the limit of the job
Rights = Mapping[str, str]  # user → read, write or own


def release(settings: config.Settings, values: Mapping[str, str], now: datetime) -> None:
    """Runs all steps. `values` are the HINOMI_RELEASE_ variables. Raises HinomiError if a step fails."""
    rights = json.loads(values.get("RIGHTS", "{}"))
    password = values.get("PASSWORD", "")
    error_url, schema_url = (_with(url, password) for url in (settings.error_db_url, settings.schema_db_url))
    with alone(error_url):
        upgrade(error_url, migrate.ERROR_DB)
        give_rights(error_url, migrate.ERROR_DB, rights.get("error", {}))
        owner = values.get("SCHEMA_OWNER", "")
        if owner:
            make_owner(schema_url, owner)
        upgrade(_as_role(schema_url, owner), migrate.SCHEMA_DB)
        give_rights(_as_role(schema_url, owner), migrate.SCHEMA_DB, rights.get("schema", {}))
        give_ownership(schema_url, owner, rights.get("schema", {}))
        apply_handlers(error_url, settings, now)


@contextmanager
def alone(url: str) -> Iterator[None]:
    """Runs one release at a time: migrations have their own locks, roles and rights do not.

    A second release waits before it compares revisions. Raises TransientError if the database is unavailable.
    """
    engine = make_engine(url)
    with ExitStack() as stack:
        stack.callback(engine.dispose)
        if engine.dialect.name == "postgresql":
            connection = stack.enter_context(engine.connect().execution_options(isolation_level="AUTOCOMMIT"))
            with translated(migrate.ERROR_DB.name):
                connection.execute(text(f"SET statement_timeout = 0; SET lock_timeout = '{WAIT}'"))
                connection.execute(text(f"SELECT pg_advisory_lock({LOCK})"))
        yield


def upgrade(url: str, database: migrate.Database) -> None:
    """Migrates a database to the tables of this code. Newer tables stay, because migrations only add."""
    newer = migrate.upgrade(url, database)
    if newer:
        log("WARNING", f"the {database.name} is already newer than this code", revision=newer)


def make_owner(url: str, owner: str) -> None:
    """Creates the role that owns the tables of the Schema DB; its members may create partitions."""
    engine = make_engine(url)
    with engine.begin() as connection:
        exists = connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": owner})
        if not exists:
            connection.exec_driver_sql(f"CREATE ROLE {_quoted(connection, owner)} NOLOGIN")
        me = connection.scalar(text("SELECT current_user"))
        connection.exec_driver_sql(f"GRANT {_quoted(connection, owner)} TO {_quoted(connection, str(me))}")
        connection.exec_driver_sql(f"GRANT USAGE, CREATE ON SCHEMA public TO {_quoted(connection, owner)}")
    engine.dispose()


def give_rights(url: str, database: migrate.Database, rights: Rights) -> None:
    """Lets each user read, or read and write, the rows, but never change tables or their revision.

    Revokes rights that an earlier version granted and this version does not.
    """
    engine = make_engine(url)
    with engine.begin() as connection:
        for user, right in sorted(rights.items()):
            for statement in _rights(_quoted(connection, user), database.version_table, right):
                connection.exec_driver_sql(statement)
    engine.dispose()


def _rights(name: str, version_table: str, right: str) -> Iterator[str]:
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {name}"
    yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {name}"
    yield f"GRANT USAGE ON SCHEMA public TO {name}"
    yield f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}"
    if right != "read":
        yield f"GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}"
        yield f"REVOKE INSERT, UPDATE, DELETE ON {version_table} FROM {name}"
        yield f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}"


def give_ownership(url: str, owner: str, rights: Rights) -> None:
    """Makes the users with the right `own` members of the owner."""
    engine = make_engine(url)
    with engine.begin() as connection:
        for user in sorted(user for user, right in rights.items() if right == "own" and owner):
            connection.exec_driver_sql(f"GRANT {_quoted(connection, owner)} TO {_quoted(connection, user)}")
    engine.dispose()


def apply_handlers(url: str, settings: config.Settings, now: datetime) -> None:
    """Writes rules/handlers.json from the build to the Error DB. Raises InputError for an unreadable file."""
    file = compiled.load(settings.rules_dir)
    engine = make_engine(url)
    with ErrorStore(engine).transaction(now) as transaction:
        planned, version = apply_file(
            transaction.session, StoredRuleSet(file.rules, file.defaults), now, by=RELEASE_JOB
        )
    engine.dispose()
    changes = {change.name: change.kind for change in planned.changes}
    log("INFO", "handler rules applied", changes=changes, version=version)
    if planned.kept:
        log("WARNING", "handler rules that were changed elsewhere stay as they are", rules=dict(planned.kept))


def _with(url: str, password: str) -> str:
    return make_url(url).set(password=password or None).render_as_string(hide_password=False)


def _as_role(url: str, owner: str) -> str:
    if not owner:
        return url
    return make_url(url).update_query_dict({"options": f"-c role={owner}"}).render_as_string(hide_password=False)


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)


def main() -> int:
    """The entry point of the job; returns the exit code."""
    try:
        release(config.load(), config.variables("HINOMI_RELEASE_"), datetime.now(UTC))
    except HinomiError as error:
        log("ERROR", f"release failed: {error}")
        return 1
    except Exception as error:  # noqa: BLE001 - the entry point: logged with its stack, and the job has failed
        log_error("release failed", error)
        return 1
    log("INFO", "released")
    return 0


if __name__ == "__main__":
    sys.exit(main())
