"""Incidents keep the text that a search looks at, in lower case; incidents from before are searched as they are.

A trigger keeps it, because older code runs on the table during a deployment. SQLite has no trigger that changes the row
being written, and few incidents: there it stays empty.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

COLUMNS = "rule", "title", "resource", "principal", "summary"


def upgrade() -> None:
    comment = "Rule, title, resource, principal and summary in lower case, for searches; empty on SQLite"
    op.add_column("incidents", sa.Column("search_text", sa.Text(), comment=comment))
    if op.get_bind().dialect.name != "postgresql":
        return
    text = " || E'\\n' || ".join(f"NEW.{name}" for name in COLUMNS)
    op.execute(
        "CREATE FUNCTION keep_search_text() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN NEW.search_text := lower({text}); RETURN NEW; END $$"
    )
    op.execute(
        f"CREATE TRIGGER keep_search_text BEFORE INSERT OR UPDATE OF {', '.join(COLUMNS)} ON incidents "
        "FOR EACH ROW EXECUTE FUNCTION keep_search_text()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION keep_search_text() CASCADE")
    op.drop_column("incidents", "search_text")
