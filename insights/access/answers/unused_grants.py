"""The grants that nobody used, and whether each is intended: revoke the unintended ones first."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from insights.access import queries
from insights.access.answers.intent import Intent, Intentions, Judgement
from insights.access.model import Access
from insights.access.platform_map import PlatformMap
from insights.access.usage import UsageEvidence, UsageSummary

INTENTS = tuple(Intent)


def unused_grants(
    session: Session,
    at: datetime,
    platform_map: PlatformMap | None,
    summary: UsageSummary,
    *,
    days: int,
    most: int | None = None,
    most_assessed: int | None = None,
) -> list[tuple[Access, Judgement]]:
    """The grants unused in the last `days`: the unintended first, then by member.

    At most `most_assessed` grants are assessed, and the first `most` of the unused ones are returned. `summary` counts the
    assessed grants and collects the limits of the answer. Without a map the intent of every grant is unknown.
    """
    evidence = UsageEvidence(session, at, days, on_demand=most_assessed is not None)
    intentions = Intentions(session, platform_map, evidence.hierarchy, evidence.roles, at)
    assessed = queries.unused(session, at, days=days, summary=summary, most=most_assessed, evidence=evidence)
    rows = [(row, intentions.of(row.grant)) for row in assessed]
    return sorted(rows, key=lambda each: INTENTS.index(each[1].intent))[:most]
