"""Findings about Hinomi itself."""

from __future__ import annotations

from datetime import datetime

from collectors.metrics_analysis.sigma import template
from shared.fingerprint import fingerprint
from shared.model import Finding, IncidentKind, Severity
from shared.texts import Text, findings
from shared.texts.recorded import translations

REJECTED = "hinomi/message_rejected"
# Rejections in the same slot of so many seconds are one occurrence, so that a flood of them adds no rows.
_SLOT = 600
_QUIET = 6 * 3600


def rejection(reason: Text, now: datetime) -> Finding:
    """The finding about rejected messages: one incident, which resolves after six hours without a rejection."""
    slot = int(now.timestamp()) // _SLOT
    shown = Text(en=template.show(reason.en), ja=template.show(reason.ja))
    summary = findings.MESSAGE_REJECTED(reason=shown)
    return Finding(
        rule=REJECTED,
        title=findings.MESSAGES_REJECTED.en,
        kind=IncidentKind.JOB_FAILURE,
        severity=Severity.MEDIUM,
        service="hinomi",
        resource="rejected_messages",
        principal="",
        summary=summary.en,
        fingerprint=fingerprint(REJECTED),
        time=now,
        event_key=f"{REJECTED}|{slot}",
        quiet_seconds=_QUIET,
        translations=translations(title=findings.MESSAGES_REJECTED, summary=summary),
    )
