"""Grants a removed role again: exactly the removed role, member and condition, on the same resource.

The removed role comes from the incident's evidence (`platform/lost_access`, and rules of your own whose evidence has removed bindings), or from the
Schema DB: a job failed because access was denied, and its service account lost a role in the days before, on a resource that the error
names. If it lost roles on several such resources, a person decides. Roles of the public and of deleted members are not restored; of a service
account, Hinomi checks first that it exists. The policy is written with its etag. Undo removes the role again.

A role may have been removed on purpose: use `mode: approve`, so that a person confirms with one click.
The incident resolves when the job succeeds, or when the check of the platform map finds the access:

    - {name: restore-lost-roles, match: {rule: platform/lost_access}, action: restore_iam_member, mode: approve}
    - {name: restore-roles-of-jobs, match: {kind: job_failure, principal: '*gserviceaccount.com'}, action: restore_iam_member, mode: approve}
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from handlers.context import ActionContext, parameter
from handlers.errors import check
from handlers.iam import resources
from handlers.iam.grant import PolicyGrant, grant_of, removed
from handlers.iam.kinds import BIGQUERY, MANAGER, PUBSUB, permissions_of
from handlers.iam.patterns import not_accepted
from handlers.iam.resources import Policy
from handlers.remediations import calls
from handlers.remediations.model import Outcome, Plan, Verdict
from shared.errors import InputError, TargetRefusal, TargetRefusedError
from shared.identity.iam_names import is_service_account
from shared.records import IncidentView
from shared.texts import Text, actions, joined
from shared.texts.remediations import policies as texts

NAME = "restore_iam_member"
_OF_POLICY = "platform/lost_access"
# A job may have lost its role on anything that it reads or writes.
_OF_JOBS = (
    "iam.serviceAccounts.get",
    *permissions_of(MANAGER, BIGQUERY, PUBSUB),
    *resources.PERMISSIONS_BY_SERVICE["bigquery"],
    *resources.PERMISSIONS_BY_SERVICE["storage"],
)
_JOBS = ("bigquery", "composer", "dataflow", "dataproc", "datastream", "functions", "pubsub", "scheduler", "vertex_ai")
PERMISSIONS_BY_SERVICE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_JOBS, _OF_JOBS),
    "iam": ("iam.serviceAccounts.get", *resources.PERMISSIONS_BY_SERVICE["iam"]),
    "storage": ("iam.serviceAccounts.get", *resources.PERMISSIONS_BY_SERVICE["storage"]),
    _OF_POLICY: (*_OF_JOBS, *resources.PERMISSIONS_BY_SERVICE["platform/unintended_access"]),
}
PERMISSIONS = tuple(dict.fromkeys(name for names in PERMISSIONS_BY_SERVICE.values() for name in names))
DRY_RUN_PERMISSIONS = tuple(name for name in PERMISSIONS if name.endswith((".get", ".getIamPolicy")))
CALLS = resources.CALLS
MOST_DAYS = 30
_ROLE = re.compile(r"(?:(?:projects|organizations)/[^/\s]+/)?roles/[A-Za-z0-9_.]+")
_MEMBER = re.compile(r"(?:user|group|serviceAccount|domain|principal|principalSet):[^\s<>]+")
_OF_PROJECT = re.compile(r"[a-z0-9-]+@(?P<project>[a-z][a-z0-9-]+)\.iam\.gserviceaccount\.com")


@dataclass(frozen=True)
class Params:
    """`days` limits the age of a removal."""

    days: int = parameter(
        f"Maximum number of days between the removal of the role and the failure of the job, 1 to {MOST_DAYS}.", 7
    )

    def __post_init__(self) -> None:
        if not 1 <= self.days <= MOST_DAYS:
            raise InputError(texts.INVALID_DAYS(value=self.days, most=MOST_DAYS))


def unneeded(patterns: Sequence[str], rules: frozenset[str]) -> frozenset[str]:
    """The permissions for kinds of resources that the patterns do not accept, if all incidents are about policies.

    For incidents about jobs, all permissions are needed: the lost role may be on any kind of resource.
    """
    return not_accepted(patterns) if rules == {_OF_POLICY} else frozenset()


def target(incident: IncidentView, params: Params) -> str:
    """The resource or the job of the incident."""
    del params
    return incident.resource


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to grant the removed roles that are still missing."""
    policy, grants = _removed(context, params)
    for grant in grants:
        _check_member(context, grant)
    document = policy.read()
    existing = policy.grants(document)
    missing = [grant for grant in grants if grant not in existing]
    details = {"resource": policy.resource, "grants": [grant.as_dict() for grant in grants]}
    if not missing:
        return Plan(actions.GRANTED_ALREADY(resource=policy.text), details=details)
    added = [grant.as_dict() for grant in missing]
    return Plan(
        actions.WOULD_GRANT(grants=_all(missing), resource=policy.text),
        calls=(policy.write(policy.including(document, missing), {"add": added}),),
        done=actions.GRANTED(grants=_all(missing), resource=policy.text),
        precondition={"etag": document.get("etag")},
        before={"grants": [grant.as_dict() for grant in existing]},
        undo={"resource": policy.resource, "remove": _with_noted(context, added)},
        details=details,
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Writes the policy with the etag that was read."""
    del params
    calls.make_all(context, plan)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the policy again. Later, the success of the job or the check of the platform map resolves the incident."""
    del params
    policy = resources.policy_named(context.clients, str(plan.details["resource"]))
    existing = policy.grants(policy.read())
    missing = [grant for grant in _grants(plan.details["grants"]) if grant not in existing]
    after = {"grants": [grant.as_dict() for grant in existing]}
    if missing:
        text = actions.ALREADY_REMOVED(resource=policy.text)
        return Verdict(Outcome.NOT_FIXED, text, after)
    return Verdict(Outcome.FIXED, after=after, resolves=False)


def undo(context: ActionContext, params: Params, undo: dict[str, Any]) -> Plan:
    """Plans to remove the restored roles; later changes of the policy stay."""
    del params
    policy = resources.policy_named(context.clients, str(undo["resource"]))
    document = policy.read()
    existing = policy.grants(document)
    present = [grant for grant in _grants(undo["remove"]) if grant in existing]
    details = {"resource": policy.resource}
    if not present:
        return Plan(actions.ALREADY_REMOVED(resource=policy.text), details=details)
    return Plan(
        actions.WOULD_REMOVE(grants=_all(present), resource=policy.text),
        calls=(policy.write(policy.without(document, present), {"remove": [each.as_dict() for each in present]}),),
        done=actions.REMOVED(grants=_all(present), resource=policy.text),
        precondition={"etag": document.get("etag")},
        before={"grants": [grant.as_dict() for grant in existing]},
        details=details,
    )


def _removed(context: ActionContext, params: Params) -> tuple[Policy, list[PolicyGrant]]:
    """The resource and its removed roles: from an interrupted attempt, the evidence, or the history."""
    noted = context.noted_undo or {}
    if noted.get("remove"):
        return resources.policy_named(context.clients, str(noted["resource"])), _grants(noted["remove"])
    if grants := removed(context.incident.evidence.get("elements", {})):
        return resources.policy_of(context.clients, context.incident), grants
    lost = context.removed_grants(params.days)
    names = {each.resource for each in lost}
    if not lost:
        raise _refused(texts.NOTHING_REMOVED)
    if len(names) > 1:
        listed = [texts.ON_RESOURCE(grant=f"{each.member} ({each.role})", resource=each.resource) for each in lost]
        raise _refused(texts.SEVERAL_RESOURCES(grants=joined(listed)))
    restored = [grant_of(each.role, each.member, each.condition) for each in lost]
    return resources.policy_named(context.clients, names.pop()), restored


def _check_member(context: ActionContext, grant: PolicyGrant) -> None:
    """Checks that the member may get the role back: a deleted service account may exist again as another one."""
    if not _MEMBER.fullmatch(grant.member) or not _ROLE.fullmatch(grant.role):
        raise _refused(texts.NOT_RESTORED(member=grant.member[:200]))
    kind, _, email = grant.member.partition(":")
    match = _OF_PROJECT.fullmatch(email)
    if kind != "serviceAccount" or not is_service_account(email) or match is None:
        return
    url = f"{context.clients.iam_url}/v1/projects/{match['project']}/serviceAccounts/{quote(email, safe='')}"
    response = context.clients.http().get(url)
    if response.status_code == 404:
        raise TargetRefusedError(texts.MEMBER_DELETED(member=grant.member), TargetRefusal.TARGET_NOT_FOUND)
    if response.status_code != 403:  # an account of another organization cannot be read
        check(response, texts.READ_MEMBER(member=grant.member))


def _with_noted(context: ActionContext, added: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The roles to remove again: those of an interrupted attempt too."""
    noted = list((context.noted_undo or {}).get("remove", ()))
    return noted + [grant for grant in added if grant not in noted]


def _grants(stored: Sequence[Mapping[str, Any]]) -> list[PolicyGrant]:
    return [grant_of(each["role"], each["member"], each.get("condition")) for each in stored]


def _all(grants: Sequence[PolicyGrant]) -> Text:
    conditional, plain = actions.CONDITIONAL_GRANT, actions.GRANT
    return joined([(conditional if each.condition else plain)(member=each.member, role=each.role) for each in grants])


def _refused(text: Text) -> TargetRefusedError:
    return TargetRefusedError(text, TargetRefusal.OTHER_TARGET)
