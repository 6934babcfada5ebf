"""Two tables get the terms of their models, and columns are described in the terms of operations.

`former_places` becomes `former_ancestors`, `intentions` becomes `map_expectations`. During a deployment, and after going back
to older code, the older code still reads and writes the old names, as in the Error DB's `0004_fingerprint_state.py`. A
later migration drops the views.
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

FORMER_ANCESTORS = ("resource", "until", "ancestors")
MAP_EXPECTATIONS = ("key", "persona", "member", "layer", "level", "since")
COMMENTS = {
    "audit_settings": {
        "since": "First observation with these values",
        "until": "Latest observation with these values",
    },
    "binding_changes": {
        "event_key": "Identifies the log entry and the element of its delta",
        "principal": "Account that changed it",
        "reconciled": "Whether its binding has this time",
    },
    "bindings": {
        "granted_by": "Account that granted it, from the audit log",
        "revoked_by": "Account that revoked it, from the audit log",
    },
    "coverage": {
        "since": "Start of the interval in which the evidence is complete",
        "until": "End of the interval in which the evidence is complete",
    },
    "former_ancestors": {
        "until": "First snapshot that saw it below other ancestors",
    },
    "job_runs": {
        "run_id": "Identifies the run",
        "job_name": "Identifies the job in all its runs",
        "created_at": "When it was submitted",
        "principal": "Account that ran it",
        "cache_hit": "Whether the result came from the cache",
        "reservation_id": "BigQuery reservation; null: billed by bytes",
    },
    "map_expectations": {
        "member": "Member of the persona",
        "since": "First check with it in the map",
    },
    "points_fine": {
        "time": "Start of the interval of the sample",
    },
    "resources": {
        "policy_key": "Hash of its policy; an equal policy writes nothing",
    },
    "roles": {
        "valid_from": "First snapshot with these values",
        "valid_to": "First snapshot with other values",
    },
    "series": {
        "service": "Monitored service, such as bigquery",
        "aligner": "Aligner of Cloud Monitoring that made the samples: ALIGN_MEAN, ALIGN_RATE…",
        "resource": "Measured resource, readable",
    },
    "service_account_keys": {
        "last_used_at": "Latest known use; null means unknown, not never",
    },
    "service_accounts": {
        "project": "Its project",
        "last_used_at": "Latest known authentication; null means unknown, not never",
    },
    "snapshots": {
        "scope": "Scope that it read: projects/P, folders/N, organizations/N, airflow/NAME",
        "slot": "Start of the interval of the run; a repeated run has the same",
        "checkpoint": "Position at which the next attempt continues after a crash or a timeout",
        "bytes_billed": "Bytes that BigQuery billed for the collector's queries",
        "attempts": "Number of claims",
        "stalls": "Consecutive claims that wrote nothing",
        "lease_until": "Wall clock; end of the lease, after which another instance may claim it",
        "lease_owner": "Instance that is running it",
        "error": "Error of a failed run, one line",
    },
    "table_sizes": {
        "project": "Its project",
        "schema_key": "Hash of the columns; it changes with the schema",
    },
    "user_actions": {
        "project": "Project whose log has the calls",
        "principal": "Account: e-mail address or principal://…",
        "denied": "Denied calls among them",
        "first_at": "Time of the first call",
        "last_at": "Time of the last call",
    },
}


def upgrade() -> None:
    op.rename_table("former_places", "former_ancestors")
    op.rename_table("intentions", "map_expectations")
    op.execute(f"CREATE VIEW former_places AS SELECT {', '.join(FORMER_ANCESTORS)} FROM former_ancestors")  # noqa: S608
    op.execute(f"CREATE VIEW intentions AS SELECT {', '.join(MAP_EXPECTATIONS)} FROM map_expectations")  # noqa: S608
    if op.get_context().dialect.name == "sqlite":
        _accept_inserts("former_places", "former_ancestors", FORMER_ANCESTORS)
        _accept_inserts("intentions", "map_expectations", MAP_EXPECTATIONS)
        return
    for table, columns in COMMENTS.items():
        for column, comment in columns.items():
            op.alter_column(table, column, comment=comment)


def _accept_inserts(view: str, table: str, columns: tuple[str, ...]) -> None:
    """SQLite does not write through a view."""
    values = ", ".join(f"new.{name}" for name in columns)
    insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})"  # noqa: S608 - the names above
    op.execute(f"CREATE TRIGGER {view}_insert INSTEAD OF INSERT ON {view} BEGIN {insert}; END")


def downgrade() -> None:
    op.execute("DROP VIEW intentions")
    op.execute("DROP VIEW former_places")
    op.rename_table("map_expectations", "intentions")
    op.rename_table("former_ancestors", "former_places")
