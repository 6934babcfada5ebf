"""Counts of incidents by rule and hour, which triggers keep in the transaction that changes an incident.

Triggers are used because older code, which runs on these tables during a deployment, must count too. They add rows to a
table of changes, for which no transaction waits; the sweep adds the changes to the counts.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
KEY = "rule, opened_at, resolved_by, acknowledged_at"
POSTGRESQL_HOUR = "date_trunc('hour', {row}opened_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'"
SQLITE_HOUR = "substr({row}opened_at, 1, 13) || ':00:00.000000'"
VALUES = "{row}rule, {hour}, coalesce({row}resolved_by, ''), {row}acknowledged_at IS NOT NULL"
INTO = "INSERT INTO incident_hour_changes (rule, hour, resolved_by, acknowledged, change) SELECT"


def upgrade() -> None:
    op.create_table(
        "incident_hours",
        *_key(),
        sa.Column("count", sa.Integer(), nullable=False, comment="Number of incidents"),
        sa.PrimaryKeyConstraint("rule", "hour", "resolved_by", "acknowledged", name=op.f("pk_incident_hours")),
    )
    op.create_index(
        "ix_incident_hours_hour", "incident_hours", ["hour", "rule", "resolved_by", "acknowledged", "count"]
    )
    op.create_table(
        "incident_hour_changes",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, comment="Number of the change"
        ),
        *_key(),
        sa.Column("change", sa.Integer(), nullable=False, comment="1 for an incident more, -1 for one fewer"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_hour_changes")),
    )
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    hour = (POSTGRESQL_HOUR if is_postgresql else SQLITE_HOUR).format(row="")
    for statement in _triggers(is_postgresql=is_postgresql):
        op.execute(statement)
    # The triggers lock the table until this transaction ends, so that no incident is counted twice or not at all.
    select = f"SELECT {VALUES.format(row='', hour=hour)}, count(*) FROM incidents GROUP BY 1, 2, 3, 4"  # noqa: S608 - of constants
    op.execute("INSERT INTO incident_hours (rule, hour, resolved_by, acknowledged, count) " + select)


def _key() -> list[sa.Column[Any]]:
    return [
        sa.Column("rule", sa.String(200), nullable=False, comment="Rule or detector that opened the incidents"),
        sa.Column("hour", TIME, nullable=False, comment="Start of the hour in which they began"),
        sa.Column("resolved_by", sa.String(20), nullable=False, comment="What ended them, empty while unresolved"),
        sa.Column("acknowledged", sa.Boolean(), nullable=False, comment="Whether a person acknowledged them"),
    ]


def _triggers(*, is_postgresql: bool) -> list[str]:
    template = POSTGRESQL_HOUR if is_postgresql else SQLITE_HOUR
    old, new = (VALUES.format(row=row, hour=template.format(row=row)) for row in ("OLD.", "NEW."))
    distinct = "IS DISTINCT FROM" if is_postgresql else "IS NOT"
    differs = " OR ".join(f"OLD.{name} {distinct} NEW.{name}" for name in KEY.split(", "))
    less, more = f"{INTO} {old}, -1;", f"{INTO} {new}, 1;"
    after = f"AFTER UPDATE OF {KEY} ON incidents"
    if not is_postgresql:
        return [
            f"CREATE TRIGGER count_incidents_insert AFTER INSERT ON incidents BEGIN {more} END",
            f"CREATE TRIGGER count_incidents_delete AFTER DELETE ON incidents BEGIN {less} END",
            f"CREATE TRIGGER count_incidents_update {after} WHEN {differs} BEGIN {less} {more} END",
        ]
    body = f"IF TG_OP <> 'INSERT' THEN {less} END IF; IF TG_OP <> 'DELETE' THEN {more} END IF; RETURN NULL;"
    # As its owner: the functions of a running installation have no rights on a new table before the grants.
    head = "CREATE FUNCTION count_incidents() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
    count = "FOR EACH ROW EXECUTE FUNCTION count_incidents()"
    return [
        f"{head} SET search_path FROM CURRENT AS $$ BEGIN {body} END $$",
        f"CREATE TRIGGER count_incidents AFTER INSERT OR DELETE ON incidents {count}",
        f"CREATE TRIGGER count_changed_incidents {after} {count.replace('EXECUTE', f'WHEN ({differs}) EXECUTE')}",
    ]


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION count_incidents() CASCADE")
    else:
        for name in ("insert", "delete", "update"):
            op.execute(f"DROP TRIGGER count_incidents_{name}")
    op.drop_table("incident_hour_changes")
    op.drop_table("incident_hours")
