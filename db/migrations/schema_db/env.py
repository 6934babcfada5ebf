"""The migrations of the Schema DB."""

from __future__ import annotations

from alembic import context

from db.migrate import SCHEMA_DB
from db.migrations.environment import Migration, run
from db.schema_db.models import metadata
from shared import config

run(
    Migration(
        url=context.config.attributes.get("url") or config.load().schema_db_url,
        metadata=metadata,
        version_table=SCHEMA_DB.version_table,
        lock=0x48494E4F4D4A,
    )
)
