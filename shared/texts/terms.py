"""The terms for values of Hinomi's types: kinds, severities, states, modes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.model import ErrorClass, IncidentKind, Mode, RunState, Severity, Status, Trigger
from shared.texts import Text

if TYPE_CHECKING:
    from shared.records import IncidentView

_KINDS: dict[str, Text] = {
    IncidentKind.IRREGULAR_ACCESS: Text(en="Irregular access", ja="不正アクセスの疑い"),
    IncidentKind.JOB_FAILURE: Text(en="Job failure", ja="ジョブ失敗"),
    IncidentKind.LOAD_ISSUE: Text(en="Load issue", ja="負荷異常"),
}
_SEVERITIES: dict[str, Text] = {
    Severity.INFORMATIONAL: Text(en="Info", ja="情報"),
    Severity.LOW: Text(en="Low", ja="低"),
    Severity.MEDIUM: Text(en="Medium", ja="中"),
    Severity.HIGH: Text(en="High", ja="高"),
    Severity.CRITICAL: Text(en="Critical", ja="緊急"),
}
_TRIGGERS: dict[str, Text] = {
    Trigger.OPENED: Text(en="New", ja="新規"),
    Trigger.REOPENED: Text(en="Reopened", ja="再オープン"),
    Trigger.CAUSE_FOUND: Text(en="Cause found", ja="原因判明"),
    Trigger.REOCCURRED: Text(en="Reoccurred", ja="再発"),
    Trigger.ESCALATED: Text(en="Escalated", ja="深刻化"),
    Trigger.REMEDIATION_FAILED: Text(en="Remediation failed", ja="自動修復の失敗"),
    Trigger.UNACKNOWLEDGED: Text(en="Not acknowledged", ja="対応者なし"),
    Trigger.FLAPPING: Text(en="Flapping", ja="失敗と復旧の繰り返し"),
    Trigger.RESOLVED: Text(en="Resolved", ja="復旧"),
}
_STATUSES: dict[str, Text] = {
    Status.OPEN: Text(en="open", ja="未対応"),
    Status.ACKNOWLEDGED: Text(en="acknowledged", ja="対応中"),
    Status.RESOLVED: Text(en="resolved", ja="復旧"),
}
_MODES: dict[str, Text] = {
    Mode.DRY_RUN: Text(en="dry run", ja="ドライラン"),
    Mode.AUTO: Text(en="auto", ja="自動"),
    Mode.APPROVE: Text(en="approve", ja="承認制"),
}
_RUN_STATES: dict[str, Text] = {
    RunState.PLANNED: Text(en="planned", ja="実行待ち"),
    RunState.RUNNING: Text(en="running", ja="実行中"),
    RunState.DONE: Text(en="done", ja="完了"),
    RunState.FAILED: Text(en="failed", ja="失敗"),
    RunState.SKIPPED: Text(en="skipped", ja="見送り"),
}

_ERRORS: dict[str, Text] = {
    ErrorClass.PERMISSION: Text(en="permission", ja="権限不足"),
    ErrorClass.QUOTA: Text(en="quota or capacity", ja="割り当て・容量の不足"),
    ErrorClass.NOT_FOUND: Text(en="not found", ja="対象なし"),
    ErrorClass.SYNTAX: Text(en="syntax or configuration", ja="構文・設定の誤り"),
    ErrorClass.TIMEOUT: Text(en="time-out", ja="タイムアウト"),
    ErrorClass.MEMORY: Text(en="memory", ja="メモリ不足"),
    ErrorClass.DATA: Text(en="data", ja="データの不正"),
    ErrorClass.UPSTREAM: Text(en="upstream", ja="上流・依存先の失敗"),
    ErrorClass.NETWORK: Text(en="network", ja="ネットワーク"),
    ErrorClass.UNKNOWN: Text(en="unknown", ja="不明"),
}

_CLOSED_TRIGGER = Text(en="Closed", ja="クローズ")
_RESOLVED_BEFORE = Text(en="Opened and resolved", ja="発生・復旧済み")
_CLOSED_BEFORE = Text(en="Opened and closed", ja="発生・クローズ済み")
_FLAPPING_STATUS = Text(en="flapping", ja="失敗と復旧の繰り返し")
_CLOSED_STATUS = Text(en="closed", ja="クローズ")

# Members of two types may be equal as strings, so the type selects the table.
TERMS: Mapping[type[StrEnum], Mapping[str, Text]] = {
    IncidentKind: _KINDS,
    Severity: _SEVERITIES,
    Trigger: _TRIGGERS,
    Status: _STATUSES,
    Mode: _MODES,
    RunState: _RUN_STATES,
    ErrorClass: _ERRORS,
}


def status_term(incident: IncidentView) -> Text:
    """The term for the status of an incident; an incident closed after a quiet period is not called resolved."""
    if incident.flapping_since is not None and incident.status is Status.OPEN:
        return _FLAPPING_STATUS
    return _CLOSED_STATUS if incident.is_closed and incident.status is Status.RESOLVED else term(incident.status)


def change_term(incident: IncidentView, trigger: Trigger) -> Text:
    """The term for a change of an incident, such as New, Resolved or Closed."""
    return _CLOSED_TRIGGER if incident.is_closed and trigger is Trigger.RESOLVED else term(trigger)


def past_term(incident: IncidentView) -> Text:
    """The term for an incident that ended before its first notification."""
    return _CLOSED_BEFORE if incident.is_closed else _RESOLVED_BEFORE


def term(value: StrEnum) -> Text:
    """The term for a value; a value without a term is written with spaces for underscores."""
    return TERMS.get(type(value), {}).get(value) or Text.verbatim(str(value).replace("_", " "))
