"""The tables of the Schema DB: performance of services, actions of users, and access over time.

All times are UTC and event time unless a comment says otherwise. Facts have natural keys, so that collecting the same
window twice changes nothing.
"""

from db.schema_db.models.access import (
    TO_GROUP,
    Binding,
    BindingChange,
    GroupMember,
    MapExpectation,
    Role,
    ServiceAccount,
    ServiceAccountKey,
)
from db.schema_db.models.audit import AuditSetting, Coverage, UserAction
from db.schema_db.models.base import SchemaBase
from db.schema_db.models.baselines import ExpectedRange, SeriesBaseline, UnlearnedHour, UnusualPoint, WatchedMetric
from db.schema_db.models.jobs import CostDay, JobRun, JobSchedule, TableSize
from db.schema_db.models.metrics import ChangedDay, DailyPoint, FinePoint, HourlyPoint, StaleInterval, StoredSeries
from db.schema_db.models.resources import FormerAncestors, Resource
from db.schema_db.models.snapshots import Snapshot

metadata = SchemaBase.metadata

__all__ = [
    "TO_GROUP",
    "AuditSetting",
    "Binding",
    "BindingChange",
    "ChangedDay",
    "CostDay",
    "Coverage",
    "DailyPoint",
    "ExpectedRange",
    "FinePoint",
    "FormerAncestors",
    "GroupMember",
    "HourlyPoint",
    "JobRun",
    "JobSchedule",
    "MapExpectation",
    "Resource",
    "Role",
    "SchemaBase",
    "SeriesBaseline",
    "ServiceAccount",
    "ServiceAccountKey",
    "Snapshot",
    "StaleInterval",
    "StoredSeries",
    "TableSize",
    "UnlearnedHour",
    "UnusualPoint",
    "UserAction",
    "WatchedMetric",
    "metadata",
]  # fmt: skip
