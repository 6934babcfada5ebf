"""The tables of the Schema DB: performance of services, actions of users, and access over time.

All times are UTC and event time unless a comment says otherwise. Facts have natural keys, so that collecting the same
window twice changes nothing.
"""

from typing import TYPE_CHECKING

from db.schema_db.models.base import SchemaBase
from shared.lazy import names

if TYPE_CHECKING:
    from db.schema_db.models.access import (
        TO_GROUP,
        Binding,
        BindingChange,
        BindingMember,
        GroupMember,
        MapExpectation,
        Role,
    )
    from db.schema_db.models.audit import AuditSetting, Coverage, UserAction
    from db.schema_db.models.baselines import ExpectedRange, SeriesBaseline, UnlearnedHour, UnusualPoint, WatchedMetric
    from db.schema_db.models.changed_days import ChangedDay
    from db.schema_db.models.costs import CostDay
    from db.schema_db.models.deadlines import JobDeadline
    from db.schema_db.models.job_days import JobDaySum
    from db.schema_db.models.jobs import JobRun
    from db.schema_db.models.metrics import DailyPoint, FinePoint, HourlyPoint, StaleInterval, StoredSeries
    from db.schema_db.models.quality import QualityCheck, QualityResult
    from db.schema_db.models.reports import KeptReport
    from db.schema_db.models.resources import FormerAncestors, Resource
    from db.schema_db.models.schedules import JobSchedule
    from db.schema_db.models.service_accounts import ServiceAccount, ServiceAccountKey
    from db.schema_db.models.sizes import TableSize
    from db.schema_db.models.snapshots import Snapshot

    metadata = SchemaBase.metadata

_MODULES = {
    "access": (
        "TO_GROUP",
        "Binding",
        "BindingChange",
        "BindingMember",
        "GroupMember",
        "MapExpectation",
        "Role",
    ),
    "audit": ("AuditSetting", "Coverage", "UserAction"),
    "baselines": ("ExpectedRange", "SeriesBaseline", "UnlearnedHour", "UnusualPoint", "WatchedMetric"),
    "changed_days": ("ChangedDay",),
    "costs": ("CostDay",),
    "deadlines": ("JobDeadline",),
    "job_days": ("JobDaySum",),
    "jobs": ("JobRun",),
    "metrics": ("DailyPoint", "FinePoint", "HourlyPoint", "StaleInterval", "StoredSeries"),
    "quality": ("QualityCheck", "QualityResult"),
    "reports": ("KeptReport",),
    "resources": ("FormerAncestors", "Resource"),
    "schedules": ("JobSchedule",),
    "service_accounts": ("ServiceAccount", "ServiceAccountKey"),
    "sizes": ("TableSize",),
    "snapshots": ("Snapshot",),
}
_find = names.names_of(__name__, _MODULES)

if not TYPE_CHECKING:

    def __getattr__(name):  # noqa: ANN001, ANN202
        """A table by the name of its class, imported with its first use; `metadata` imports all of them."""
        if name == "metadata":
            names.import_all(__name__, _MODULES)
            return SchemaBase.metadata
        return _find(name)


__all__ = [
    "TO_GROUP",
    "AuditSetting",
    "Binding",
    "BindingChange",
    "BindingMember",
    "ChangedDay",
    "CostDay",
    "Coverage",
    "DailyPoint",
    "ExpectedRange",
    "FinePoint",
    "FormerAncestors",
    "GroupMember",
    "HourlyPoint",
    "JobDaySum",
    "JobDeadline",
    "JobRun",
    "JobSchedule",
    "KeptReport",
    "MapExpectation",
    "QualityCheck",
    "QualityResult",
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
