"""Removes a role that an event granted to the public, or to people outside your domains: bucket, dataset or project.

It removes only what the event added: role, member and condition. The policy is written with its etag; when someone else
changed it in between, the action reads it again. Service accounts are never removed. Undo grants the removed roles again, and keeps all other
changes that were made since.

The incident is resolved when the grant is revoked and no other grant of that kind remains on the resource, or when the
incident is about a single event. Datasets are changed over REST, because the client library cannot ask for policy version 3: without
it, entries with a condition come back with another role and cannot be written.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from handlers.context import ActionContext, parameter
from handlers.iam.dataset import Dataset
from handlers.iam.grant import PolicyGrant, added, grant_of
from handlers.iam.policy import Bucket, Project, resource_text
from handlers.remediations import calls
from handlers.remediations.model import Call, Outcome, Plan, Verdict
from shared.errors import ActionError, InputError, TargetRefusal, TargetRefusedError
from shared.records import IncidentView
from shared.texts import EMPTY, Text, actions, handler_rules, joined

NAME = "remove_iam_member"
# The policy to change, by the service of the incident.
PERMISSIONS_BY_SERVICE = {
    "storage": Bucket.PERMISSIONS,
    "bigquery": Dataset.PERMISSIONS,
    "iam": Project.PERMISSIONS,
}
PERMISSIONS = tuple(name for names in PERMISSIONS_BY_SERVICE.values() for name in names)
# The methods of the action's changes in the audit log, by service.
CALLS = (
    ("storage.googleapis.com", "storage.setIamPermissions"),
    ("cloudresourcemanager.googleapis.com", "SetIamPolicy"),
    ("bigquery.googleapis.com", "google.cloud.bigquery.v2.DatasetService.UpdateDataset"),
    ("bigquery.googleapis.com", "google.cloud.bigquery.v2.DatasetService.PatchDataset"),
)
DRY_RUN_PERMISSIONS = tuple(name for name in PERMISSIONS if name.endswith((".get", ".getIamPolicy")))

_BUCKET = re.compile(r"(?:projects/[^/]+/buckets/|buckets/|gs://)?(?P<bucket>[a-z0-9][a-z0-9._-]{1,220}[a-z0-9])/?")
_DATASET = re.compile(r"(?:projects/)?(?P<project>[a-z0-9.:-]+)[/.:](?:datasets/)?(?P<dataset>\w{1,1024})")
_PROJECT = re.compile(r"(?:projects/)?(?P<project>[a-z0-9.:-]+)")


class Policy(Protocol):
    """A resource with grants: a bucket, a dataset or a project."""

    name: str

    def read(self) -> dict[str, Any]:
        """The document with the grants, and its etag."""

    def grants(self, document: dict[str, Any]) -> list[PolicyGrant]:
        """The grants in it."""

    def without(self, document: dict[str, Any], unwanted: Collection[PolicyGrant]) -> dict[str, Any]:
        """The document without some grants."""

    def including(self, document: dict[str, Any], grants: Collection[PolicyGrant]) -> dict[str, Any]:
        """The document with further grants."""

    def write(self, document: dict[str, Any], shows: dict[str, Any]) -> Call:
        """The call that writes the document, if it has not changed since it was read."""


@dataclass(frozen=True)
class Params:
    """Public members are always removed; with `allowed_domains`, users, groups and domains of other domains too."""

    allowed_domains: tuple[str, ...] = parameter(
        "Domains such as example.com: users, groups and domains outside them lose the role too.", ()
    )

    def __post_init__(self) -> None:
        for domain in self.allowed_domains:
            if "@" in domain or "." not in domain:
                raise InputError(handler_rules.INVALID_DOMAIN(domain=domain))


def target(incident: IncidentView, params: Params) -> str:
    """The bucket, dataset or project."""
    del params
    return incident.resource


def plan(context: ActionContext, params: Params) -> Plan:
    """Removes the grants that the event added, that are not allowed, and that still exist."""
    policy, unwanted = _policy(context), _unwanted(context, params)
    document = policy.read()
    present = _present(policy, document, unwanted)
    if not present:
        return Plan(actions.ALREADY_REMOVED(resource=_resource(policy)))
    return Plan(
        actions.WOULD_REMOVE(grants=_all(present), resource=_resource(policy)),
        calls=(policy.write(policy.without(document, present), {"remove": [each.as_dict() for each in present]}),),
        done=actions.REMOVED(grants=_all(present), resource=_resource(policy)),
        precondition={"etag": document.get("etag")},
        before={"grants": [each.as_dict() for each in policy.grants(document)]},
        undo=_undo(context, policy, present),
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Writes the policy with the etag that was read."""
    del params
    for call in plan.calls:
        calls.make(context, context.clients.http(), call)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the policy again: none of the grants may exist. Another grant of that kind keeps the incident open."""
    del plan
    policy, unwanted = _policy(context), _unwanted(context, params)
    grants = policy.grants(policy.read())
    if left := [grant for grant in unwanted if grant in grants]:
        raise ActionError(actions.GRANTED_AGAIN(grants=_all(left), resource=_resource(policy)), permanent=False)
    others = [grant for grant in grants if _is_wrong(grant, params)]
    kept = actions.OTHERS_KEPT(grants=_all(others)) if others else EMPTY
    after = {"grants": [each.as_dict() for each in grants]}
    return Verdict(Outcome.FIXED, kept, after, resolves=_is_over(context, unwanted, others))


def undo(context: ActionContext, params: Params, undo: dict[str, Any]) -> Plan:
    """Grants the removed roles again, as far as nobody has; other changes of the policy since then stay."""
    del params
    policy = _policy(context)
    removed = [grant_of(each["role"], each["member"], each.get("condition")) for each in undo["add"]]
    document = policy.read()
    missing = [grant for grant in removed if grant not in policy.grants(document)]
    if not missing:
        return Plan(actions.GRANTED_ALREADY(resource=_resource(policy)))
    shows = {"add": [each.as_dict() for each in missing]}
    return Plan(
        actions.WOULD_GRANT(grants=_all(missing), resource=_resource(policy)),
        calls=(policy.write(policy.including(document, missing), shows),),
        done=actions.GRANTED(grants=_all(missing), resource=_resource(policy)),
        precondition={"etag": document.get("etag")},
        before={"grants": [each.as_dict() for each in policy.grants(document)]},
    )


def _unwanted(context: ActionContext, params: Params) -> list[PolicyGrant]:
    """The grants that the event added and that are not allowed."""
    found = [grant for grant in added(context.incident.evidence.get("elements", {})) if _is_wrong(grant, params)]
    if not found:
        raise TargetRefusedError(actions.NOTHING_TO_REMOVE, TargetRefusal.OTHER_TARGET)
    return found


def _is_over(context: ActionContext, unwanted: Sequence[PolicyGrant], others: Sequence[PolicyGrant]) -> bool:
    """Whether the removal of the unwanted grants repairs the incident: all that it is about, or all on the resource."""
    is_all = len(unwanted) == len(added(context.incident.evidence.get("elements", {})))
    return is_all and (not others or context.incident.occurrence_count <= 1)


def _undo(context: ActionContext, policy: Policy, removed: Sequence[PolicyGrant]) -> dict[str, Any] | None:
    """The grants to restore, removed by this attempt or by an earlier one that could not record it."""
    noted = list((context.noted_undo or {}).get("add", ()))
    grants = noted + [grant for grant in (each.as_dict() for each in removed) if grant not in noted]
    return {"resource": policy.name, "add": grants} if grants else None


def _policy(context: ActionContext) -> Policy:
    """The resource of the incident over its API. Its name comes from a log entry, so its form is checked."""
    incident, clients = context.incident, context.clients
    resource = incident.resource
    if incident.service == "storage" and (found := _BUCKET.fullmatch(resource)):
        return Bucket(clients.storage_url, clients.http(), found["bucket"])
    if incident.service == "bigquery" and (found := _DATASET.fullmatch(resource)):
        return Dataset(clients.bigquery_url, clients.http(), found["project"], found["dataset"])
    if incident.service == "iam" and (found := _PROJECT.fullmatch(resource)):
        return Project(clients.resourcemanager_url, clients.http(), found["project"])
    raise TargetRefusedError(
        actions.NO_POLICY(resource=resource[:100], service=incident.service), TargetRefusal.OTHER_TARGET
    )


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


def _resource(policy: Policy) -> Text:
    return resource_text(policy.name)
