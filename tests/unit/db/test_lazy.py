"""A table is imported at its first use, and all tables with the metadata."""

from __future__ import annotations

import inspect
import sys
from types import ModuleType
from typing import Any

import pytest

import db.error_db.models
import db.error_db.runs
import db.schema_db.models

MODELS = (db.error_db.models, db.schema_db.models)
LAZY = (*MODELS, db.error_db.runs)


def mapped(package: ModuleType) -> list[Any]:
    """The classes of all tables."""
    package.__getattr__("metadata")
    base = getattr(package, "ErrorBase", None) or package.SchemaBase
    return [each.class_ for each in base.registry.mappers]


@pytest.mark.parametrize("package", MODELS, ids=lambda package: package.__name__)
def test_the_package_names_every_table(package: ModuleType) -> None:
    assert {each.__name__ for each in mapped(package)} <= set(package.__all__)


@pytest.mark.parametrize("package", LAZY, ids=lambda package: package.__name__)
def test_every_name_is_found(package: ModuleType) -> None:
    assert [name for name in package.__all__ if not hasattr(package, name)] == []


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(AttributeError, match=r"db\.error_db\.models.*'Unknown'"):
        db.error_db.models.Unknown  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("package", MODELS, ids=lambda package: package.__name__)
def test_a_table_imports_those_of_its_foreign_keys(package: ModuleType) -> None:
    """Otherwise a process that uses only this table could not write to it."""
    module_of = {each.__tablename__: each.__module__ for each in mapped(package)}
    missing = {
        (each.__name__, module_of[key.column.table.name])
        for each in mapped(package)
        for key in each.__table__.foreign_keys
        if module_of[key.column.table.name] not in (each.__module__, *imported_by(each.__module__))
    }
    assert missing == set()


def imported_by(module: str) -> set[str]:
    """The modules that a module imports with plain `import` statements."""
    lines = inspect.getsource(sys.modules[module]).splitlines()
    return {line.split()[1] for line in lines if line.startswith("import ")}
