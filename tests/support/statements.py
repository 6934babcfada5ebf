"""Shares compiled SQL statements among all engines of a test process.

A test that runs a command or a function has its own engines, and each would compile every statement again, which costs
more than the rest of most tests. The compiled statements stay the same.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.util import LRUCache

from db import engine as engines
from db import sqlite
from db.error_db.models import ErrorBase
from db.schema_db.models import SchemaBase

CAPACITY = 5000


class _Statements(LRUCache[Any, Any]):
    """A cache of statements; its key has the name of the dialect instead of the dialect object of one engine."""

    def get(self, key: Any, default: Any = None) -> Any:
        """The compiled statement, or the default."""
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__((key[0].name, *key[1:]), compiled)


def share() -> None:
    """Makes every engine that the product creates from now on, and every mapped class, use the shared statements."""
    statements = _Statements(CAPACITY)
    create: Any = getattr(engines, "create_engine")  # noqa: B009

    def create_engine(*arguments: Any, **options: Any) -> Engine:
        engine: Engine = create(*arguments, **options)
        engine._compiled_cache = statements  # noqa: SLF001 - an engine has no parameter for it
        return engine

    for module in (engines, sqlite):
        module.create_engine = create_engine  # type: ignore[attr-defined]
    for base in (ErrorBase, SchemaBase):
        for mapper in base.registry.mappers:
            mapper.__dict__["_compiled_cache"] = _Statements(CAPACITY)
