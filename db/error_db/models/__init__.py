"""The tables of the Error DB.

Times are UTC. A `*_at` of an incident is event time (from the log entry); `received_at`, `created_at` and the
times of action runs are wall-clock time.
"""

from typing import TYPE_CHECKING

from db.error_db.models.base import FALSE_ALARMS, MERGED, PENDING, SILENCED_RUNS, UNRESOLVED, ErrorBase
from shared.lazy import names

if TYPE_CHECKING:
    from db.error_db.models.breakers import BreakerRow
    from db.error_db.models.calls import ActionCall
    from db.error_db.models.channels import Channel, Silence
    from db.error_db.models.feedback import AlarmFeedback
    from db.error_db.models.handlers import HandlerRule, HandlerRuleVersion
    from db.error_db.models.incidents import Incident, Occurrence
    from db.error_db.models.log_readings import LogReadingRow
    from db.error_db.models.messages import ReporterTopic, SplitPart
    from db.error_db.models.problems import FingerprintState, IncidentName, ReasonRow, RecoveryRow
    from db.error_db.models.rejected import RejectedMessage
    from db.error_db.models.reported import ProbeReadingRow, ReportedCheckRow, ReportedRunRow
    from db.error_db.models.rule_state import CorrelationEventRow, OperationRow, ResourceFactRow, SeenValue
    from db.error_db.models.rules import IncidentHour, IncidentHourChange, RuleModeRow, StagedFinding
    from db.error_db.models.runs import ActionRun
    from db.error_db.models.subscriptions import ReportSubscription
    from db.error_db.models.tokens import ApiToken
    from db.error_db.models.workers import ScriptWorkerRow, WorkerAnswerRow, WorkerMachineRow

    metadata = ErrorBase.metadata

_MODULES = {
    "breakers": ("BreakerRow",),
    "calls": ("ActionCall",),
    "channels": ("Channel", "Silence"),
    "feedback": ("AlarmFeedback",),
    "handlers": ("HandlerRule", "HandlerRuleVersion"),
    "incidents": ("Incident", "Occurrence"),
    "log_readings": ("LogReadingRow",),
    "problems": ("FingerprintState", "IncidentName", "ReasonRow", "RecoveryRow"),
    "messages": ("ReporterTopic", "SplitPart"),
    "rejected": ("RejectedMessage",),
    "reported": ("ProbeReadingRow", "ReportedCheckRow", "ReportedRunRow"),
    "rule_state": ("CorrelationEventRow", "OperationRow", "ResourceFactRow", "SeenValue"),
    "rules": ("IncidentHour", "IncidentHourChange", "RuleModeRow", "StagedFinding"),
    "runs": ("ActionRun",),
    "subscriptions": ("ReportSubscription",),
    "tokens": ("ApiToken",),
    "workers": ("ScriptWorkerRow", "WorkerAnswerRow", "WorkerMachineRow"),
}
_find = names.names_of(__name__, _MODULES)

if not TYPE_CHECKING:

    def __getattr__(name):  # noqa: ANN001, ANN202
        """A table by the name of its class, imported with its first use; `metadata` imports all of them."""
        if name == "metadata":
            names.import_all(__name__, _MODULES)
            return ErrorBase.metadata
        return _find(name)


__all__ = [
    "FALSE_ALARMS",
    "MERGED",
    "PENDING",
    "SILENCED_RUNS",
    "UNRESOLVED",
    "ActionCall",
    "ActionRun",
    "AlarmFeedback",
    "ApiToken",
    "BreakerRow",
    "Channel",
    "CorrelationEventRow",
    "ErrorBase",
    "FingerprintState",
    "HandlerRule",
    "HandlerRuleVersion",
    "Incident",
    "IncidentHour",
    "IncidentHourChange",
    "IncidentName",
    "LogReadingRow",
    "Occurrence",
    "OperationRow",
    "ProbeReadingRow",
    "ReasonRow",
    "RecoveryRow",
    "RejectedMessage",
    "ReportSubscription",
    "ReportedCheckRow",
    "ReportedRunRow",
    "ReporterTopic",
    "ResourceFactRow",
    "RuleModeRow",
    "ScriptWorkerRow",
    "SeenValue",
    "Silence",
    "SplitPart",
    "StagedFinding",
    "WorkerAnswerRow",
    "WorkerMachineRow",
    "metadata",
]
