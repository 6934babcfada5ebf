"""The audit configuration of levels. Evidence of use that was less complete than recorded is deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OLD = "data_access/PROJECT/SERVICE, group/EMAIL, admin_activity/PROJECT"
NEW = "admin_activity/LEVEL, data_access/LEVEL (such as projects/P), group/EMAIL"


def upgrade() -> None:
    op.create_table(
        "audit_settings",
        sa.Column(
            "level",
            sa.String(length=200),
            nullable=False,
            comment="projects/P, folders/N or organizations/N, whose own configuration it is",
        ),
        sa.Column(
            "service",
            sa.String(length=200),
            nullable=False,
            comment="API, allServices, or empty: the configuration could be read",
        ),
        sa.Column(
            "log_type",
            sa.String(length=40),
            nullable=False,
            comment="ADMIN_READ, DATA_READ or DATA_WRITE; empty without service",
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False, comment="First look that saw it so"),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False, comment="Last look that saw it so"),
        sa.Column(
            "exempted",
            sa.JSON().with_variant(JSONB(), "postgresql"),
            nullable=False,
            comment="Members whose calls are not logged",
        ),
        sa.PrimaryKeyConstraint("level", "service", "log_type", "since"),
    )
    # An entry counted as full coverage, the configuration of now was applied to the past, and a group's first look
    # reached back: none of that can be told from what is true.
    op.execute("DELETE FROM coverage WHERE subject LIKE 'data_access/%' OR subject LIKE 'group/%'")
    op.execute(
        "UPDATE coverage SET subject = 'admin_activity/projects/' || substr(subject, 16)"
        " WHERE subject LIKE 'admin_activity/%'"
    )
    _comment(OLD, NEW)


def downgrade() -> None:
    op.drop_table("audit_settings")
    op.execute("DELETE FROM coverage WHERE subject NOT LIKE 'admin_activity/projects/%'")
    op.execute("UPDATE coverage SET subject = 'admin_activity/' || substr(subject, 25)")
    _comment(NEW, OLD)


def _comment(before: str, after: str) -> None:
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
        text = sa.String(length=300)
        op.alter_column("coverage", "subject", existing_type=text, comment=after, existing_comment=before)
