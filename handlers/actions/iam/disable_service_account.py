"""Disables the service account that an incident names: its resource, or its principal.

A disabled account gets no access tokens, and its keys do not work; tokens that exist work until they expire. **Every job that
uses it fails** until it is enabled again: use `mode: approve` until you trust a rule. Undo enables it. The account must be
in the project of the incident, and Hinomi never disables its own accounts.

Use it for rules with the label `service_account`, such as `iam/service_account_restored` (resolved when the account is
disabled) and `iam/service_account_key_created` (which stays open: enabling the account would bring the key back); and,
with `of: principal`, for rules about actions of an account, such as `iam/denied_access_probing`:

    - name: disable-probing-accounts
      match: {rule: iam/denied_access_probing, principal: '*@*.iam.gserviceaccount.com'}
      action: disable_service_account
      params: {of: principal}
      mode: approve
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from handlers.context import ActionContext, parameter
from handlers.iam import service_account
from handlers.iam.service_account import Named
from handlers.remediations import calls
from handlers.remediations.model import Outcome, Plan, Verdict
from shared.errors import InputError, TargetRefusal, TargetRefusedError
from shared.records import IncidentView
from shared.texts.remediations import iam as texts

NAME = "disable_service_account"
DRY_RUN_PERMISSIONS = ("iam.serviceAccounts.get",)
PERMISSIONS = (*DRY_RUN_PERMISSIONS, "iam.serviceAccounts.disable", "iam.serviceAccounts.enable")
CALLS = (
    ("iam.googleapis.com", "google.iam.admin.v1.DisableServiceAccount"),
    ("iam.googleapis.com", "google.iam.admin.v1.EnableServiceAccount"),
)
RESOURCE, PRINCIPAL = "resource", "principal"
# Their recovery is an account that is disabled.
_RESOLVED = ("iam/service_account_restored",)


@dataclass(frozen=True)
class Params:
    """`of` selects the account of the incident: its resource or its principal."""

    of: str = parameter(
        "`resource`: the account that the incident is about; `principal`: the one that made the call.", RESOURCE
    )

    def __post_init__(self) -> None:
        if self.of not in (RESOURCE, PRINCIPAL):
            raise InputError(texts.INVALID_OF(value=str(self.of)[:50]))


def target(incident: IncidentView, params: Params) -> str:
    """The account, by its name in the IAM API."""
    account = incident.principal if params.of == PRINCIPAL else service_account.address_of(incident)
    return f"projects/{incident.project}/serviceAccounts/{account}"


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to disable the account if it is enabled."""
    account = _account(context, params)
    state = service_account.read_account(context, account)
    if state.get("disabled"):
        return Plan(texts.ACCOUNT_IS_DISABLED(account=account.account), before=_shown(state))
    return Plan(
        texts.WOULD_DISABLE_ACCOUNT(account=account.account),
        calls=(service_account.switch(context, account, "disable", texts.DISABLE_ACCOUNT),),
        done=texts.ACCOUNT_DISABLED(account=account.account),
        precondition={"disabled": False},
        before=_shown(state),
        undo={"enable": account.name},
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Disables or enables the account."""
    del params
    calls.make_all(context, plan)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the account again."""
    del plan
    account = _account(context, params)
    state = service_account.read_account(context, account)
    if not state.get("disabled"):
        return Verdict(Outcome.NOT_FIXED, texts.ACCOUNT_STILL_ENABLED(account=account.account), _shown(state))
    resolves = params.of == RESOURCE and context.incident.rule in _RESOLVED
    return Verdict(Outcome.FIXED, after=_shown(state), resolves=resolves)


def undo(context: ActionContext, params: Params, undo: dict[str, Any]) -> Plan:
    """Plans to enable the account again."""
    del undo
    account = _account(context, params)
    state = service_account.read_account(context, account)
    if not state.get("disabled"):
        return Plan(texts.ACCOUNT_IS_ENABLED(account=account.account), before=_shown(state))
    return Plan(
        texts.WOULD_ENABLE_ACCOUNT(account=account.account),
        calls=(service_account.switch(context, account, "enable", texts.ENABLE_ACCOUNT),),
        done=texts.ACCOUNT_ENABLED(account=account.account),
        precondition={"disabled": True},
        before=_shown(state),
    )


def _account(context: ActionContext, params: Params) -> Named:
    if params.of == RESOURCE:
        return service_account.account_of(context.incident)
    if not context.incident.principal:
        raise TargetRefusedError(texts.NO_PRINCIPAL, TargetRefusal.OTHER_TARGET)
    return service_account.account_of(context.incident, context.incident.principal)


def _shown(state: dict[str, Any]) -> dict[str, Any]:
    return {"disabled": bool(state.get("disabled"))}
