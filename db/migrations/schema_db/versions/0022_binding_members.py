"""The members of bindings, each once: a search for a name reads thousands of rows in place of a million.

A trigger adds them in the transaction that writes the bindings, because older code runs on these tables during a
deployment.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INTO = "INSERT INTO binding_members (member) SELECT"
# A value, which PostgreSQL finds in the index for each member: for NOT EXISTS it would read the whole table, for one row too.
UNKNOWN = "(SELECT id FROM binding_members AS known WHERE known.member = {member} LIMIT 1) IS NULL"


def upgrade() -> None:
    op.create_table(
        "binding_members",
        sa.Column("id", BIG, nullable=False, comment="Number of the row"),
        sa.Column("member", sa.String(400), nullable=False, comment="As in bindings"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_binding_members")),
    )
    op.create_index("ix_binding_members_member", "binding_members", ["member"])
    for statement in _triggers(is_postgresql=op.get_bind().dialect.name == "postgresql"):
        op.execute(statement)
    # The trigger locks the table until this transaction ends, so that no member is missed.
    op.execute(f"{INTO} DISTINCT member FROM bindings")


def _triggers(*, is_postgresql: bool) -> list[str]:
    if not is_postgresql:
        body = f"{INTO} NEW.member WHERE {UNKNOWN.format(member='NEW.member')};"
        return [f"CREATE TRIGGER keep_binding_members AFTER INSERT ON bindings BEGIN {body} END"]
    each = "(SELECT DISTINCT member FROM added) AS each"
    body = f"{INTO} member FROM {each} WHERE {UNKNOWN.format(member='each.member')}; RETURN NULL;"
    # As its owner: the functions of a running installation have no rights on a new table before the grants.
    head = "CREATE FUNCTION keep_binding_members() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
    added = "AFTER INSERT ON bindings REFERENCING NEW TABLE AS added"
    return [
        f"{head} SET search_path FROM CURRENT AS $$ BEGIN {body} END $$",
        f"CREATE TRIGGER keep_binding_members {added} FOR EACH STATEMENT EXECUTE FUNCTION keep_binding_members()",
    ]


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION keep_binding_members() CASCADE")
    else:
        op.execute("DROP TRIGGER keep_binding_members")
    op.drop_table("binding_members")
