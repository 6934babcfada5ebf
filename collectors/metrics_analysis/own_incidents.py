"""Findings about Hinomi itself."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from collectors.metrics_analysis.sigma import template
from shared.identity.fingerprint import fingerprint
from shared.model import Finding, IncidentKind, Recovery, Severity
from shared.texts import Text, findings
from shared.texts.recorded import translations

if TYPE_CHECKING:
    from insights.collector_health import DeadCollector

REJECTED = "hinomi/message_rejected"
COLLECTOR_DEAD = "hinomi/collector_dead"
MOST_SCOPES = 5
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


def collector_dead(dead: DeadCollector, now: datetime) -> Finding:
    """The finding about a dead history collector, or about all of them."""
    since = dead.since.strftime("%Y-%m-%d %H:%M UTC")
    scopes, error = ", ".join(dead.scopes[:MOST_SCOPES]), Text.verbatim(template.show(dead.error))
    template_of = findings.COLLECTOR_FAILS if dead.error else findings.COLLECTOR_SILENT
    summary = template_of(name=dead.name, since=since, scopes=scopes or "–", error=error)
    return Finding(
        rule=COLLECTOR_DEAD,
        title=findings.COLLECTOR_DEAD.en,
        kind=IncidentKind.JOB_FAILURE,
        severity=Severity.MEDIUM,
        service="hinomi",
        resource=dead.name,
        principal="",
        summary=summary.en,
        fingerprint=fingerprint(COLLECTOR_DEAD, dead.name),
        time=now,
        since=dead.since,
        event_key=f"{COLLECTOR_DEAD}|{dead.name}|{dead.since.isoformat()}",
        labels={"collector": dead.name},
        translations=translations(title=findings.COLLECTOR_DEAD, summary=summary),
    )


def collector_works(name: str, now: datetime) -> Recovery:
    """The recovery of a collector that succeeds again."""
    summary = findings.COLLECTOR_WORKS(name=name)
    return Recovery(
        rule=COLLECTOR_DEAD,
        fingerprint=fingerprint(COLLECTOR_DEAD, name),
        time=now,
        event_key=f"{COLLECTOR_DEAD}|{name}|works|{now.isoformat()}",
        summary=summary.en,
        translations=translations(summary=summary),
    )
