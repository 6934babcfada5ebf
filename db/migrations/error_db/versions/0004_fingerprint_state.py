"""The table `faults` becomes `fingerprint_state`, and columns are described in the words of operations.

During a deployment, and after going back to older code, the older code still reads and writes `faults`. On PostgreSQL
that is a view of the new table: PostgreSQL sends its inserts, updates and row locks to the table, so both versions work
on the same rows and wait for the same locks. A SQLite file has one process, which is never between two versions; there
the view has a trigger for plain inserts. A later migration drops the view.
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COLUMNS = ("fingerprint", "rule", "recovered_at", "recovery", "touched_at")
COMMENTS = {
    "action_runs": {
        "incident_id": "Incident that it belongs to",
        "occurrence_id": "Occurrence that caused it",
        "handler_rule": "Handler rule that planned it",
        "cause": "Event key of the trigger: one run for each",
        "action": "Name of the action",
        "target": "Target of the action; cooldowns are per target",
        "params": "Parameters after validation",
        "reason": "Reason code of a skipped run",
        "not_before": "Earliest time of the next attempt",
        "attempts": "Number of attempts",
        "lease_owner": "Worker that is running it",
        "lease_until": "End of the lease; afterwards another worker may claim the run",
        "result": "Result, one line",
        "error": "Error of the last attempt, one line",
        "undo": "How to undo the change",
        "details": "Further results, such as the translations of the texts",
    },
    "channels": {
        "next_at": "Earliest time of the next message",
        "full_at": "When the bucket of the rate limit is full again",
    },
    "correlation_events": {
        "event_key": "Identifies the event",
    },
    "fingerprint_state": {
        "fingerprint": "Identifies the problem",
        "rule": "Rule of the first finding or recovery",
        "recovered_at": "Event time of the latest recovery",
        "recovery": "One line about that recovery",
    },
    "handler_rules": {
        "position": "Order in the file, in which rules are evaluated",
        "enabled": "False: kept, but not run",
        "spec": "match, on, action, params, mode, cooldown, budget after validation",
    },
    "incidents": {
        "fingerprint": "Identifies the problem; at most one unresolved incident each",
        "project": "Google Cloud project, empty when there is none",
        "resource": "Affected resource",
        "principal": "Account that caused it, empty when unknown",
        "summary": "One line about the latest occurrence",
        "acknowledged_at": "When a person acknowledged it",
        "acknowledged_by": "Person who acknowledged it",
        "resolution": "Reason of the resolution, one line",
        "resolved_by": "recovery, person, repair, quiet or expired",
        "quiet_seconds": "Resolve after this many seconds without an occurrence",
        "labels": "Labels that handler rules match",
        "received_at": "When Hinomi recorded the first occurrence",
    },
    "occurrences": {
        "incident_id": "Incident that it belongs to",
        "rule": "Rule or detector that made the finding",
        "event_key": "Identifies the event; the same in every delivery",
        "began_at": "When the problem began, if known to be before time",
        "run": "Run that failed, empty when a rule does not separate runs",
        "message_id": "Id of the Pub/Sub message",
        "log_url": "Link to the entry in the Logs Explorer",
        "principal": "Account that caused it, empty when unknown",
    },
    "operations": {
        "start": "Fields of the first entry that the last entry lacks",
    },
    "recoveries": {
        "fingerprint": "Fingerprint that recovered",
        "run": "Run that it repairs, empty for all runs",
        "unless_after": "Quiet period only: void when a failure after this time arrives later",
    },
    "rejected_messages": {
        "id": "Number of the rejected message",
        "message_id": "Pub/Sub message id, empty when there is none",
        "reason": "Why it was rejected",
        "body": "HTTP body as received",
        "attributes": "Message attributes, if readable",
        "received_at": "When it was received",
        "replayed_at": "When it was published again",
    },
    "silences": {
        "owner": "Person who created the silence",
        "reason": "Reason, one line",
        "starts_at": "Begin",
        "expires_at": "End",
        "hidden_count": "Number of action runs that it suppressed",
        "created_at": "When it was created",
    },
    "split_parts": {
        "entry": "The entry; emptied when all parts have arrived",
        "received_at": "When it was received",
        "used_at": "When the entry was evaluated; the row stays to recognize a redelivery",
    },
}


def upgrade() -> None:
    op.rename_table("faults", "fingerprint_state")
    op.drop_index("ix_faults_touched_at", "fingerprint_state")
    op.create_index("ix_fingerprint_state_touched_at", "fingerprint_state", ["touched_at"])
    names = ", ".join(COLUMNS)
    op.execute(f"CREATE VIEW faults AS SELECT {names} FROM fingerprint_state")  # noqa: S608 - the columns above
    if op.get_context().dialect.name == "sqlite":
        values = ", ".join(f"new.{name}" for name in COLUMNS)
        insert = f"INSERT INTO fingerprint_state ({names}) VALUES ({values})"  # noqa: S608 - the columns above
        op.execute(f"CREATE TRIGGER faults_insert INSTEAD OF INSERT ON faults BEGIN {insert}; END")
        return
    for table, columns in COMMENTS.items():
        for column, comment in columns.items():
            op.alter_column(table, column, comment=comment)


def downgrade() -> None:
    op.execute("DROP VIEW faults")
    op.drop_index("ix_fingerprint_state_touched_at", "fingerprint_state")
    op.rename_table("fingerprint_state", "faults")
    op.create_index("ix_faults_touched_at", "faults", ["touched_at"])
