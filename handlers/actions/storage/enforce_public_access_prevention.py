"""Enforces public access prevention on the bucket that an event made public, so that grants to everybody have no effect.

It also ends the public access to single objects by access control lists, which `remove_iam_member` cannot revoke. The grants themselves
stay in the policy. The setting is changed only if the bucket's metageneration has not changed since it was read. Undo restores the earlier
setting; the grants that are still in the policy then take effect again. An object that a website serves from the bucket is no longer
readable: use `mode: approve` where buckets may be public on purpose.

Use it for `storage/bucket_made_public` and `storage/object_made_public`; it resolves their incidents:

    - {name: close-buckets, match: {rule: 'storage/*_made_public'}, action: enforce_public_access_prevention, mode: approve}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from handlers.actions.storage import _api
from handlers.context import ActionContext
from handlers.iam.grant import BINDING_DELTAS, added
from handlers.remediations import calls
from handlers.remediations.model import Call, Outcome, Plan, Verdict
from shared.errors import TargetRefusal, TargetRefusedError
from shared.records import IncidentView
from shared.texts import Text
from shared.texts.remediations import storage as texts

NAME = "enforce_public_access_prevention"
DRY_RUN_PERMISSIONS = ("storage.buckets.get",)
# docs.cloud.google.com/storage/docs/using-public-access-prevention, required permissions
PERMISSIONS = (*DRY_RUN_PERMISSIONS, "storage.buckets.update", "storage.buckets.setIamPolicy")
EVIDENCE = BINDING_DELTAS
CALLS = (("storage.googleapis.com", "storage.buckets.update"),)
ENFORCED, INHERITED = "enforced", "inherited"


@dataclass(frozen=True)
class Params:
    """No parameters: the incident names the bucket."""


def target(incident: IncidentView, params: Params) -> str:
    """The bucket."""
    del params
    return _api.name_of(incident)


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to enforce it if the event made the bucket or an object public and it is not enforced."""
    del params
    bucket = _api.bucket_of(context.incident)
    grants = added(context.incident.evidence.get("elements", {}))
    if not any(grant.is_public for grant in grants):
        raise TargetRefusedError(texts.NOT_PUBLIC(bucket=bucket), TargetRefusal.OTHER_TARGET)
    metadata = _api.read_bucket(context, bucket)
    if _setting(metadata) == ENFORCED:
        return Plan(texts.IS_ENFORCED(bucket=bucket), before=_shown(metadata))
    return Plan(
        texts.WOULD_ENFORCE(bucket=bucket),
        calls=(_write(context, metadata, bucket, ENFORCED, texts.ENFORCE(bucket=bucket)),),
        done=texts.ENFORCED(bucket=bucket),
        precondition={"metageneration": metadata.get("metageneration")},
        before=_shown(metadata),
        undo={"publicAccessPrevention": _setting(metadata)},
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Writes the setting if the bucket is still as it was read."""
    del params
    calls.make_all(context, plan)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the setting again."""
    del params, plan
    bucket = _api.bucket_of(context.incident)
    metadata = _api.read_bucket(context, bucket)
    if _setting(metadata) == ENFORCED:
        return Verdict(Outcome.FIXED, after=_shown(metadata))
    return Verdict(Outcome.NOT_FIXED, texts.STILL_INHERITED(bucket=bucket, value=_setting(metadata)), _shown(metadata))


def undo(context: ActionContext, params: Params, undo: dict[str, Any]) -> Plan:
    """Plans to restore the earlier setting."""
    del params
    bucket = _api.bucket_of(context.incident)
    metadata = _api.read_bucket(context, bucket)
    if _setting(metadata) != ENFORCED:
        return Plan(texts.NOT_ENFORCED(bucket=bucket, value=_setting(metadata)), before=_shown(metadata))
    earlier = str(undo.get("publicAccessPrevention") or INHERITED)
    names = {"bucket": bucket, "value": earlier}
    return Plan(
        texts.WOULD_SET_BACK(**names),
        calls=(_write(context, metadata, bucket, earlier, texts.SET_BACK(**names)),),
        done=texts.WAS_SET_BACK(**names),
        precondition={"metageneration": metadata.get("metageneration")},
        before=_shown(metadata),
    )


def _write(context: ActionContext, metadata: dict[str, Any], bucket: str, value: str, does: Text) -> Call:
    body = {"iamConfiguration": {"publicAccessPrevention": value}}
    query = {"ifMetagenerationMatch": str(metadata["metageneration"]), "projection": "noAcl"}
    return Call(does, "PATCH", _api.url(context, bucket), body, query=query)


def _setting(metadata: dict[str, Any]) -> str:
    return str((metadata.get("iamConfiguration") or {}).get("publicAccessPrevention") or INHERITED)


def _shown(metadata: dict[str, Any]) -> dict[str, Any]:
    return {"publicAccessPrevention": _setting(metadata)}
