"""Builds the findings and recoveries about Hinomi itself: a rejected message, a broken channel, or a misused account."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from shared.identity.fingerprint import fingerprint
from shared.model import Finding, IncidentKind, Recovery, Severity
from shared.texts import Text
from shared.texts.recorded import translations

SERVICE = "hinomi"
CHANNEL_BROKEN = "hinomi/channel_broken"
NOT_DELIVERED = "hinomi/notification_failed"
SILENCE_EXPIRES = "hinomi/silence_expires"
# Of the Cloud Run jobs of scripts: their failures are reported by the runs that started them.
JOB_PREFIX = "hinomi-script-"


def own_finding(  # noqa: PLR0913 - one for each part that differs
    rule: str,
    *,
    title: Text,
    summary: Text,
    resource: str,
    fault: Iterable[Any],
    severity: Severity = Severity.MEDIUM,
    kind: IncidentKind = IncidentKind.JOB_FAILURE,
    principal: str = "",
    **more: Any,
) -> Finding:
    """A finding about Hinomi itself. `fault` distinguishes the faults of a rule; `more` are further fields of Finding."""
    return Finding(
        rule=rule,
        title=title.en,
        kind=kind,
        severity=severity,
        service=SERVICE,
        resource=resource,
        principal=principal,
        summary=summary.en,
        fingerprint=fingerprint(rule, *fault),
        translations=translations(title=title, summary=summary),
        **more,
    )


def own_recovery(rule: str, *, fault: str, time: datetime, summary: Text) -> Recovery:
    """The recovery of the fault that `fault` distinguishes."""
    return Recovery(
        rule=rule,
        fingerprint=fingerprint(rule, fault),
        time=time,
        event_key=f"{rule}|{fault}|works|{time.isoformat()}",
        summary=summary.en,
        translations=translations(summary=summary),
    )
