"""Resources and their ancestors in the resource hierarchy, now and before moves."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from db.schema_db.models.base import Big, SchemaBase


class Resource(SchemaBase):
    """A resource with its ancestors, whether it has a policy of its own or not."""

    __tablename__ = "resources"
    __table_args__ = (Index("ix_resources_project", "project", "name"),)

    name: Mapped[str] = mapped_column(String(600), primary_key=True, comment="Full resource name, //service/…")
    asset_type: Mapped[str] = mapped_column(String(100), comment="Such as storage.googleapis.com/Bucket")
    project: Mapped[str] = mapped_column(
        String(100), default="", comment="Project id, empty for folders and organizations"
    )
    number: Mapped[str] = mapped_column(
        String(20), default="", server_default="", comment="Number of a project, empty for other resources"
    )
    ancestors: Mapped[list[str]] = mapped_column(
        default=list, comment="projects/…, folders/…, organizations/…, nearest first"
    )
    policy_key: Mapped[str] = mapped_column(String(64), comment="Hash of its policy; an equal policy writes nothing")
    seen_by: Mapped[int] = mapped_column(Big, comment="Snapshot that saw it last")
    missing_since: Mapped[datetime | None] = mapped_column(comment="Time of the first snapshot that missed it")


class FormerAncestors(SchemaBase):
    """The ancestors of a resource until a snapshot saw it elsewhere; `resources` has the current ones."""

    __tablename__ = "former_ancestors"

    resource: Mapped[str] = mapped_column(String(600), primary_key=True, comment="Full resource name")
    until: Mapped[datetime] = mapped_column(
        primary_key=True, comment="First snapshot that saw it below other ancestors"
    )
    ancestors: Mapped[list[str]] = mapped_column(comment="projects/…, folders/…, organizations/…, nearest first")
