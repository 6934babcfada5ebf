"""The loop guard: declared calls, logs and remediations of Hinomi itself never open an incident.

Its accounts are trusted only for their own tasks. In the Data Access logs, calls declared by its parts are ignored
(declared_calls.py). A change by one of its accounts is ignored only if an action explains it. Any other call is an
incident, because somebody else uses the account.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from collectors.metrics_analysis.sigma import fields, template
from collectors.metrics_analysis.sigma.finding import DAY, about
from shared.config import Settings
from shared.identity.iam_names import caller_name, subject_name
from shared.model import Finding, IncidentKind, Severity
from shared.own_incidents import JOB_PREFIX, own_finding
from shared.texts import findings

MISUSED = "hinomi/account_misused"
_DATA_ACCESS = "/logs/cloudaudit.googleapis.com%2Fdata_access"
_SYSTEM_EVENT = "/logs/cloudaudit.googleapis.com%2Fsystem_event"
_CHANGES = "/logs/cloudaudit.googleapis.com%2Factivity"
_ADDRESS = ("requestMetadata", "callerIp")
# Who used the account, if it was not Hinomi.
_BEHIND = ("principalEmail", "principalSubject", "serviceAccountDelegationInfo", "serviceAccountKeyName")


def is_own(entry: dict[str, Any], settings: Settings, is_declared: Callable[[dict[str, Any]], bool]) -> bool:
    """Whether a LogEntry is from Hinomi's functions, from a job of a script, or a declared call in the Data Access logs.

    The functions are identified by the names in the settings and by their project; without a project, in any project.
    `is_declared` is asked about calls that one of the accounts made itself.
    """
    if _from_own_function(entry, settings.project, settings.function_names) or _from_own_job(entry, settings.project):
        return True
    is_data_access = str(entry.get("logName", "")).endswith(_DATA_ACCESS)
    return is_data_access and is_by_own_account(entry, settings.service_accounts) and is_declared(entry)


def is_of_own_account(entry: dict[str, Any], service_accounts: tuple[str, ...]) -> bool:
    """Whether a call was made as one of Hinomi's accounts, or as another account that one of them impersonates."""
    is_call = str(entry.get("logName", "")).endswith((_CHANGES, _DATA_ACCESS))
    return is_call and bool(_own_account(entry, service_accounts))


def is_by_own_account(entry: dict[str, Any], service_accounts: tuple[str, ...]) -> bool:
    """Whether one of Hinomi's accounts made the call itself.

    A delegation chain (someone impersonates the account), another subject, or a user-managed key (the functions have
    none) means that somebody else made the call.
    """
    who = _caller(entry)
    name = caller_name(who)
    if name not in service_accounts or (who.get("principalSubject") and subject_name(who) != name):
        return False
    return not (_impersonated(who) or who.get("serviceAccountKeyName"))


def misused(entry: dict[str, Any], service_accounts: tuple[str, ...]) -> Finding:
    """The finding about a call of one of Hinomi's accounts that no part declares and no action explains.

    In the Data Access logs each object may be a separate call, so the fault has all resources; a change has a fault of
    its own.
    """
    payload, who = entry["protoPayload"], _caller(entry)
    call = {
        "account": _own_account(entry, service_accounts),
        "method": payload.get("methodName"),
        "resource": payload.get("resourceName"),
    }
    values = {name: template.show(value) for name, value in call.items()}
    is_data_access = str(entry.get("logName", "")).endswith(_DATA_ACCESS)
    return own_finding(
        MISUSED,
        title=findings.ACCOUNT_MISUSED_TITLE,
        summary=findings.ACCOUNT_MISUSED(**values),
        resource=values["resource"],
        fault=[template.exact(value) for name, value in call.items() if name != "resource" or not is_data_access],
        severity=Severity.HIGH,
        kind=IncidentKind.IRREGULAR_ACCESS,
        principal=values["account"],
        quiet_seconds=7 * DAY,
        fields={
            "protoPayload.methodName": values["method"],
            "protoPayload.requestMetadata.callerIp": next(map(template.show, fields.find(payload, _ADDRESS)), ""),
            **{
                f"protoPayload.authenticationInfo.{name}": who[name]
                for name in _BEHIND
                if who.get(name) and who[name] not in (call["account"], f"serviceAccount:{call['account']}")
            },
        },
        **about(entry),
    )


def caller(entry: dict[str, Any]) -> str:
    """The e-mail address of the calling account, from the entry or its subject; empty without an address."""
    return caller_name(_caller(entry))


def _caller(entry: dict[str, Any]) -> dict[str, Any]:
    payload = entry.get("protoPayload")
    who = payload.get("authenticationInfo") if isinstance(payload, dict) else None
    return who if isinstance(who, dict) else {}


def _own_account(entry: dict[str, Any], service_accounts: tuple[str, ...]) -> str:
    """The account of Hinomi that made a call, or is in the call's delegation chain; empty if there is none."""
    who = _caller(entry)
    chain = who.get("serviceAccountDelegationInfo")
    hops = [hop for hop in chain if isinstance(hop, dict)] if isinstance(chain, list) else []
    parties = [who, *hops, *(hop.get("firstPartyPrincipal") for hop in hops)]
    names = [name for one in parties if isinstance(one, dict) for name in (caller_name(one), subject_name(one))]
    return next((name for name in names if name in service_accounts), "")


def _impersonated(who: dict[str, Any]) -> bool:
    # Google's internal hops appear as empty objects; only a hop that names a principal is an impersonation.
    chain = who.get("serviceAccountDelegationInfo")
    return any(chain) if isinstance(chain, list) else bool(chain)


def _from_own_function(entry: dict[str, Any], project: str, function_names: tuple[str, ...]) -> bool:
    resource = entry["resource"]
    labels = resource.get("labels")
    return (
        resource.get("type") == "cloud_run_revision"
        and isinstance(labels, dict)
        and labels.get("service_name") in function_names
        and (not project or labels.get("project_id") == project)
        and "protoPayload" not in entry  # changes of Hinomi's functions are reported
    )


def _from_own_job(entry: dict[str, Any], project: str) -> bool:
    """Whether an entry is the output or the end of a script's job, which the run of its action reports.

    Calls on the job are reported. Without the name of its project, an installation has no jobs.
    """
    resource = entry["resource"]
    labels = resource.get("labels")
    return (
        resource.get("type") == "cloud_run_job"
        and isinstance(labels, dict)
        and bool(project)
        and labels.get("project_id") == project
        and str(labels.get("job_name", "")).startswith(JOB_PREFIX)
        and ("protoPayload" not in entry or str(entry.get("logName", "")).endswith(_SYSTEM_EVENT))
    )
