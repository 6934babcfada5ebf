"""The loop guard: what Hinomi itself does or logs never opens an incident."""

from __future__ import annotations

from typing import Any


def is_own(
    entry: dict[str, Any], *, project: str, service_accounts: tuple[str, ...], function_names: tuple[str, ...]
) -> bool:
    """Whether a LogEntry comes from Hinomi itself.

    Its functions are those of these names in `project`; without one they count wherever they are.
    Its service accounts count only when Hinomi wears them itself: an entry with a delegation chain
    (someone impersonates the account) or a user-managed key (the functions have none) is not ours.
    """
    if _from_own_function(entry, project, function_names):
        return True
    payload = entry.get("protoPayload")
    who = payload.get("authenticationInfo") if isinstance(payload, dict) else None
    if not isinstance(who, dict) or who.get("principalEmail") not in service_accounts:
        return False
    return not (_impersonated(who) or who.get("serviceAccountKeyName"))


def _impersonated(who: dict[str, Any]) -> bool:
    # Google's internal hops appear as empty objects; only a hop that names someone is an impersonation.
    chain = who.get("serviceAccountDelegationInfo")
    return isinstance(chain, list) and any(chain)


def _from_own_function(entry: dict[str, Any], project: str, function_names: tuple[str, ...]) -> bool:
    resource = entry["resource"]
    labels = resource.get("labels")
    return (
        resource.get("type") == "cloud_run_revision"
        and isinstance(labels, dict)
        and labels.get("service_name") in function_names
        and (not project or labels.get("project_id") == project)
        and "protoPayload" not in entry  # who changes our functions is worth knowing
    )
