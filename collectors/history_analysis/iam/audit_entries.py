"""Extracts facts from audit entries of Cloud Logging's client: calls, and changes of grants.

Formats: google.cloud.audit.AuditLog, google.iam.v1.logging.AuditData, and BigQueryAuditMetadata for datasets and
tables. Only the required fields are read, so that a payload of an unknown type elsewhere in the entry causes no error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from collectors.history_analysis.iam.audit_names import full_name, network
from shared.history import BindingChangeRow, digest
from shared.identity.iam_names import MANAGER, address_name, member_name

AUDIT_LOG = "google.cloud.audit.AuditLog"
AUDIT_DATA = "google.iam.v1.logging.AuditData"
PERMISSION_DENIED = 7
ACTIONS = {1: "ADD", 2: "REMOVE"}
CHANGES = ("datasetChange", "datasetCreation", "tableChange", "routineChange")

# BigQuery removes a table at its expiration time; no one calls that (docs.cloud.google.com/bigquery/docs/reference/auditlogs).
SYSTEM_EVENT, TABLE_EXPIRED = "cloudaudit.googleapis.com/system_event", "InternalTableExpired"
SYSTEM = "system"
CLOUD_QUOTAS = "cloudquotas.googleapis.com"


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call of an API."""

    time: datetime
    principal: str
    service: str
    method: str
    resource: str
    denied: bool
    failed: bool
    network: str
    permissions: Sequence[str]


@dataclass(frozen=True, slots=True)
class AuditFacts:
    """The facts in one entry.

    The call, once for each resource whose permissions were checked (none if it was counted before or has no caller); the
    changes of grants; the services whose Data Access logs were switched on or off; and the members whose exemption from
    these logs began or ended.
    """

    calls: Sequence[ApiCall] = ()
    changes: Sequence[BindingChangeRow] = ()
    switched: frozenset[str] = frozenset()
    exempted: frozenset[str] = frozenset()


def read(entry: Any, level: str) -> AuditFacts:
    """The facts in an entry (a plain protobuf LogEntry) of the logs of `level` (projects/P, folders/N…).

    The last entry of an operation repeats the first, so it does not count as a call. A large entry is split into parts, which
    share everything except metadata, request and response of the service: the first part counts as the call, and each part
    may contain changes of grants.
    """
    if not entry.proto_payload.type_url.endswith(AUDIT_LOG) or (entry.operation.last and not entry.operation.first):
        return AuditFacts()
    from google.cloud.audit.audit_log_pb2 import AuditLog  # noqa: PLC0415

    log = AuditLog.FromString(entry.proto_payload.value)
    call = _call(entry, log, level)
    if entry.log_name.endswith("system_event"):
        expired = log.method_name == TABLE_EXPIRED and not entry.split.index
        return AuditFacts([replace(call, principal=call.principal or SYSTEM)] if expired else ())
    changes = [] if call.failed else list(_changes(entry, log, call))
    if entry.split.index:
        return AuditFacts(changes=changes)
    calls = [call, *_elsewhere(log, call, level)] if call.principal or _is_anonymous(entry, call) else []
    deltas = [] if call.failed else list(_audit_deltas(log))
    return AuditFacts(
        calls,
        changes,
        frozenset(service for service, member in deltas if not member),
        frozenset(member for _, member in deltas if member),
    )


def _is_anonymous(entry: Any, call: ApiCall) -> bool:
    """Whether the caller of a data access is left out of the entry, as opposed to a call without any caller.

    Cloud Storage leaves the name out of downloads with a browser (docs.cloud.google.com/storage/docs/audit-logging).
    """
    return entry.log_name.endswith("data_access") and bool(call.permissions) and not call.failed


def _elsewhere(log: Any, call: ApiCall, level: str) -> Iterator[ApiCall]:
    """The same call on the other resources whose permissions were checked: the entry has one element for each."""
    permissions_on: dict[str, set[str]] = {}
    for item in log.authorization_info:
        if item.permission and item.resource:
            permissions_on.setdefault(full_name(call.service, item.resource, level, {}), set()).add(item.permission)
    for name, permissions in sorted(permissions_on.items()):
        if name not in (call.resource, MANAGER + level):
            yield replace(call, resource=name, permissions=sorted(permissions))


