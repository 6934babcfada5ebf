"""The migrations of the Error DB."""

from __future__ import annotations

from alembic import context

from db.error_db.models import metadata
from db.migrate import ERROR_DB
from db.migrations.environment import Migration, run
from shared import config

run(
    Migration(
        url=context.config.attributes.get("url") or config.load().error_db_url,
        metadata=metadata,
        version_table=ERROR_DB.version_table,
        lock=0x48494E4F4D49,
    )
)
