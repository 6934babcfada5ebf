"""Restores the roles on a dataset as they were before the incident, according to the Schema DB.

It removes the roles that the dataset did not have before and grants those that it had, in one call with the etag.
Authorized views, routines and datasets, and the entries of project owners, editors and viewers stay as they are. Roles
of Hinomi's accounts are not removed, and roles of the public and of deleted members are not granted. Undo reverses
exactly these roles, and keeps all other changes that were made since.

The history must have read the policies at most `max_age_hours` before that time: a role that was granted between its last reading and the incident,
and is not in the audit log, would be removed too. Up to `max_changes` roles change in one run. Use `mode: approve`: the plan lists each role.
The incident is resolved when the roles are restored, and neither a role that its event granted nor a public one remains.

For `bigquery/dataset_made_public` and `bigquery/dataset_policy_public`, and any other incident about a dataset:

```yaml
  - name: restore-dataset-access
    match: {rule: bigquery/dataset_policy_public}
    action: restore_dataset_access
    mode: approve
```
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from handlers.context import ActionContext, parameter
from handlers.iam import resources
from handlers.iam.dataset import Dataset
from handlers.iam.grant import PolicyGrant, added, grant_of
from handlers.remediations import calls
from handlers.remediations.model import Outcome, Plan, Verdict
from shared.errors import ActionError, InputError, TargetRefusal, TargetRefusedError
from shared.identity.iam_names import member_name
from shared.records import IncidentView
from shared.texts import COMMA, Text, actions, joined
from shared.texts.remediations import bigquery as texts

NAME = "restore_dataset_access"
PERMISSIONS = Dataset.PERMISSIONS
DRY_RUN_PERMISSIONS = tuple(name for name in PERMISSIONS if name.endswith((".get", ".getIamPolicy")))
CALLS = (
    ("bigquery.googleapis.com", "google.cloud.bigquery.v2.DatasetService.UpdateDataset"),
    ("bigquery.googleapis.com", "google.cloud.bigquery.v2.DatasetService.PatchDataset"),
)

MOST_HOURS = 30 * 24
MOST_CHANGES = 100
_DATASET = re.compile(r"(?://bigquery\.googleapis\.com/)?projects/(?P<project>[^/]+)/datasets/\w{1,1024}", re.ASCII)
_BASIC = ("projectOwner:", "projectEditor:", "projectViewer:")
_JUST_BEFORE = timedelta(seconds=1)


@dataclass(frozen=True)
class Params:
    """The time whose roles are restored, and the limits of the change."""

    hours_before: int = parameter(
        f"Hours before the incident from which the roles are restored, up to {MOST_HOURS}; 0: just before the incident.",
        0,
    )
    max_age_hours: int = parameter("Maximum age in hours, at that time, of the last snapshot of the policies.", 3)
    max_changes: int = parameter("Maximum number of roles that one run may change.", 20)

    def __post_init__(self) -> None:
        limits = (("hours_before", 0, MOST_HOURS), ("max_age_hours", 1, MOST_HOURS), ("max_changes", 1, MOST_CHANGES))
        for name, least, most in limits:
            if not least <= getattr(self, name) <= most:
                raise InputError(texts.BETWEEN(name=name, least=least, most=most, value=getattr(self, name)))


@dataclass(frozen=True, slots=True)
class Change:
    """Roles to remove and to grant."""

    remove: Sequence[PolicyGrant] = ()
    add: Sequence[PolicyGrant] = ()

    def __len__(self) -> int:
        return len(self.remove) + len(self.add)

    @property
    def text(self) -> Text:
        """The roles as text."""
        parts = [texts.REMOVE_ROLES(grants=joined([_one(each) for each in self.remove]))] if self.remove else []
        parts += [texts.GRANT_ROLES(grants=joined([_one(each) for each in self.add]))] if self.add else []
        return joined(parts, COMMA)

    def as_dict(self) -> dict[str, list[dict[str, Any]]]:
        """The roles as JSON."""
        return {"remove": [each.as_dict() for each in self.remove], "add": [each.as_dict() for each in self.add]}


def target(incident: IncidentView, params: Params) -> str:
    """The dataset."""
    del params
    return incident.resource


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to remove and grant the roles that differ from those before the incident."""
    dataset = _dataset(context)
    at = context.incident.opened_at - timedelta(hours=params.hours_before) - _JUST_BEFORE
    earlier = _earlier(context, params, dataset, at)
    document = dataset.read()
    existing = dataset.grants(document)
    change = Change(
        [each for each in existing if each not in earlier and not _is_own(context, each)],
        [each for each in earlier if each not in existing and _may_grant(each)],
    )
    if len(change) > params.max_changes:
        too_many = texts.TOO_MANY_ROLES(count=len(change), most=params.max_changes)
        raise TargetRefusedError(too_many, TargetRefusal.LIMIT_REACHED)
    values: dict[str, str | Text] = {"resource": dataset.text, "time": _time(at), "changes": change.text}
    if not change:
        return Plan(texts.SAME_ACCESS(**values), details=change.as_dict())
    would, done = texts.WOULD_RESTORE_ACCESS(**values), texts.ACCESS_RESTORED(**values)
    return _changing(context, dataset, document, change, would=would, done=done)


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Writes the access entries with the etag that was read."""
    del params
    calls.make_all(context, plan)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the roles again."""
    del params
    dataset = _dataset(context)
    existing = dataset.grants(dataset.read())
    after = {"grants": [each.as_dict() for each in existing]}
    removed, granted = _grants(plan.details.get("remove", ())), _grants(plan.details.get("add", ()))
    if any(each in existing for each in removed) or any(each not in existing for each in granted):
        return Verdict(Outcome.NOT_FIXED, texts.CHANGED_AGAIN, after)
    of_event = added(context.incident.evidence.get("elements", {}))
    is_over = not any(each.is_public or each in of_event for each in existing)
    return Verdict(Outcome.FIXED, after=after, resolves=is_over)


