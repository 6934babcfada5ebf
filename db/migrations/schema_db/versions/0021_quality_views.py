"""Views of data quality results and of the next deadlines; results begin marked, so that the copy in BigQuery has all of them."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

VIEWS = {
    "v_quality_results": """
SELECT results.time, checks.source, checks.origin, checks.check_name, checks.table_name, checks.column_name,
    checks.partition_name, checks.dimension, results.state, results.severity, results.value, results.expected,
    results.message, results.run, results.url, results.check_key
FROM quality_results AS results JOIN quality_checks AS checks ON checks.check_key = results.check_key
""",
    "v_job_deadlines": """
SELECT service, project, job_name, state, is_running, is_declared, due_at, usual_end, deadline_at, expected_end,
    chance, runs, known_until
FROM job_deadlines
""",
}


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    day = "date(time)" if is_sqlite else "CAST(time AT TIME ZONE 'UTC' AS date)"
    op.execute(
        f"INSERT INTO changed_days (name, day) SELECT DISTINCT 'quality_results', {day} FROM quality_results"  # noqa: S608
    )
    first = "'1970-01-01'" if is_sqlite else "DATE '1970-01-01'"
    op.execute(
        f"INSERT INTO changed_days (name, day) SELECT 'quality_checks', {first}"  # noqa: S608
        " WHERE EXISTS (SELECT 1 FROM quality_checks)"
    )
    for name, text in VIEWS.items():
        op.execute(f"CREATE VIEW {name} AS {text.strip()}")


def downgrade() -> None:
    for name in VIEWS:
        op.execute(f"DROP VIEW {name}")
    op.execute("DELETE FROM changed_days WHERE name IN ('quality_results', 'quality_checks')")
