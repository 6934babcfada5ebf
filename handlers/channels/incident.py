"""The incident about a notification channel that does not work."""

from __future__ import annotations

from datetime import datetime

from shared.model import Finding, Recovery, Severity
from shared.own_incidents import CHANNEL_BROKEN, own_finding, own_recovery
from shared.texts import Text, findings


def channel_broken(channel: str, reason: Text, now: datetime, since: datetime) -> Finding:
    """The finding that a channel, such as `teams:default`, has accepted no notifications since then."""
    return own_finding(
        CHANNEL_BROKEN,
        title=findings.CHANNEL_BROKEN_TITLE,
        summary=findings.CHANNEL_BROKEN(channel=channel, reason=reason),
        resource=channel,
        fault=[channel],
        severity=Severity.HIGH,
        time=now,
        since=since,
        event_key=f"{CHANNEL_BROKEN}|{channel}|{now.isoformat()}",
        labels={"channel": channel},
    )


def channel_works(channel: str, now: datetime) -> Recovery:
    """The recovery when the channel accepts a message again."""
    return own_recovery(CHANNEL_BROKEN, fault=channel, time=now, summary=findings.CHANNEL_WORKS(channel=channel))


def channel_unused(channel: str, now: datetime) -> Recovery:
    """The recovery when no handler rule uses the channel now."""
    return own_recovery(CHANNEL_BROKEN, fault=channel, time=now, summary=findings.CHANNEL_UNUSED(channel=channel))
