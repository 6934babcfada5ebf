"""Names of Dataflow and Vertex AI jobs contain the location, because jobs of one name in two regions are two jobs."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# A run of Vertex AI is LOCATION/customJobs/ID or LOCATION/pipelineJobs/ID; one of Dataflow has its location as destination.
DATAFLOW = "service = 'dataflow' AND destination <> ''"
VERTEX = "service = 'vertex_ai' AND (run_id LIKE '%/customJobs/%' OR run_id LIKE '%/pipelineJobs/%')"
TIME = "coalesce(start_at, created_at, end_at)"


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    region = "substr(run_id, 1, instr(run_id, '/') - 1)" if is_sqlite else "split_part(run_id, '/', 1)"
    _rename(DATAFLOW, "destination || '/' || job_name", "job_name NOT LIKE '%/%'")
    _rename(VERTEX, f"{region} || '/' || job_name", "(job_name LIKE 'job:%' OR job_name LIKE 'pipeline:%')")


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    slash = "instr(job_name, '/')" if is_sqlite else "strpos(job_name, '/')"
    _rename(DATAFLOW, f"substr(job_name, {slash} + 1)", "job_name LIKE destination || '/%'")
    _rename(VERTEX, f"substr(job_name, {slash} + 1)", "(job_name LIKE '%/job:%' OR job_name LIKE '%/pipeline:%')")


def _rename(runs: str, name: str, condition: str) -> None:
    """Gives runs another job; their days are copied to BigQuery again."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    day = f"date({TIME})" if is_sqlite else f"CAST({TIME} AT TIME ZONE 'UTC' AS date)"
    op.execute(
        f"INSERT INTO changed_days (name, day) SELECT DISTINCT 'job_runs', {day} FROM job_runs"  # noqa: S608
        f" WHERE {TIME} IS NOT NULL AND {runs} AND {condition}"
    )
    op.execute(f"UPDATE job_runs SET job_name = {name} WHERE {runs} AND {condition}")  # noqa: S608