def undo(context: ActionContext, params: Params, undo: dict[str, Any]) -> Plan:
    """Plans to reverse the changed roles that nobody has reversed yet; later changes stay."""
    del params
    dataset = _dataset(context)
    document = dataset.read()
    existing = dataset.grants(document)
    change = Change(
        [each for each in _grants(undo["remove"]) if each in existing],
        [each for each in _grants(undo["add"]) if each not in existing],
    )
    values = {"resource": dataset.text, "changes": change.text}
    if not change:
        return Plan(texts.REVERSED_ALREADY(**values), details=change.as_dict())
    would, done = texts.WOULD_REVERSE(**values), texts.REVERSED(**values)
    return _changing(context, dataset, document, change, would=would, done=done)


def _changing(
    context: ActionContext, dataset: Dataset, document: dict[str, Any], change: Change, *, would: Text, done: Text
) -> Plan:
    """The plan that removes and grants roles in one call; its undo has those of an interrupted attempt too."""
    made, noted = change.as_dict(), context.noted_undo or {}
    undo = {
        "add": _merged(noted.get("add", ()), made["remove"]),
        "remove": _merged(noted.get("remove", ()), made["add"]),
    }
    return Plan(
        would,
        calls=(dataset.write(dataset.including(dataset.without(document, change.remove), change.add), made),),
        done=done,
        precondition={"etag": document.get("etag")},
        before={"grants": [each.as_dict() for each in dataset.grants(document)]},
        undo=None if context.undoes is not None else undo,
        details=made,
    )


def _earlier(context: ActionContext, params: Params, dataset: Dataset, at: datetime) -> list[PolicyGrant]:
    """The roles at a time. Raises an error if the history does not answer, had not read them recently, or has none."""
    access = context.earlier_access(dataset.resource, at)
    if access is None:
        raise ActionError(texts.NO_ANSWER, permanent=False)
    if access.read_at is None or at - access.read_at > timedelta(hours=params.max_age_hours) or not access.grants:
        unknown = texts.ACCESS_UNKNOWN(resource=dataset.text, time=_time(at), hours=params.max_age_hours)
        raise TargetRefusedError(unknown, TargetRefusal.OTHER_TARGET)
    return [grant_of(each.role, each.member, each.condition) for each in access.grants]


def _dataset(context: ActionContext) -> Dataset:
    """The dataset of the incident, in its own project."""
    incident = context.incident
    found = _DATASET.fullmatch(incident.resource)
    policy = resources.policy_of(context.clients, incident) if found and found["project"] == incident.project else None
    if not isinstance(policy, Dataset):
        raise TargetRefusedError(texts.NO_DATASET(resource=incident.resource[:100]), TargetRefusal.OTHER_TARGET)
    return policy


def _may_grant(grant: PolicyGrant) -> bool:
    """Whether a role of the history may be granted: basic roles of the project are other entries, and stay."""
    return not grant.is_public and not grant.member.startswith(("deleted:", *_BASIC))


def _is_own(context: ActionContext, grant: PolicyGrant) -> bool:
    """Whether the member is an account of Hinomi."""
    return grant.member in {member_name(f"serviceAccount:{each}") for each in context.settings.service_accounts}


def _merged(noted: Iterable[dict[str, Any]], more: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    merged = list(noted)
    return merged + [each for each in more if each not in merged]


def _grants(stored: Iterable[Mapping[str, Any]]) -> list[PolicyGrant]:
    return [grant_of(each["role"], each["member"], each.get("condition")) for each in stored]


def _one(grant: PolicyGrant) -> Text:
    template = actions.CONDITIONAL_GRANT if grant.condition else actions.GRANT
    return template(member=grant.member, role=grant.role)


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
