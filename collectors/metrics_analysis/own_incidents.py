"""Findings about Hinomi itself."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from collectors.metrics_analysis.routes import OPEN_ROUTE
from collectors.metrics_analysis.sigma import template
from shared.model import Finding, Recovery
from shared.next_steps import next_step
from shared.own_incidents import own_finding, own_recovery
from shared.texts import Text, findings
from shared.texts import next_steps as steps

if TYPE_CHECKING:
    from insights.collector_health import DeadCollector

REJECTED = "hinomi/message_rejected"
COLLECTOR_DEAD = "hinomi/collector_dead"
MOST_SCOPES = 5
# Rejections within the same slot of this many seconds are one occurrence, so that a flood of them adds no rows.
_SLOT = 600
_QUIET = 6 * 3600


def rejection(reason: Text, now: datetime, route: str = OPEN_ROUTE) -> Finding:
    """The finding about rejected messages: one incident per path, which resolves after six hours without a rejection.

    The rejections on one path cannot hide those on the path of another sender.
    """
    slot = int(now.timestamp()) // _SLOT
    path = "" if route == OPEN_ROUTE else route
    shown = Text(en=_sentence(template.show(reason.en)), ja=template.show(reason.ja))
    return own_finding(
        REJECTED,
        title=findings.MESSAGES_REJECTED,
        summary=findings.MESSAGE_REJECTED(reason=shown),
        resource=f"rejected_messages{path}",
        fault=(path,) if path else (),
        time=now,
        event_key=f"{REJECTED}{path}|{slot}",
        quiet_seconds=_QUIET,
        next_steps=(next_step(steps.SEE_REJECTED, ("hinomi", "dlq", "list")),),
    )


def _sentence(reason: str) -> str:
    """The reason as the headline of an incident."""
    return reason[:1].upper() + reason[1:]


def collector_dead(dead: DeadCollector, now: datetime) -> Finding:
    """The finding about a dead history collector, or about all collectors."""
    since = dead.since.strftime("%Y-%m-%d %H:%M UTC")
    scopes, error = ", ".join(dead.scopes[:MOST_SCOPES]), Text.verbatim(template.show(dead.error))
    template_of = findings.COLLECTOR_FAILS if dead.error else findings.COLLECTOR_SILENT
    return own_finding(
        COLLECTOR_DEAD,
        title=findings.COLLECTOR_DEAD,
        summary=template_of(name=dead.name, since=since, scopes=scopes or "–", error=error),
        resource=dead.name,
        fault=[dead.name],
        time=now,
        since=dead.since,
        event_key=f"{COLLECTOR_DEAD}|{dead.name}|{dead.since.isoformat()}",
        labels={"collector": dead.name},
        next_steps=(next_step(steps.CHECK_INSTALLATION, ("hinomi", "doctor")),),
    )


def collector_works(name: str, now: datetime) -> Recovery:
    """The recovery of a collector that succeeds again."""
    return own_recovery(COLLECTOR_DEAD, fault=name, time=now, summary=findings.COLLECTOR_WORKS(name=name))
