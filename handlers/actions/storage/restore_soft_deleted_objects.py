"""Restores the objects of a bucket that were deleted during an incident, as far as soft delete retained them.

The period is from `minutes_before` the opening of the incident until shortly after its latest occurrence. Cloud Storage
does not record who deleted a soft-deleted object, so objects that somebody else or a lifecycle rule deleted in that
period are restored too. Objects that exist again are never overwritten. If more than `max_objects` objects are missing,
nothing is restored. The restored objects get the bucket's default access control list. In a bucket with Object
Versioning a deleted object becomes a noncurrent version, which this action does not restore. There is no undo: it would
delete objects.

Use it for `storage/objects_deleted_in_bulk`; it resolves its incident when no object is missing:

    - {name: restore-objects, match: {rule: storage/objects_deleted_in_bulk}, action: restore_soft_deleted_objects, mode: approve}

Format: docs.cloud.google.com/storage/docs/json_api/v1/objects/bulkRestore, a long-running operation: the action looks again until all objects exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from handlers.actions.storage import _api
from handlers.context import ActionContext, parameter
from handlers.remediations import calls
from handlers.remediations.model import Call, Outcome, Plan, Verdict
from shared.errors import InputError, TargetRefusal, TargetRefusedError
from shared.records import IncidentView
from shared.texts.remediations import storage as texts

NAME = "restore_soft_deleted_objects"
DRY_RUN_PERMISSIONS = ("storage.objects.list",)
PERMISSIONS = (*DRY_RUN_PERMISSIONS, "storage.buckets.restore", "storage.objects.restore", "storage.objects.create")
JOB_PERMISSIONS = PERMISSIONS  # the operation, and the look at its result, go on after the run
# The page of bulkRestore has these permissions. Audit logs name a call by its id in the discovery document ("restoring soft-deleted objects"
# is DATA_WRITE on docs.cloud.google.com/storage/docs/audit-logging); each restored object is a call too.
CALLS = tuple(
    ("storage.googleapis.com", f"storage.objects.{verb}") for verb in ("list", "bulkRestore", "restore", "create")
)
MOST_OBJECTS, MOST_MINUTES = 100_000, 24 * 60
AFTER = timedelta(minutes=2)  # entries arrive one after the other; the last deletion may be without an entry yet
PAGES = 100
LOOK_AGAIN_SECONDS = 120.0
VERIFY_SECONDS = 6 * 3600


@dataclass(frozen=True)
class Params:
    """The limits of the restoration."""

    max_objects: int = parameter(
        f"Maximum number of objects; if more are missing, nothing is restored. 1 to {MOST_OBJECTS}.", 10_000
    )
    minutes_before: int = parameter(
        f"The minutes before the opening of the incident in which objects were deleted, 1 to {MOST_MINUTES}.", 15
    )

    def __post_init__(self) -> None:
        for name, value, most in (
            ("max_objects", self.max_objects, MOST_OBJECTS),
            ("minutes_before", self.minutes_before, MOST_MINUTES),
        ):
            if not 1 <= value <= most:
                raise InputError(texts.OUT_OF_RANGE(name=name, value=value, least=1, most=most))


def target(incident: IncidentView, params: Params) -> str:
    """The bucket."""
    del params
    return _api.name_of(incident)


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans to restore the objects that were deleted in the period and do not exist."""
    bucket, (since, until) = _api.bucket_of(context.incident), _window(context.incident, params)
    names = {"bucket": bucket, "since": f"{since:%Y-%m-%d %H:%M:%S} UTC", "until": f"{until:%H:%M:%S} UTC"}
    deleted = _deleted(context, bucket, since, until)
    if not deleted:
        raise TargetRefusedError(texts.NOTHING_DELETED(**names), TargetRefusal.OTHER_TARGET)
    missing = _missing(context, bucket, deleted)
    if not missing:
        return Plan(texts.ALL_EXIST(count=len(deleted), bucket=bucket), before={"missing": 0})
    if len(missing) > params.max_objects:
        too_many = texts.TOO_MANY(count=len(missing), bucket=bucket, most=params.max_objects)
        raise TargetRefusedError(too_many, TargetRefusal.LIMIT_REACHED)
    body = {
        "softDeletedAfterTime": since.isoformat(),
        "softDeletedBeforeTime": until.isoformat(),
        "allowOverwrite": False,
    }
    return Plan(
        texts.WOULD_RESTORE(count=len(missing), **names),
        calls=(Call(texts.RESTORE(**names), "POST", f"{_api.url(context, bucket)}/o/bulkRestore", body),),
        done=texts.RESTORED(count=len(missing), bucket=bucket),
        precondition={"allowOverwrite": False},
        before={"missing": len(missing), "examples": sorted(missing)[:20]},
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Starts the operation."""
    del params
    calls.make_all(context, plan)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads which objects are still missing; the operation restores them one after the other."""
    del plan
    bucket, (since, until) = _api.bucket_of(context.incident), _window(context.incident, params)
    missing = _missing(context, bucket, _deleted(context, bucket, since, until))
    after = {"missing": len(missing), "examples": sorted(missing)[:20]}
    if not missing:
        return Verdict(Outcome.FIXED, after=after)
    text = texts.ARE_MISSING(count=len(missing))
    return Verdict(Outcome.NOT_YET, text, after, look_again_seconds=LOOK_AGAIN_SECONDS)


def _window(incident: IncidentView, params: Params) -> tuple[datetime, datetime]:
    start = incident.opened_at - timedelta(minutes=params.minutes_before)
    return start.astimezone(UTC), (incident.last_seen_at + AFTER).astimezone(UTC)


def _deleted(context: ActionContext, bucket: str, since: datetime, until: datetime) -> set[str]:
    return {each.name for each in _api.soft_deleted(context, bucket, PAGES) if since < each.time < until}


def _missing(context: ActionContext, bucket: str, deleted: set[str]) -> set[str]:
    if not deleted:
        return set()
    return deleted - _api.live_between(context, bucket, min(deleted), max(deleted), PAGES)
