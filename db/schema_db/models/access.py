"""Access over time: bindings, roles, service accounts, groups, and expectations of the platform map."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from db.schema_db.models.base import Big, SchemaBase
from db.types import Json, partial_index

OPEN = text("valid_to IS NULL")
ENDED = text("valid_to IS NOT NULL")
TO_GROUP = text("substr(member, 1, 6) = 'group:'")


class Binding(SchemaBase):
    """One member with one role on one resource, from valid_from until valid_to (NULL: still valid)."""

    __tablename__ = "bindings"
    __table_args__ = (
        partial_index("uq_bindings_open", "resource", "role", "member", "condition_key", unique=True, where=OPEN),
        Index("ix_bindings_member", "member", "valid_from"),
        Index("ix_bindings_resource", "resource", "valid_from"),
        Index("ix_bindings_began", "valid_from"),
        partial_index("ix_bindings_ended", "valid_to", where=ENDED),
        partial_index("ix_bindings_groups", "member", where=TO_GROUP),
    )

    id: Mapped[int] = mapped_column(Big, primary_key=True, comment="Number of the binding")
    resource: Mapped[str] = mapped_column(String(600), comment="Full resource name")
    role: Mapped[str] = mapped_column(String(300), comment="roles/…, projects/P/roles/…")
    member: Mapped[str] = mapped_column(String(400), comment="user:…, group:…, serviceAccount:…, allUsers…")
    condition_key: Mapped[str] = mapped_column(
        String(64), default="", comment="Hash of the condition's expression, empty for none"
    )
    condition: Mapped[dict[str, Any] | None] = mapped_column(Json(), comment="expression, title, description")
    valid_from: Mapped[datetime] = mapped_column(
        comment="From: audit log time if known, else the first snapshot that saw it"
    )
    valid_to: Mapped[datetime | None] = mapped_column(
        comment="Until: audit log time if known, else the first snapshot that missed it"
    )
    exact_from: Mapped[bool] = mapped_column(default=False, comment="valid_from comes from the audit log")
    exact_to: Mapped[bool] = mapped_column(default=False, comment="valid_to comes from the audit log")
    granted_by: Mapped[str | None] = mapped_column(String(300), comment="Account that granted it, from the audit log")
    revoked_by: Mapped[str | None] = mapped_column(String(300), comment="Account that revoked it, from the audit log")
    seen_by: Mapped[int] = mapped_column(Big, comment="Snapshot that wrote it")
    missing_since: Mapped[datetime | None] = mapped_column(
        comment="Time of the first snapshot that missed it; closed by the next one"
    )


class BindingMember(SchemaBase):
    """A member that has or had a binding, as a trigger adds it; two that write at once may add it twice."""

    __tablename__ = "binding_members"

    id: Mapped[int] = mapped_column(Big, primary_key=True, comment="Number of the row")
    member: Mapped[str] = mapped_column(String(400), index=True, comment="As in bindings")


class BindingChange(SchemaBase):
    """One element of a policyDelta in the audit log, with the exact time and the caller."""

    __tablename__ = "binding_changes"
    __table_args__ = (Index("ix_binding_changes_resource", "resource", "time"),)

    event_key: Mapped[str] = mapped_column(
        String(340), primary_key=True, comment="Identifies the log entry and the element of its delta"
    )
    time: Mapped[datetime] = mapped_column(index=True, comment="Event time")
    resource: Mapped[str] = mapped_column(String(600), comment="Full resource name")
    action: Mapped[str] = mapped_column(String(10), comment="ADD or REMOVE")
    role: Mapped[str] = mapped_column(String(300), comment="Role")
    member: Mapped[str] = mapped_column(String(400), comment="Member")
    condition_key: Mapped[str] = mapped_column(String(64), default="", comment="Hash of the condition's expression")
    condition: Mapped[dict[str, Any] | None] = mapped_column(Json(), comment="expression, title, description")
    principal: Mapped[str] = mapped_column(String(300), comment="Account that changed it")
    reconciled: Mapped[bool] = mapped_column(default=False, comment="Whether its binding has this time")


class Role(SchemaBase):
    """The permissions of a role, from valid_from until valid_to."""

    __tablename__ = "roles"

    name: Mapped[str] = mapped_column(String(300), primary_key=True, comment="roles/… or projects/P/roles/…")
    valid_from: Mapped[datetime] = mapped_column(primary_key=True, comment="First snapshot with these values")
    valid_to: Mapped[datetime | None] = mapped_column(comment="First snapshot with other values")
    title: Mapped[str] = mapped_column(Text, comment="Title")
    stage: Mapped[str] = mapped_column(String(20), default="", comment="Launch stage")
    permissions: Mapped[list[str]] = mapped_column(comment="Included permissions")


class GroupMember(SchemaBase):
    """One member of a group, from valid_from until valid_to; known only if Hinomi may read groups."""

    __tablename__ = "group_members"

    group: Mapped[str] = mapped_column(String(300), primary_key=True, comment="E-mail address of the group")
    member: Mapped[str] = mapped_column(String(400), primary_key=True, comment="user:…, serviceAccount:…, group:…")
    valid_from: Mapped[datetime] = mapped_column(primary_key=True, comment="First snapshot that saw it")
    valid_to: Mapped[datetime | None] = mapped_column(comment="First snapshot that missed it")


class MapExpectation(SchemaBase):
    """One expectation of the platform map, since the check that first saw it; access lost before does not count as revoked."""

    __tablename__ = "map_expectations"

    key: Mapped[str] = mapped_column(
        String(64), primary_key=True, comment="Hash of persona, member, layer with its patterns, and level"
    )
    persona: Mapped[str] = mapped_column(String(200), comment="Persona of the map")
    member: Mapped[str] = mapped_column(String(400), comment="Member of the persona")
    layer: Mapped[str] = mapped_column(String(200), comment="Layer of the map")
    level: Mapped[str] = mapped_column(String(10), comment="read, write or admin")
    since: Mapped[datetime] = mapped_column(comment="First check with it in the map")
