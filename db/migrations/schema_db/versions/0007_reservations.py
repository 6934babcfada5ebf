"""The reservation of BigQuery jobs, and views that bill bytes only for jobs without one.

Runs that were read before this migration have no reservation, as if they had run on demand.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TIB = 1024**4

# What stood there before keeps its place: a view can only be replaced by one that begins with the same columns.
JOB_RUNS = """
SELECT service, project, job_name, run_id, parent, state, created_at, start_at, end_at,
    {queue} AS queue_seconds, {run} AS run_seconds, attempt, error, principal, statement_type,
    slot_ms / 3600000.0 AS slot_hours, bytes_billed, cache_hit, destination{new}
FROM job_runs
"""
# The statements of a script are runs of their own, so the script itself is none.
COST_DAILY = """
SELECT {start_day} AS day, project, principal, job_name, statement_type,
    count(*) FILTER (WHERE statement_type <> 'SCRIPT') AS runs,
    count(*) FILTER (WHERE cache_hit) AS cached,
    sum(CASE WHEN reservation_id IS NULL THEN bytes_billed ELSE 0 END) AS bytes_billed,
    sum(CASE WHEN reservation_id IS NULL THEN bytes_billed ELSE 0 END) / {tib}.0 AS tib_billed,
    sum(slot_ms) / 3600000.0 AS slot_hours,
    sum(CASE WHEN reservation_id IS NULL THEN 0 ELSE slot_ms END) / 3600000.0 AS reserved_slot_hours,
    reservation_id, edition
FROM job_runs WHERE service = 'bigquery' AND start_at IS NOT NULL
GROUP BY {start_day}, project, principal, job_name, statement_type, reservation_id, edition
"""
FORMER_COST_DAILY = """
SELECT {start_day} AS day, project, principal, job_name, statement_type,
    count(*) AS runs,
    count(*) FILTER (WHERE cache_hit) AS cached,
    sum(bytes_billed) AS bytes_billed,
    sum(bytes_billed) / {tib}.0 AS tib_billed,
    sum(slot_ms) / 3600000.0 AS slot_hours
FROM job_runs WHERE service = 'bigquery' AND start_at IS NOT NULL
GROUP BY {start_day}, project, principal, job_name, statement_type
"""
# v_job_runs_daily reads v_job_runs, and on PostgreSQL has to go and come back with it.
DAILY = "v_job_runs_daily"
PARTS = {
    "postgresql": {
        "queue": "CAST(extract(epoch FROM start_at - created_at) AS double precision)",
        "run": "CAST(extract(epoch FROM end_at - start_at) AS double precision)",
        "start_day": "CAST(start_at AT TIME ZONE 'UTC' AS date)",
    },
    "sqlite": {
        "queue": "round((julianday(start_at) - julianday(created_at)) * 86400.0, 3)",
        "run": "round((julianday(end_at) - julianday(start_at)) * 86400.0, 3)",
        "start_day": "date(start_at)",
    },
}


def upgrade() -> None:
    op.add_column(
        "job_runs",
        sa.Column("reservation_id", sa.Text(), nullable=True, comment="BigQuery reservation; none: paid by the byte"),
    )
    op.add_column("job_runs", sa.Column("edition", sa.String(40), nullable=True, comment="Edition of the reservation"))
    _replace("v_job_runs", JOB_RUNS, ",\n    reservation_id, edition")
    _replace("v_cost_daily", COST_DAILY)


def downgrade() -> None:
    bind = op.get_bind()
    daily = _text(DAILY)
    for name in (DAILY, "v_job_runs", "v_cost_daily"):
        op.execute(f"DROP VIEW {name}")
    op.drop_column("job_runs", "edition")
    op.drop_column("job_runs", "reservation_id")
    _replace("v_job_runs", JOB_RUNS)
    _replace("v_cost_daily", FORMER_COST_DAILY)
    bind.exec_driver_sql(f"CREATE VIEW {DAILY} AS {daily}")


def _text(name: str) -> str:
    """The definition of a view."""
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        return str(bind.exec_driver_sql(f"SELECT pg_get_viewdef('{name}'::regclass)").scalar_one())
    sql = str(bind.exec_driver_sql(f"SELECT sql FROM sqlite_master WHERE name = '{name}'").scalar_one())  # noqa: S608
    return sql.partition(" AS ")[2]


def _replace(name: str, text: str, new: str = "") -> None:
    bind = op.get_bind()
    parts = PARTS[bind.dialect.name] | {"tib": str(TIB), "new": new}
    if bind.dialect.name == "sqlite":
        bind.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")
        bind.exec_driver_sql(f"CREATE VIEW {name} AS {text.format(**parts).strip()}")
    else:
        bind.exec_driver_sql(f"CREATE OR REPLACE VIEW {name} AS {text.format(**parts).strip()}")