def _call(entry: Any, log: Any, level: str) -> ApiCall:
    permissions = {item.permission for item in log.authorization_info if item.permission}
    return ApiCall(
        time=entry.timestamp.ToDatetime(tzinfo=UTC),
        principal=_principal(log.authentication_info),
        service=log.service_name,
        method=log.method_name,
        resource=full_name(log.service_name, _quota(log) or log.resource_name, level, entry.resource.labels),
        denied=log.status.code == PERMISSION_DENIED,
        failed=log.status.code != 0,
        network=network(log.request_metadata.caller_ip),
        permissions=sorted(permissions),
    )


def _quota(log: Any) -> str:
    """The quota that a call on a quota preference changes; empty for other calls.

    The id of a preference is free text; its service and quota are in the request (docs.cloud.google.com/docs/quotas/reference/rest).
    """
    if log.service_name != CLOUD_QUOTAS or "quotaPreference" not in log.request.fields:
        return ""
    preference = log.request.fields["quotaPreference"].struct_value.fields
    service, quota = (preference[key].string_value if key in preference else "" for key in ("service", "quotaId"))
    place = str(log.resource_name).partition("/quotaPreferences")[0]
    return f"{place}/services/{service}/quotaInfos/{quota}" if service and quota and place else ""


def _principal(info: Any) -> str:
    """The e-mail address in lower case, or the principal:// name of a member of an identity pool."""
    subject = str(info.principal_subject)
    name = subject if subject.startswith("principal") else address_name(subject.partition(":")[2])
    return address_name(str(info.principal_email)) or name


def _changes(entry: Any, log: Any, call: ApiCall) -> Iterator[BindingChangeRow]:
    name = f"{entry.log_name}|{entry.timestamp.ToJsonString()}|{entry.insert_id}"
    for index, (action, role, member, condition) in enumerate(_deltas(log)):
        if action and role and member:
            yield BindingChangeRow(
                event_key=f"{digest(name)}#{index}",
                time=call.time,
                resource=call.resource,
                action=action,
                role=role,
                member=member_name(member),
                principal=call.principal,
                condition=condition,
            )


def _deltas(log: Any) -> Iterator[tuple[str, str, str, dict[str, str] | None]]:
    """The binding deltas: in serviceData, or in metadata for BigQuery and newer services."""
    if log.service_data.type_url.endswith(AUDIT_DATA):
        from google.iam.v1.logging.audit_data_pb2 import AuditData  # noqa: PLC0415

        for delta in AuditData.FromString(log.service_data.value).policy_delta.binding_deltas:
            block = {key: getattr(delta.condition, key) for key in ("expression", "title", "description")}
            yield ACTIONS.get(delta.action, ""), delta.role, delta.member, block if block["expression"] else None
        return
    for delta in _metadata_deltas(log):
        block = dict(delta.get("condition") or {})
        condition = {str(key): str(value) for key, value in block.items()} if block.get("expression") else None
        action = str(delta.get("action", ""))
        yield action if action in ACTIONS.values() else "", str(delta.get("role", "")), str(delta["member"]), condition


def _audit_deltas(log: Any) -> Iterator[tuple[str, str]]:
    """Services and log types of Data Access logs that were switched on or off or changed their exempted members."""
    if log.service_data.type_url.endswith(AUDIT_DATA):
        from google.iam.v1.logging.audit_data_pb2 import AuditData  # noqa: PLC0415

        for delta in AuditData.FromString(log.service_data.value).policy_delta.audit_config_deltas:
            if delta.service:
                yield delta.service, member_name(delta.exempted_member)


def _metadata_deltas(log: Any) -> Iterator[dict[str, Any]]:
    if not log.metadata.fields:
        return
    from google.protobuf.json_format import MessageToDict  # noqa: PLC0415

    blocks = {key: log.metadata.fields[key] for key in (*CHANGES, "policyDelta") if key in log.metadata.fields}
    for value in blocks.values():
        block = MessageToDict(value)
        for delta in block.get("bindingDeltas", []) if isinstance(block, dict) else []:
            if isinstance(delta, dict) and delta.get("member"):
                yield delta
