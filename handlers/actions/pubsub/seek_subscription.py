"""Seeks the subscription of an incident to a time or a snapshot, so that messages are delivered again or dropped.

`to: opened` delivers again what was published since the incident opened, and `minutes_before` earlier: for messages that a broken reader
acknowledged. The subscription must keep acknowledged messages (`retainAckedMessages`), or its topic messages. `to: now` marks
everything published so far as acknowledged: for a backlog that nobody needs. `to: snapshot` restores the acknowledgements of a `snapshot` in
the project of the subscription.

The subscription comes from the label `subscription_id` or `subscription`, or the resource (`PROJECT/SUBSCRIPTION`), in the project of the
incident. Before it seeks, the action creates a snapshot `hinomi-…` of the acknowledgements. Undo seeks to this snapshot and deletes it;
messages that were acknowledged or published since are then delivered again. Google deletes the snapshot after seven days less the age of the oldest
unacknowledged message; then there is no undo. A seek whose response was lost is made again, to the same time.

For `load/pubsub_oldest_message` and `load/pubsub_backlog`; their recovery resolves the incident:

```yaml
  - name: drop-stale-events
    match: {rule: load/pubsub_backlog, resource: example-project/click-preview}
    action: seek_subscription
    params: {to: now}
    mode: approve
```
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from handlers.actions.pubsub._api import SNAPSHOT_ID, PubSubApi, SubscriptionName, subscription_of
from handlers.context import ActionContext, parameter
from handlers.remediations import calls
from handlers.remediations.model import Call, Effect, Outcome, Plan, Verdict
from shared.errors import InputError, TargetRefusal, TargetRefusedError
from shared.records import IncidentView
from shared.texts import Text, listed
from shared.texts.remediations import pubsub as texts

NAME = "seek_subscription"
DRY_RUN_PERMISSIONS = ("pubsub.subscriptions.get", "pubsub.snapshots.get")
PERMISSIONS = (
    *DRY_RUN_PERMISSIONS,
    "pubsub.snapshots.create",
    "pubsub.snapshots.delete",
    "pubsub.snapshots.seek",
    "pubsub.subscriptions.consume",
)
CALLS = (
    ("pubsub.googleapis.com", "google.pubsub.v1.Subscriber.CreateSnapshot"),
    ("pubsub.googleapis.com", "google.pubsub.v1.Subscriber.DeleteSnapshot"),
    ("pubsub.googleapis.com", "google.pubsub.v1.Subscriber.Seek"),
)
OPENED, NOW, SNAPSHOT = "opened", "now", "snapshot"
CHOICES = (OPENED, NOW, SNAPSHOT)
MOST_MINUTES = 31 * 24 * 60  # the longest retention of a topic


@dataclass(frozen=True)
class Params:
    """`to` is one of CHOICES."""

    to: str = parameter(
        "`opened` (the time at which the incident opened), `now` (acknowledges everything so far) or `snapshot`."
    )
    minutes_before: int = parameter(f"With `opened`: minutes before the opening, 0 to {MOST_MINUTES}.", 10)
    snapshot: str = parameter("With `snapshot`: its id, in the project of the subscription.", "")

    def __post_init__(self) -> None:
        if self.to not in CHOICES:
            raise InputError(texts.TO(choices=listed(CHOICES)))
        if not 0 <= self.minutes_before <= MOST_MINUTES:
            raise InputError(texts.MINUTES(most=MOST_MINUTES, value=self.minutes_before))
        if bool(self.snapshot) is not (self.to == SNAPSHOT) or (
            self.snapshot and not SNAPSHOT_ID.fullmatch(self.snapshot)
        ):
            raise InputError(texts.SNAPSHOT_ID)


def target(incident: IncidentView, params: Params) -> str:
    """The subscription."""
    del params
    return subscription_of(incident).full


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans a snapshot of the acknowledgements and the seek, unless this run has made them."""
    name, api = subscription_of(context.incident), PubSubApi(context.clients)
    subscription = api.subscription(name.full)
    if subscription.get("detached"):
        raise TargetRefusedError(texts.DETACHED(name=name.full), TargetRefusal.OTHER_TARGET)
    time = _time(context, params)
    seek, where = _seek(api, name, params, time)
    if context.journal.effect_of(seek) is Effect.MADE:
        return Plan(texts.MOVED(name=name.full, where=where))
    _check_can_seek(api, name, subscription, params)
    backup = f"projects/{name.project}/snapshots/hinomi-{context.run_key('seek')}"
    created = () if api.snapshot(backup) else (api.create_snapshot(backup, name.full),)
    return Plan(
        texts.WOULD_SEEK(name=name.full, where=where),
        calls=(*created, seek),
        done=texts.MOVED(name=name.full, where=where),
        before={
            key: subscription.get(key) for key in ("topic", "retainAckedMessages", "topicMessageRetentionDuration")
        },
        undo={"subscription": name.full, "snapshot": backup},
        details={"time": time.isoformat()},
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Creates the snapshot, and seeks."""
    del params
    calls.make_all(context, plan)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads nothing, because Pub/Sub does not show the position of a subscription.

    Later, the metric shows whether the fault is over.
    """
    del context, params, plan
    return Verdict(Outcome.BY_EVENT)


def undo(context: ActionContext, params: Params, undo: dict[str, Any]) -> Plan:
    """Plans to seek to the earlier snapshot and delete it. Raises TargetRefusedError if it no longer exists.

    For a run that failed before its seek, only the snapshot is deleted.
    """
    del params
    api, name, snapshot = PubSubApi(context.clients), undo["subscription"], undo["snapshot"]
    delete, seek = api.delete_snapshot(snapshot), api.seek(name, {"snapshot": snapshot})
    if not calls.may_have_made(context, seek.method, seek.url):
        return Plan(
            texts.NOT_MOVED(name=name),
            calls=(delete,) if api.snapshot(snapshot) else (),
            done=texts.NOT_MOVED(name=name),
        )
    if api.snapshot(snapshot) is None:
        if not context.journal.may_have_changed:
            raise TargetRefusedError(texts.SNAPSHOT_GONE(name=snapshot), TargetRefusal.TARGET_CHANGED)
        return Plan(texts.RESTORED(name=name))
    return Plan(
        texts.WOULD_RESTORE(name=name),
        calls=(seek, delete),
        done=texts.RESTORED(name=name),
    )


def _time(context: ActionContext, params: Params) -> datetime:
    """The time to seek to; if an earlier attempt of this run may have taken effect, its time."""
    if context.journal.plan and "time" in context.journal.plan.details:
        return datetime.fromisoformat(context.journal.plan.details["time"])
    if params.to == OPENED:
        return context.incident.opened_at - timedelta(minutes=params.minutes_before)
    return context.now


def _seek(api: PubSubApi, name: SubscriptionName, params: Params, time: datetime) -> tuple[Call, Text]:
    """The call, and where it seeks to. What is approved for `now` is the time at which the run starts."""
    if params.to == SNAPSHOT:
        snapshot = f"projects/{name.project}/snapshots/{params.snapshot}"
        return api.seek(name.full, {"snapshot": snapshot}), texts.TO_SNAPSHOT(name=params.snapshot)
    at = time.astimezone(UTC)
    body = {"time": at.isoformat().replace("+00:00", "Z")}
    if params.to == NOW:
        return api.seek(name.full, body, shows={"time": NOW}), texts.TO_NOW
    return api.seek(name.full, body), texts.TO_TIME(time=f"{at:%Y-%m-%d %H:%M:%S} UTC")


def _check_can_seek(api: PubSubApi, name: SubscriptionName, subscription: dict[str, Any], params: Params) -> None:
    """Checks that the seek has an effect: acknowledged messages are kept, or the snapshot is of the same topic."""
    is_retained = subscription.get("retainAckedMessages") or subscription.get("topicMessageRetentionDuration")
    if params.to == OPENED and not is_retained:
        raise TargetRefusedError(texts.NOT_RETAINED(name=name.full), TargetRefusal.OTHER_TARGET)
    if params.to == SNAPSHOT:
        full = f"projects/{name.project}/snapshots/{params.snapshot}"
        snapshot = api.snapshot(full)
        if snapshot is None:
            raise TargetRefusedError(texts.NO_SNAPSHOT(name=full), TargetRefusal.TARGET_NOT_FOUND)
        if snapshot.get("topic") != subscription.get("topic"):
            raise TargetRefusedError(texts.OTHER_TOPIC(name=full), TargetRefusal.OTHER_TARGET)
