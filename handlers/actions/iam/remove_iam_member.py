"""Removes a role that an event granted to the public, or to people outside your domains, on any resource with a policy.

It removes only what the event added: role, member and condition. If the entry has the whole policy instead of the
changes, the added roles are found by comparing it with the previous policy in an earlier entry or the Schema DB;
without a previous policy, only public members are removed. The policy is written with its etag; when someone else changed it in
between, the action reads it again. Undo grants the removed roles again, and keeps all other changes that were made
since. Without `any_member`, service accounts and members of your domains keep their roles; accounts of Hinomi always
do.

Resources: projects, folders, organizations, buckets and managed folders, BigQuery datasets and tables, Pub/Sub topics
and subscriptions, service accounts, secrets, Cloud KMS keys and key rings, Cloud Run services and jobs, functions,
repositories of Artifact Registry, and instances, disks, images and snapshots of Compute Engine. Permissions on BigQuery
tables are granted only if a handler rule matches detection rules about any resource (below), not for your own rules in
the folder `bigquery`.

Use it for every rule whose evidence has the binding: `*_made_public`, `*_public`, `iam/public_member_added`,
`iam/credentials_made_public`, `platform/unintended_access`, and with `allowed_domains` or `any_member` also
`iam/primitive_role_granted`, `iam/powerful_role_granted` and `iam/consumer_account_added`:

    - {name: close-secrets, match: {rule: iam/credentials_made_public}, action: remove_iam_member, mode: approve}

The incident is resolved when the grant is revoked and no other grant of that kind remains on the resource, or when the
incident is about a single event. Datasets are changed over REST, because the client library cannot ask for policy version 3: without
it, entries with a condition come back with another role and cannot be written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.context import ActionContext, parameter
from handlers.iam import resources
from handlers.iam.grant import BINDING_DELTAS, PolicyGrant, added, grant_of, public_in_policies
from handlers.iam.patterns import not_accepted
from handlers.iam.resources import Policy
from handlers.iam.service_account import is_own
from handlers.remediations import calls
from handlers.remediations.model import Outcome, Plan, Verdict
from shared.errors import ActionError, InputError, TargetRefusal, TargetRefusedError
from shared.lazy.dataclass import dataclass
from shared.records import IncidentView
from shared.texts import EMPTY, Text, actions, handler_rules, joined

NAME = "remove_iam_member"
PERMISSIONS_BY_SERVICE = resources.PERMISSIONS_BY_SERVICE
PERMISSIONS = tuple(dict.fromkeys(name for names in PERMISSIONS_BY_SERVICE.values() for name in names))
EVIDENCE = BINDING_DELTAS
CALLS = resources.CALLS
DRY_RUN_PERMISSIONS = tuple(name for name in PERMISSIONS if name.endswith((".get", ".getIamPolicy")))


@dataclass(frozen=True)
class Params:
    """Public members are always removed; with `allowed_domains`, users, groups and domains of other domains too.

    With `any_member`, every member whom the event gave a role.
    """

    allowed_domains: tuple[str, ...] = parameter(
        "Domains such as example.com: users, groups and domains outside them lose the role too.", ()
    )
    any_member: bool = parameter(
        "Whether every member that the event added loses the role, also a service account.", False
    )

    def __post_init__(self) -> None:
        for domain in self.allowed_domains:
            if "@" in domain or "." not in domain:
                raise InputError(handler_rules.INVALID_DOMAIN(domain=domain))


def unneeded(patterns: Sequence[str], rules: frozenset[str]) -> frozenset[str]:
    """The permissions for kinds of resources that the patterns do not accept, and which are therefore not needed."""
    del rules
    return not_accepted(patterns)


def target(incident: IncidentView, params: Params) -> str:
    """The resource of the incident."""
    del params
    return incident.resource


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to remove the grants that the event added, that are not allowed, and that still exist."""
    policy, unwanted = _policy(context), _unwanted(context, params)
    document = policy.read()
    present = _present(policy, document, unwanted)
    if not present:
        return Plan(actions.ALREADY_REMOVED(resource=policy.text))
    return Plan(
        actions.WOULD_REMOVE(grants=_all(present), resource=policy.text),
        calls=(policy.write(policy.without(document, present), {"remove": [each.as_dict() for each in present]}),),
        done=actions.REMOVED(grants=_all(present), resource=policy.text),
        precondition={"etag": document.get("etag")},
        before={"grants": [each.as_dict() for each in policy.grants(document)]},
        undo=_undo(context, policy, present),
        details={"resource": policy.resource},
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Writes the policy with the etag that was read."""
    del params
    calls.make_all(context, plan)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the policy again: none of the grants may exist. Other grants of that kind keep the incident open."""
    del plan
    policy, unwanted = _policy(context), _unwanted(context, params)
    grants = policy.grants(policy.read())
    if left := [grant for grant in unwanted if grant in grants]:
        raise ActionError(actions.GRANTED_AGAIN(grants=_all(left), resource=policy.text), permanent=False)
    others = [grant for grant in grants if _is_wrong(grant, params)]
    remaining = actions.OTHERS_KEPT(grants=_all(others)) if others else EMPTY
    after = {"grants": [each.as_dict() for each in grants]}
    return Verdict(Outcome.FIXED, remaining, after, resolves=_is_over(context, unwanted, others))


def undo(context: ActionContext, params: Params, undo: dict[str, Any]) -> Plan:
    """Plans to grant the removed roles that are still missing; later changes of the policy stay."""
    del params
    policy = _policy(context)
    removed = [grant_of(each["role"], each["member"], each.get("condition")) for each in undo["add"]]
    document = policy.read()
    missing = [grant for grant in removed if grant not in policy.grants(document)]
    if not missing:
        return Plan(actions.GRANTED_ALREADY(resource=policy.text))
    shows = {"add": [each.as_dict() for each in missing]}
    return Plan(
        actions.WOULD_GRANT(grants=_all(missing), resource=policy.text),
        calls=(policy.write(policy.including(document, missing), shows),),
        done=actions.GRANTED(grants=_all(missing), resource=policy.text),
        precondition={"etag": document.get("etag")},
        before={"grants": [each.as_dict() for each in policy.grants(document)]},
        details={"resource": policy.resource},
    )


def _unwanted(context: ActionContext, params: Params) -> list[PolicyGrant]:
    """The grants that the incident is about and that are not allowed."""
    grants = _named(context)
    if params.any_member:
        unwanted = [grant for grant in grants if not is_own(context.settings, grant.member.partition(":")[2])]
    else:
        unwanted = [grant for grant in grants if _is_wrong(grant, params)]
    if not unwanted:
        reason = actions.NOTHING_ADDED if params.any_member else actions.NOTHING_TO_REMOVE
        raise TargetRefusedError(reason, TargetRefusal.OTHER_TARGET)
    return unwanted


def _named(context: ActionContext) -> list[PolicyGrant]:
    """The grants that the event added, otherwise the public grants in the policy that it wrote."""
    elements = context.incident.evidence.get("elements", {})
    return added(elements) or public_in_policies(elements)


def _is_over(context: ActionContext, unwanted: Sequence[PolicyGrant], others: Sequence[PolicyGrant]) -> bool:
    """Whether removing the unwanted grants ends the incident: all that it is about, or all on the resource."""
    is_all = len(unwanted) == len(_named(context))
    return is_all and (not others or context.incident.occurrence_count <= 1)


def _undo(context: ActionContext, policy: Policy, removed: Sequence[PolicyGrant]) -> dict[str, Any] | None:
    """The grants to restore, removed by this attempt or by an earlier one that could not record it."""
    noted = list((context.noted_undo or {}).get("add", ()))
    grants = noted + [grant for grant in (each.as_dict() for each in removed) if grant not in noted]
    return {"resource": policy.name, "add": grants} if grants else None


def _policy(context: ActionContext) -> Policy:
    return resources.policy_of(context.clients, context.incident)


def _present(policy: Policy, document: dict[str, Any], unwanted: Sequence[PolicyGrant]) -> list[PolicyGrant]:
    existing = policy.grants(document)
    return [grant for grant in unwanted if grant in existing]


def _is_wrong(grant: PolicyGrant, params: Params) -> bool:
    return grant.is_public or grant.is_outside(params.allowed_domains)


def _all(grants: Sequence[PolicyGrant]) -> Text:
    return joined([_one(grant) for grant in grants])


def _one(grant: PolicyGrant) -> Text:
    template = actions.CONDITIONAL_GRANT if grant.condition else actions.GRANT
    return template(member=grant.member, role=grant.role)
