"""Decides whether notification channels work.

A channel that rejects every message is broken, and its notifications wait.

A broken channel is retried with one notification, after 30 s, 1 min, 2 min … at most 15 min, by one worker at a time.
While it is broken there is an incident about it, and every failed attempt writes a log line on which an alert policy of
the platform acts (deploy/plan.yaml). The first message that it accepts repairs it, and releases the waiting notifications.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from db.error_db import channels, handler_rules, notifications, queries
from db.error_db.models import Channel
from db.sanitize import clean
from handlers.channels.incident import channel_broken, channel_unused, channel_works
from handlers.channels.part_names import SEPARATOR, channel_of
from handlers.owners.recipients import Recipients
from handlers.plan import plan, uses_channel
from handlers.spec import specs
from shared.errors import ActionError, ChannelError
from shared.logs import CANNOT_NOTIFY, log
from shared.model import Recovery
from shared.own_incidents import CHANNEL_BROKEN
from shared.records import IncidentChange

if TYPE_CHECKING:
    from db.error_db.transaction import ErrorTransaction

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
LONGEST_RETRY_AFTER = timedelta(hours=1)
LONG_RETRY_AFTER = timedelta(minutes=5)  # a channel that asks for so long is broken: people are notified elsewhere
# A channel that does not respond is broken after this many consecutive failures, over at least this time.
FAILURES = 3
FAILING = timedelta(minutes=1)
# The worker that tries a broken channel has this long before another one tries too.
ATTEMPT = timedelta(minutes=1)
CHANNEL_REMOVED = "channel_removed"  # why a run was skipped


def closed_until(transaction: ErrorTransaction, name: str, now: datetime) -> datetime | None:
    """The time until which the channel is closed; None if a message may be sent now.

    For a broken channel, None means that the caller makes this attempt; all others wait for its result. The channel is
    locked until the transaction ends, so that one worker at a time claims a notification.
    """
    channel = channels.lock(transaction.session, name, now)
    if channel.broken_since is None or channel.next_attempt_at is None:
        return None
    if now < channel.next_attempt_at:
        return channel.next_attempt_at
    channel.next_attempt_at = now + ATTEMPT
    return None


def failed(
    transaction: ErrorTransaction, name: str, error: ActionError, now: datetime, *, redact: tuple[str, ...] = ()
) -> tuple[datetime | None, list[IncidentChange]]:
    """Counts a failed attempt; if the channel is broken, returns the time of the next one, for which every planned run waits.

    Also returns the changes of the incident about the channel.
    """
    channel = channels.lock(transaction.session, name, now)
    channel.failures += 1
    channel.failing_since = channel.failing_since or now
    channel.reason = clean(error.text.en)
    channel.next_at = max(
        channel.next_at, now + _requested_wait(error.retry_after)
    )  # for every notification of the channel
    lasts = channel.failures >= FAILURES and now - channel.failing_since >= FAILING
    lasts = lasts or _requested_wait(error.retry_after) >= LONG_RETRY_AFTER
    if channel.broken_since is None and not isinstance(error, ChannelError) and not lasts:
        return None, []
    is_new = channel.broken_since is None
    if is_new:  # many notifications at once are many failures: the waits grow from here
        channel.failures = min(channel.failures, FAILURES)
    since = channel.broken_since = channel.broken_since or channel.failing_since
    until = channel.next_attempt_at = now + _wait(channel, error.retry_after)
    notifications.postpone_all(transaction.session, name, until)
    changes = transaction.record(channel_broken(name, error.text, now, since), redact=redact) if is_new else []
    plan(changes, transaction, now)
    log(
        "ERROR",
        f"{CANNOT_NOTIFY}: {error.text.en}",
        alert=CANNOT_NOTIFY,
        channel=name,
        since=since.isoformat(),
        attempts=channel.failures,
    )
    return until, changes


def not_tried(transaction: ErrorTransaction, name: str, now: datetime) -> None:
    """Gives up an attempt on a broken channel without sending anything, so that another notification may make it."""
    known = channels.find(transaction.session, name)
    if known is not None and known.broken_since is not None:
        channels.lock(transaction.session, name, now).next_attempt_at = now


def try_now(transaction: ErrorTransaction, name: str, now: datetime) -> bool | None:
    """Makes a broken channel and everything that waits for it due now, after a person corrected it.

    None if it is not broken. True if notifications wait: the channel stays broken until it accepts one, because the
    function may still call another address than the person did. False if none waits: the channel counts as working.
    """
    tried = [
        _try(transaction, each.name, now) for each in channels.broken(transaction.session) if _is_of(each.name, name)
    ]
    return any(tried) if tried else None


def _is_of(target: str, channel: str) -> bool:
    """Whether a target is the channel or a part of it."""
    return target == channel or target.startswith(f"{channel}{SEPARATOR}")


def _try(transaction: ErrorTransaction, name: str, now: datetime) -> bool:
    """Makes a broken channel due; returns whether notifications wait for it."""
    channel = channels.lock(transaction.session, name, now)
    if not notifications.waits(transaction.session, name):
        _repair(transaction, channel, channel_works(name, now), now)
        return False
    channel.next_attempt_at = now
    notifications.release_all(transaction.session, name, now)
    return True


def works(transaction: ErrorTransaction, name: str, now: datetime) -> list[IncidentChange]:
    """Records that the channel accepted a message. For a broken channel, the waiting notifications are released.

    Returns the changes of the incident about the channel.
    """
    known = channels.find(transaction.session, name)
    if known is None or known.failures == 0:
        return []
    channel = channels.lock(transaction.session, name, now)
    if channel.broken_since is None:
        _forget(channel)
        return []
    return _repair(transaction, channel, channel_works(name, now), now)


def _repair(transaction: ErrorTransaction, channel: Channel, recovery: Recovery, now: datetime) -> list[IncidentChange]:
    """Marks the channel as working; returns the changes of the incident about it."""
    _forget(channel)
    channel.repaired_at = now
    waited = notifications.release_all(transaction.session, channel.name, now)
    log("INFO", "the channel is not broken any more", channel=channel.name, waiting=waited)
    changes = transaction.recover(recovery)
    plan(changes, transaction, now)
    return changes


def _forget(channel: Channel) -> None:
    """Clears the failures of the channel."""
    channel.failures = 0
    channel.failing_since = channel.broken_since = channel.next_attempt_at = channel.reason = None


def drop_unused(transaction: ErrorTransaction, now: datetime) -> int:
    """Deletes broken channels that no handler rule uses, and skips their notifications; returns the number of channels.

    Otherwise they would be retried without end.
    """
    session = transaction.session
    broken = {channel.name for channel in channels.broken(session)}
    if not broken:
        return 0
    rules = specs(handler_rules.applied(session))
    recipients = Recipients.of_rules(session, rules)
    unused = 0
    for incident in queries.incidents(session, queries.IncidentFilter(text=CHANNEL_BROKEN), limit=len(broken) * 10):
        name = incident.resource
        if name not in broken or any(uses_channel(rule, channel_of(name), incident, recipients) for rule in rules):
            continue
        broken.remove(name)
        unused += 1
        drop(transaction, name, now)
        log("INFO", "no handler rule uses the broken channel any more", channel=name)
    return unused


def drop(transaction: ErrorTransaction, name: str, now: datetime) -> list[IncidentChange]:
    """Skips the notifications for a channel that is no longer used; returns the changes of its incident."""
    channel = channels.lock(transaction.session, name, now)
    notifications.skip_all(transaction.session, name, CHANNEL_REMOVED, now)
    return _repair(transaction, channel, channel_unused(name, now), now)


def _wait(channel: Channel, retry_after: float | None) -> timedelta:
    """The delay: 30 s after the attempt that broke the channel, then doubled, at least what the channel asks for."""
    wait = min(FIRST_WAIT * (1 << min(channel.failures - 1, 10)), LONGEST_WAIT)
    return max(wait, _requested_wait(retry_after))


def _requested_wait(retry_after: float | None) -> timedelta:
    return min(timedelta(seconds=retry_after or 0), LONGEST_RETRY_AFTER)
