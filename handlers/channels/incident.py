"""The incidents about a broken notification channel, and about notifications that a channel does not accept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from handlers.channels.part_names import channel_of
from shared.model import Finding, NextStep, Recovery, Severity
from shared.next_steps import next_step
from shared.own_incidents import CHANNEL_BROKEN, NOT_DELIVERED, own_finding, own_recovery
from shared.records import RunView
from shared.texts import Text, findings
from shared.texts import next_steps as steps

MOST_LISTED = 20  # incidents
DAY = 86_400  # seconds


def channel_broken(channel: str, reason: Text, now: datetime, since: datetime) -> Finding:
    """The finding that a channel, such as `teams:default`, has accepted no notifications since a time."""
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
        next_steps=(next_step(steps.CORRECT_CHANNEL, ("hinomi", "doctor")), _test(channel)),
    )


def _test(channel: str) -> NextStep:
    """The next step that tests a channel such as `teams:default`."""
    notifier, _, name = channel_of(channel).partition(":")
    return next_step(steps.TEST_CHANNEL, ("hinomi", "notify-test", f"--notifier={notifier}", f"--channel={name}"))


def not_delivered(runs: Sequence[RunView], reason: Text, now: datetime) -> Finding:
    """The finding that a channel accepts other notifications, but not those of these runs; it lists their incidents."""
    channel, numbers = runs[0].target, sorted({run.incident_id for run in runs})
    listed = ", ".join(f"#{number}" for number in numbers[:MOST_LISTED])
    more = f" … ({len(numbers)})" if len(numbers) > MOST_LISTED else ""
    return own_finding(
        NOT_DELIVERED,
        title=findings.NOT_DELIVERED_TITLE,
        summary=findings.NOT_DELIVERED(channel=channel, incidents=f"{listed}{more}", reason=reason),
        resource=channel,
        fault=[channel, numbers[0]],
        severity=Severity.HIGH,
        time=now,
        event_key=f"{NOT_DELIVERED}|{runs[0].id}",
        quiet_seconds=DAY,
        labels={"channel": channel, "incidents": f"{listed}{more}"},
    )


def channel_works(channel: str, now: datetime) -> Recovery:
    """The recovery when the channel accepts a message again."""
    return own_recovery(CHANNEL_BROKEN, fault=channel, time=now, summary=findings.CHANNEL_WORKS(channel=channel))


def channel_unused(channel: str, now: datetime) -> Recovery:
    """The recovery when no handler rule uses the channel now."""
    return own_recovery(CHANNEL_BROKEN, fault=channel, time=now, summary=findings.CHANNEL_UNUSED(channel=channel))
