"""The incident about a notification channel that does not work."""

from __future__ import annotations

from datetime import datetime

from shared.identity.fingerprint import fingerprint
from shared.model import Finding, IncidentKind, Recovery, Severity
from shared.texts import Text, findings
from shared.texts.recorded import translations

CHANNEL_BROKEN = "hinomi/channel_broken"


def channel_broken(channel: str, reason: Text, now: datetime, since: datetime) -> Finding:
    """The finding that a channel, such as `teams:default`, has accepted no notifications since then."""
    summary = findings.CHANNEL_BROKEN(channel=channel, reason=reason)
    return Finding(
        rule=CHANNEL_BROKEN,
        title=findings.CHANNEL_BROKEN_TITLE.en,
        kind=IncidentKind.JOB_FAILURE,
        severity=Severity.HIGH,
        service="hinomi",
        resource=channel,
        principal="",
        summary=summary.en,
        fingerprint=fingerprint(CHANNEL_BROKEN, channel),
        time=now,
        since=since,
        event_key=f"{CHANNEL_BROKEN}|{channel}|{now.isoformat()}",
        labels={"channel": channel},
        translations=translations(title=findings.CHANNEL_BROKEN_TITLE, summary=summary),
    )


def channel_works(channel: str, now: datetime) -> Recovery:
    """The recovery when the channel accepts a message again."""
    summary = findings.CHANNEL_WORKS(channel=channel)
    return Recovery(
        rule=CHANNEL_BROKEN,
        fingerprint=fingerprint(CHANNEL_BROKEN, channel),
        time=now,
        event_key=f"{CHANNEL_BROKEN}|{channel}|works|{now.isoformat()}",
        summary=summary.en,
        translations=translations(summary=summary),
    )
