"""Changed settings of Kafka connectors before an incident, as the readings of Kafka Connect show them.

Kafka Connect has no audit log: the history compares the configurations of two readings (docs/kafka.md), so that a change is
dated at the earlier one, and who made it is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import FinePoint, StoredSeries
from insights.causes.affected import Affected
from insights.causes.change import CandidateChange, shared_with
from insights.causes.model import ChangeKind, Statement
from insights.causes.names import Place
from shared.kafka.observation import CHANGED_SETTINGS
from shared.texts import causes as texts


def settings(session: Session, affected: Affected, since: datetime) -> Iterator[CandidateChange]:
    """The changes of the connectors that the incident names, the latest change of each."""
    named = {name for collection, name in affected.own | affected.around if collection == "connectors"}
    if not named:
        return
    query = (
        select(StoredSeries.labels, FinePoint.time, FinePoint.value)
        .join(FinePoint, FinePoint.series_id == StoredSeries.id)
        .where(
            StoredSeries.metric == CHANGED_SETTINGS,
            FinePoint.time >= since,
            FinePoint.time <= affected.incident.opened_at,
        )
        .order_by(FinePoint.time)
    )
    latest = {str(row.labels.get("connector")): row for row in session.execute(query)}
    for name in sorted(named & set(latest)):
        place = Place(("connectors", name))
        shared = shared_with(affected, place)
        if shared is not None:
            count = str(int(latest[name].value))
            what = Statement(texts.CONNECTOR_CHANGED, {"resource": name})
            evidence = (
                Statement(texts.CHANGED_KEYS.form(int(count)), {"count": count}),
                Statement(texts.BETWEEN_READINGS),
            )
            yield CandidateChange(ChangeKind.DEPLOYMENT, latest[name].time, what, "", shared, evidence)
