"""Tokens of programs that call the JSON API."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Integer, primary_key=True, comment="Number of the token"),
        sa.Column("name", sa.String(60), nullable=False, unique=True, comment="Name that is recorded with each change"),
        sa.Column("digest", sa.String(64), nullable=False, unique=True, comment="SHA-256 of the token"),
        sa.Column("scopes", JSON, nullable=False, comment="What it allows: read, write, approve, badge"),
        sa.Column("created_at", TIME, nullable=False, comment="When it was created"),
        sa.Column("created_by", sa.Text, nullable=False, comment="Person who created it"),
        sa.Column("expires_at", TIME, nullable=False, comment="When it expires"),
        sa.Column("last_used_at", TIME, nullable=True, comment="Latest use, to a minute"),
        sa.Column("revoked_at", TIME, nullable=True, comment="When it was revoked"),
        sa.Column("revoked_by", sa.Text, nullable=True, comment="Person who revoked it"),
    )


def downgrade() -> None:
    op.drop_table("api_tokens")
