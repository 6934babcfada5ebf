"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
UNRESOLVED = sa.text("status <> 'resolved'")
PENDING = sa.text("state IN ('planned', 'running')")


def upgrade() -> None:
    _create_incidents()
    _create_occurrences()
    _create_faults()
    _create_handler_rules()
    _create_action_runs()
    _create_silences()
    _create_rejected_messages()
    _create_correlation_events()
    _create_seen_values()
    _create_operations()
    _create_split_parts()
    _create_channels()


def downgrade() -> None:
    for table in (
        "channels",
        "split_parts",
        "operations",
        "seen_values",
        "correlation_events",
        "rejected_messages",
        "silences",
        "action_runs",
        "handler_rules",
        "faults",
        "occurrences",
        "incidents",
    ):
        op.drop_table(table)


def _create_incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number of the incident"),
        sa.Column(
            "fingerprint", sa.String(length=64), nullable=False, comment="Names the fault; one unresolved incident each"
        ),
        sa.Column("rule", sa.String(length=200), nullable=False, comment="Rule or detector that opened it"),
        sa.Column("title", sa.Text(), nullable=False, comment="Title of the rule"),
        sa.Column("kind", sa.String(length=20), nullable=False, comment="irregular_access, job_failure or load_issue"),
        sa.Column("severity", sa.String(length=20), nullable=False, comment="Highest severity seen, a Sigma level"),
        sa.Column("service", sa.String(length=40), nullable=False, comment="Watched service, such as bigquery"),
        sa.Column(
            "project", sa.String(length=100), nullable=False, comment="Google Cloud project, empty where there is none"
        ),
        sa.Column("resource", sa.Text(), nullable=False, comment="What is affected"),
        sa.Column("principal", sa.Text(), nullable=False, comment="Who did it, empty where unknown"),
        sa.Column("summary", sa.Text(), nullable=False, comment="One line of the latest occurrence"),
        sa.Column("status", sa.String(length=20), nullable=False, comment="open, acknowledged or resolved"),
        sa.Column("opened_at", TIME, nullable=False, comment="Event time of the earliest occurrence"),
        sa.Column("last_seen_at", TIME, nullable=False, comment="Event time of the latest occurrence"),
        sa.Column(
            "occurrence_count", sa.Integer(), nullable=False, comment="Distinct events, redeliveries not counted"
        ),
        sa.Column("acknowledged_at", TIME, comment="When someone took it"),
        sa.Column("acknowledged_by", sa.Text(), comment="Who took it"),
        sa.Column("resolved_at", TIME, comment="Event time of the recovery"),
        sa.Column("resolution", sa.Text(), comment="Why it is resolved: recovery event, repair, person or quiet"),
        sa.Column("quiet_seconds", sa.Integer(), comment="Resolve after so many seconds without an occurrence"),
        sa.Column("labels", JSON, nullable=False, comment="Labels for matching handler rules"),
        sa.Column("received_at", TIME, nullable=False, comment="When Hinomi first heard of it"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_incidents_fingerprint", "incidents", ["fingerprint"])
    op.create_index("ix_incidents_status_last_seen", "incidents", ["status", "last_seen_at"])
    op.create_index(
        "uq_incidents_unresolved",
        "incidents",
        ["fingerprint"],
        unique=True,
        postgresql_where=UNRESOLVED,
        sqlite_where=UNRESOLVED,
    )


def _create_occurrences() -> None:
    op.create_table(
        "occurrences",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number of the occurrence"),
        sa.Column("incident_id", sa.Integer(), nullable=False, comment="Its incident"),
        sa.Column("rule", sa.String(length=200), nullable=False, comment="Rule or detector that found it"),
        sa.Column("fingerprint", sa.String(length=64), nullable=False, comment="Fingerprint of the finding"),
        sa.Column(
            "event_key", sa.String(length=300), nullable=False, comment="Names the event; a redelivery has the same"
        ),
        sa.Column("severity", sa.String(length=20), nullable=False, comment="Severity of this finding"),
        sa.Column("time", TIME, nullable=False, comment="Event time"),
        sa.Column("received_at", TIME, nullable=False, comment="When Hinomi recorded it"),
        sa.Column("message_id", sa.String(length=100), nullable=False, comment="Pub/Sub message that brought it"),
        sa.Column("log_name", sa.Text(), nullable=False, comment="logName of the entry"),
        sa.Column("insert_id", sa.Text(), nullable=False, comment="insertId of the entry"),
        sa.Column("log_url", sa.Text(), nullable=False, comment="Logs Explorer at this entry"),
        sa.Column("principal", sa.Text(), nullable=False, comment="Who did it, empty where unknown"),
        sa.Column("summary", sa.Text(), nullable=False, comment="One line"),
        sa.Column("evidence", JSON, nullable=False, comment="Matched fields and array elements, redacted"),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("rule", "event_key", "fingerprint", name="uq_occurrences_event"),
    )
    op.create_index("ix_occurrences_incident_time", "occurrences", ["incident_id", "time"])


def _create_faults() -> None:
    op.create_table(
        "faults",
        sa.Column("fingerprint", sa.String(length=64), nullable=False, comment="Names the fault"),
        sa.Column("rule", sa.String(length=200), nullable=False, comment="Rule that named it first"),
        sa.Column("recovered_at", TIME, comment="Event time of the latest recovery seen"),
        sa.Column("recovery", sa.Text(), comment="One line of that recovery"),
        sa.Column("touched_at", TIME, nullable=False, comment="When this row last changed"),
        sa.PrimaryKeyConstraint("fingerprint"),
    )
    op.create_index("ix_faults_touched_at", "faults", ["touched_at"])


def _create_handler_rules() -> None:
    op.create_table(
        "handler_rules",
        sa.Column("name", sa.String(length=100), nullable=False, comment="Name in handlers.yaml"),
        sa.Column("position", sa.Integer(), nullable=False, comment="Order in the file; rules are tried in this order"),
        sa.Column("enabled", sa.Boolean(), nullable=False, comment="False: kept, but never runs"),
        sa.Column("spec", JSON, nullable=False, comment="match, on, action, params, mode, cooldown, budget as checked"),
        sa.Column("applied_at", TIME, nullable=False, comment="When it was applied"),
        sa.PrimaryKeyConstraint("name"),
    )


def _create_action_runs() -> None:
    op.create_table(
        "action_runs",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number of the run"),
        sa.Column("incident_id", sa.Integer(), nullable=False, comment="Its incident"),
        sa.Column("occurrence_id", sa.Integer(), comment="The occurrence that led to it"),
        sa.Column("handler_rule", sa.String(length=100), nullable=False, comment="Handler rule that asked for it"),
        sa.Column("trigger", sa.String(length=20), nullable=False, comment="opened, reoccurred, escalated or resolved"),
        sa.Column(
            "cause", sa.String(length=300), nullable=False, comment="Event key behind the trigger: one run for each"
        ),
        sa.Column("action", sa.String(length=60), nullable=False, comment="Name of the action in this code base"),
        sa.Column("target", sa.Text(), nullable=False, comment="What the action touches; cooldowns count by it"),
        sa.Column("params", JSON, nullable=False, comment="Checked parameters"),
        sa.Column("mode", sa.String(length=10), nullable=False, comment="dry_run or auto"),
        sa.Column("state", sa.String(length=10), nullable=False, comment="planned, running, done, failed or skipped"),
        sa.Column("reason", sa.String(length=40), comment="Named reason of skipped"),
        sa.Column("not_before", TIME, nullable=False, comment="Do not try before"),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="Times claimed"),
        sa.Column("lease_owner", sa.String(length=100), comment="Who is running it"),
        sa.Column("lease_until", TIME, comment="After this another worker may claim it"),
        sa.Column("result", sa.Text(), comment="One line: what was done"),
        sa.Column("error", sa.Text(), comment="One line: why it failed last"),
        sa.Column("undo", JSON, comment="What would take the change back"),
        sa.Column("details", JSON, comment="What the other side answered"),
        sa.Column("created_at", TIME, nullable=False, comment="When it was planned"),
        sa.Column("started_at", TIME, comment="When it was last claimed"),
        sa.Column("finished_at", TIME, comment="When it was done, failed or skipped"),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["occurrence_id"], ["occurrences.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("incident_id", "handler_rule", "trigger", "cause", name="uq_action_runs_cause"),
    )
    op.create_index("ix_action_runs_due", "action_runs", ["not_before"], postgresql_where=PENDING, sqlite_where=PENDING)
    op.create_index("ix_action_runs_incident_id", "action_runs", ["incident_id"])
    op.create_index("ix_action_runs_occurrence_id", "action_runs", ["occurrence_id"])
    op.create_index("ix_action_runs_target", "action_runs", ["handler_rule", "target", "created_at"])


def _create_silences() -> None:
    op.create_table(
        "silences",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number of the silence"),
        sa.Column("matcher", JSON, nullable=False, comment="The match block of a handler rule"),
        sa.Column("owner", sa.Text(), nullable=False, comment="Who asked for it"),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why"),
        sa.Column("starts_at", TIME, nullable=False, comment="From"),
        sa.Column("expires_at", TIME, nullable=False, comment="Until"),
        sa.Column("hidden_count", sa.Integer(), nullable=False, comment="Action runs that it held back"),
        sa.Column("created_at", TIME, nullable=False, comment="When it was made"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_silences_expires_at", "silences", ["expires_at"])


def _create_rejected_messages() -> None:
    op.create_table(
        "rejected_messages",
        sa.Column("id", sa.Integer(), nullable=False, comment="Number of the message here"),
        sa.Column(
            "message_id", sa.String(length=100), nullable=False, comment="Pub/Sub message id, empty where there is none"
        ),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the body"),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why it was not understood"),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="The HTTP body as it came"),
        sa.Column("attributes", JSON, nullable=False, comment="Message attributes, where they could be read"),
        sa.Column("received_at", TIME, nullable=False, comment="When it came"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id", "digest", name="uq_rejected_messages"),
    )
    op.create_index("ix_rejected_messages_received_at", "rejected_messages", ["received_at"])


def _create_correlation_events() -> None:
    op.create_table(
        "correlation_events",
        sa.Column("rule", sa.String(length=200), nullable=False, comment="Correlation rule"),
        sa.Column("event_key", sa.String(length=300), nullable=False, comment="Names the event"),
        sa.Column("group_key", sa.String(length=64), nullable=False, comment="Hash of the group-by values"),
        sa.Column("value", sa.Text(), nullable=False, comment="Value that a value_count counts"),
        sa.Column("time", TIME, nullable=False, comment="Event time"),
        sa.PrimaryKeyConstraint("rule", "event_key"),
    )
    op.create_index("ix_correlation_events_time", "correlation_events", ["time"])
    op.create_index("ix_correlation_events_window", "correlation_events", ["rule", "group_key", "time"])


def _create_seen_values() -> None:
    op.create_table(
        "seen_values",
        sa.Column("rule", sa.String(length=200), nullable=False, comment="First-seen rule"),
        sa.Column("value_key", sa.String(length=64), nullable=False, comment="Hash of the values"),
        sa.Column("first_seen_at", TIME, nullable=False, comment="Event time of the earliest event"),
        sa.Column("last_seen_at", TIME, nullable=False, comment="Event time of the latest event"),
        sa.PrimaryKeyConstraint("rule", "value_key"),
    )
    op.create_index("ix_seen_values_last_seen_at", "seen_values", ["last_seen_at"])


def _create_operations() -> None:
    op.create_table(
        "operations",
        sa.Column("operation_key", sa.String(length=300), nullable=False, comment="producer/id of the operation"),
        sa.Column("start", JSON, nullable=False, comment="What the first entry says and the last one lacks"),
        sa.Column("time", TIME, nullable=False, comment="Event time of the first entry"),
        sa.PrimaryKeyConstraint("operation_key"),
    )
    op.create_index("ix_operations_time", "operations", ["time"])


def _create_split_parts() -> None:
    op.create_table(
        "split_parts",
        sa.Column("uid", sa.String(length=200), nullable=False, comment="split.uid"),
        sa.Column("part", sa.Integer(), nullable=False, comment="split.index"),
        sa.Column("total", sa.Integer(), nullable=False, comment="split.totalSplits"),
        sa.Column("entry", JSON, nullable=False, comment="The entry; it goes when all parts are here"),
        sa.Column("received_at", TIME, nullable=False, comment="When it came"),
        sa.Column("used_at", TIME, comment="When the entry was used; the row stays so that a redelivery is known"),
        sa.PrimaryKeyConstraint("uid", "part"),
    )
    op.create_index("ix_split_parts_received_at", "split_parts", ["received_at"])


def _create_channels() -> None:
    op.create_table(
        "channels",
        sa.Column("name", sa.String(length=100), nullable=False, comment="notifier:channel"),
        sa.Column("next_at", TIME, nullable=False, comment="No message before this"),
        sa.Column("full_at", TIME, nullable=False, comment="When its bucket of messages is full again"),
        sa.PrimaryKeyConstraint("name"),
    )
