"""Disables the service account key that an incident names, and no other key.

A disabled key gets no access tokens; tokens that exist work until they expire, for an hour at most. The key stays: undo enables it
again, unless Google disabled it meanwhile because it was exposed. Keys that Google manages, and keys of
Hinomi's own accounts, are never disabled.

Use it for `iam/service_account_key_created`, whose labels `service_account` and `key` name the key; the incident is resolved when
the key is disabled:

    - {name: disable-new-keys, match: {rule: iam/service_account_key_created}, action: disable_service_account_key, mode: approve}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from handlers.context import ActionContext
from handlers.iam import service_account
from handlers.remediations import calls
from handlers.remediations.model import Outcome, Plan, Verdict
from shared.errors import TargetRefusal, TargetRefusedError
from shared.records import IncidentView
from shared.texts.remediations import iam as texts

NAME = "disable_service_account_key"
DRY_RUN_PERMISSIONS = ("iam.serviceAccounts.get", "iam.serviceAccountKeys.get")
PERMISSIONS = (*DRY_RUN_PERMISSIONS, "iam.serviceAccountKeys.disable", "iam.serviceAccountKeys.enable")
CALLS = (
    ("iam.googleapis.com", "google.iam.admin.v1.DisableServiceAccountKey"),
    ("iam.googleapis.com", "google.iam.admin.v1.EnableServiceAccountKey"),
)
_BY_USER = "SERVICE_ACCOUNT_KEY_DISABLE_REASON_USER_INITIATED"


@dataclass(frozen=True)
class Params:
    """No parameters: the incident names the key."""


def target(incident: IncidentView, params: Params) -> str:
    """The key, by its name in the IAM API."""
    del params
    account = service_account.address_of(incident)
    return f"projects/{incident.project}/serviceAccounts/{account}/keys/{incident.labels.get('key', '')}"


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to disable the key if it is enabled and user-managed."""
    del params
    key = service_account.key_of(context.incident)
    service_account.read_account(context, key)
    state = service_account.read_key(context, key)
    names = {"key": key.key, "account": key.account}
    if state.get("keyType") == "SYSTEM_MANAGED":
        raise TargetRefusedError(texts.SYSTEM_KEY(**names), TargetRefusal.OTHER_TARGET)
    if state.get("disabled"):
        return Plan(texts.KEY_IS_DISABLED(**names), before=_shown(state))
    return Plan(
        texts.WOULD_DISABLE_KEY(**names),
        calls=(service_account.switch(context, key, "disable", texts.DISABLE_KEY),),
        done=texts.KEY_DISABLED(**names),
        precondition={"disabled": False},
        before=_shown(state),
        undo={"enable": key.name},
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Disables or enables the key."""
    del params
    calls.make_all(context, plan)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the key again."""
    del params, plan
    key = service_account.key_of(context.incident)
    state = service_account.read_key(context, key)
    if state.get("disabled"):
        return Verdict(Outcome.FIXED, after=_shown(state))
    return Verdict(Outcome.NOT_FIXED, texts.KEY_STILL_ENABLED(key=key.key, account=key.account), _shown(state))


def undo(context: ActionContext, params: Params, undo: dict[str, Any]) -> Plan:
    """Plans to enable the key again, unless Google disabled it."""
    del params, undo
    key = service_account.key_of(context.incident)
    state = service_account.read_key(context, key)
    names = {"key": key.key, "account": key.account}
    if not state.get("disabled"):
        return Plan(texts.KEY_IS_ENABLED(**names), before=_shown(state))
    if (reason := str(state.get("disableReason") or _BY_USER)) != _BY_USER:
        raise TargetRefusedError(texts.KEY_EXPOSED(**names, reason=reason), TargetRefusal.TARGET_CHANGED)
    return Plan(
        texts.WOULD_ENABLE_KEY(**names),
        calls=(service_account.switch(context, key, "enable", texts.ENABLE_KEY),),
        done=texts.KEY_ENABLED(**names),
        precondition={"disabled": True},
        before=_shown(state),
    )


def _shown(state: dict[str, Any]) -> dict[str, Any]:
    return {"disabled": bool(state.get("disabled"))}
