"""The migration that adds columns to the views can be undone and applied again."""

from __future__ import annotations

from alembic import command
from sqlalchemy import inspect

from db.engine import make_engine
from db.migrate import SCHEMA_DB, _config


def columns(url: str) -> dict[str, list[str]]:
    engine = make_engine(url)
    inspector = inspect(engine)
    # The other views have the old name of a table.
    names = [name for name in inspector.get_view_names() if name.startswith("v_")]
    found = {name: [item["name"] for item in inspector.get_columns(name)] for name in names}
    engine.dispose()
    return found


def test_views_are_the_same_after_downgrade_and_upgrade(schema_db_url: str) -> None:
    config = _config(schema_db_url, SCHEMA_DB)
    new = columns(schema_db_url)
    command.downgrade(config, "0006")
    old = columns(schema_db_url)
    command.upgrade(config, "head")
    assert columns(schema_db_url) == new
    assert new.keys() - old.keys() == {"v_job_deadlines", "v_quality_results"}  # of a later migration
    assert {name: new[name][: len(names)] for name, names in old.items()} == old
    assert {name for name in old if new[name] != old[name]} >= {"v_cost_daily", "v_job_runs"}
