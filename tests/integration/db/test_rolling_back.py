"""After a rollback, old code runs on new tables: each migration only adds, and old code can still write.

A migration that removes something declares `CONTRACT = "<the release whose code no longer needs it>"`.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Engine,
    Float,
    Integer,
    LargeBinary,
    TableClause,
    column,
    create_engine,
    delete,
    insert,
    inspect,
    select,
    table,
)

from db.migrate import DATABASES, Database, _config, revisions

NOW = datetime(2026, 11, 23, tzinfo=UTC)
TAKES_AWAY = {
    "drop_column": "a column goes",
    "drop_table": "a table goes",
    "rename_table": "a table gets another name",
    "create_check_constraint": "old rows may not pass",
    "create_unique_constraint": "old code may write doubles",
}
NARROWS = {"new_column_name", "type_"}


def files() -> list[Any]:
    found = [path for database in DATABASES for path in sorted((database.scripts / "versions").glob("[0-9]*.py"))]
    return [
        pytest.param(path, id=f"{path.parent.parent.name}-{path.stem}") for path in found if "0001" not in path.name
    ]


def problems(source: str) -> list[str]:
    """The parts of a migration's upgrade that would break the code before it."""
    tree = ast.parse(source)
    kept = set(re.findall(r"CREATE VIEW (\w+) AS", source))
    if any(isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CONTRACT" for node in tree.body):
        return []
    upgrade = [node for node in tree.body if not (isinstance(node, ast.FunctionDef) and node.name == "downgrade")]
    calls = [node for part in upgrade for node in ast.walk(part) if isinstance(node, ast.Call)]
    calls = [call for call in calls if not _keeps_old_name(call, kept)]
    return [f"line {call.lineno}: {why}" for call in calls if (why := _why(call))]


def _keeps_old_name(call: ast.Call, views: set[str]) -> bool:
    """Whether a table is renamed and a view keeps its old name."""
    return ast.unparse(call.func) == "op.rename_table" and ast.literal_eval(call.args[0]) in views


def _why(call: ast.Call) -> str:
    name = ast.unparse(call.func)
    verb = name.rpartition(".")[2]
    named = {item.arg: item.value for item in call.keywords}
    if not name.startswith(("op.", "batch_op.", "batch.")):
        return ""
    if verb == "alter_column" and (
        NARROWS & set(named) or ast.unparse(named.get("nullable", ast.Constant(True))) == "False"
    ):
        return "a column gets another name or type, or must have a value"
    return TAKES_AWAY.get(verb, "")


@pytest.mark.parametrize("path", files())
def test_a_migration_only_adds(path: Path) -> None:
    assert problems(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("line", "fine"),
    [
        ("op.drop_column('incidents', 'summary')", False),
        ("op.alter_column('incidents', 'summary', nullable=False)", False),
        ("op.alter_column('incidents', 'summary', new_column_name='text')", False),
        ("op.add_column('incidents', sa.Column('more', sa.Text(), nullable=True))", True),
        ("op.alter_column('incidents', 'summary', comment='What happened')", True),
        ("op.rename_table('incidents', 'cases')", False),
        ("op.rename_table('incidents', 'cases'); op.execute('CREATE VIEW other AS SELECT * FROM cases')", False),
        ("op.rename_table('incidents', 'cases'); op.execute('CREATE VIEW incidents AS SELECT * FROM cases')", True),
    ],
)
def test_the_check_recognizes_migrations_that_remove(line: str, *, fine: bool) -> None:
    assert (problems(f"def upgrade():\n    {line}\n") == []) is fine
    assert problems(f"CONTRACT = 'v2'\ndef upgrade():\n    {line}\n") == []


def test_a_downgrade_may_drop() -> None:
    assert problems("def downgrade():\n    op.drop_column('a', 'b')\n") == []


@pytest.mark.parametrize("database", DATABASES, ids=lambda database: database.key)
def test_rows_of_old_code_fit_the_new_tables(
    database: Database, bare_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each revision, a row is written to each table before and after the next migration."""
    engine = create_engine(bare_url)
    scripts = ScriptDirectory.from_config(_config(bare_url, database))
    monkeypatch.setattr(
        "alembic.command.ScriptDirectory.from_config", lambda _: scripts
    )  # or each step reads all files
    first, *later = revisions(database)
    command.upgrade(_config(bare_url, database), first)
    for new in later:
        counts = rows_on_both_sides(engine, partial(command.upgrade, _config(bare_url, database), new))
        assert {name: count for name, count in counts.items() if count < 2} == {}, f"after {new}"
    engine.dispose()


def rows_on_both_sides(engine: Engine, upgrade: Callable[[], None]) -> dict[str, int]:
    """Writes a row to each table before and after the upgrade; returns the number of rows in each table."""
    known = tables_of(engine)
    with writing(engine) as connection:
        for one in known:
            connection.execute(delete(one))  # rows of the migration before
    numbers = itertools.count(1)
    write(engine, known, numbers)
    upgrade()
    write(engine, known, itertools.count(10_000))  # the upgrade may have added rows with the next numbers
    with engine.connect() as connection:
        return {one.name: len(connection.execute(select(one)).all()) for one in known}


def tables_of(engine: Engine) -> list[TableClause]:
    """The present tables, with the names and types of their columns; statements on equal tables are compiled once."""
    found = inspect(engine).get_multi_columns()
    return [
        table(name, *(column(each["name"], each["type"]) for each in columns))
        for (_, name), columns in found.items()
        if not name.endswith("_version")
    ]


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that checks no foreign keys, on PostgreSQL as on SQLite: the test is about columns."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        yield connection


def write(engine: Engine, known: list[TableClause], numbers: Iterator[int]) -> None:
    with writing(engine) as connection:
        for one in known:
            number = next(numbers)
            connection.execute(insert(one), {each.name: _value(each, number) for each in one.columns})


def _value(of: ColumnElement[Any], number: int) -> Any:
    kinds: list[tuple[type[Any], Any]] = [
        (Boolean, True),
        (DateTime, NOW),
        (Date, date.fromordinal(738000 + number)),
        (Float, float(number)),
        (Integer, number),
        (JSON, {}),
        (LargeBinary, b"bytes"),
    ]
    return next((value for kind, value in kinds if isinstance(of.type, kind)), f"text {number}")
