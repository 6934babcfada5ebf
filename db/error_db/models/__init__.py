"""The tables of the Error DB.

Times are UTC. A `*_at` of an incident is event time (from the log entry); `received_at`, `created_at` and the
times of action runs are wall-clock time.
"""

from db.error_db.models.base import FALSE_ALARMS, MERGED, PENDING, SILENCED_RUNS, UNRESOLVED, ErrorBase
from db.error_db.models.handlers import (
    BreakerRow,
    Channel,
    HandlerRule,
    HandlerRuleVersion,
    ReportSubscription,
    Silence,
)
from db.error_db.models.incidents import (
    FingerprintState,
    Incident,
    IncidentName,
    Occurrence,
    ReasonRow,
    RecoveryRow,
)
from db.error_db.models.messages import RejectedMessage, ReporterTopic, SplitPart
from db.error_db.models.rule_state import CorrelationEventRow, OperationRow, ResourceFactRow, SeenValue
from db.error_db.models.runs import ActionCall, ActionRun
from db.error_db.models.tokens import ApiToken

metadata = ErrorBase.metadata

__all__ = [
    "FALSE_ALARMS",
    "MERGED",
    "PENDING",
    "SILENCED_RUNS",
    "UNRESOLVED",
    "ActionCall",
    "ActionRun",
    "ApiToken",
    "BreakerRow",
    "Channel",
    "CorrelationEventRow",
    "ErrorBase",
    "FingerprintState",
    "HandlerRule",
    "HandlerRuleVersion",
    "Incident",
    "IncidentName",
    "Occurrence",
    "OperationRow",
    "ReasonRow",
    "RecoveryRow",
    "RejectedMessage",
    "ReportSubscription",
    "ReporterTopic",
    "ResourceFactRow",
    "SeenValue",
    "Silence",
    "SplitPart",
    "metadata",
]
