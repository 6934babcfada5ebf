"""The changes that led to four of the failures: each was made by a person on a database, a service or a table.

The incident of each of these failures must name its own change; all other incidents must say that no cause was found,
on the page and on the first card.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from db.engine import make_engine
from db.error_db import queries
from db.error_db.models import Incident
from db.error_db.store import ErrorStore
from db.schema_db.store import SchemaStore
from db.schema_db.write.rows import write
from demo.entries import PROJECT
from demo.situations.quality import CHECK
from demo.world import SOURCE, TASK
from insights.causes.changes import before
from insights.causes.sentences import line
from shared.history import JobRunRow, Row, UserActionRow
from shared.model import JobState
from shared.texts.cards import CAUSE
from shared.texts.causes import NONE_FOUND

PART = "Causes"
DATABASE = f"//sqladmin.googleapis.com/projects/{PROJECT}/instances/orders-db"
SUBSCRIBER = f"//run.googleapis.com/projects/{PROJECT}/locations/europe-west1/services/events-to-mart"
# A word of the card of a failure, and what the card must name.
NAMED = {
    TASK: "Cloud SQL instance orders-db was updated by carol@example.com",
    f"{PROJECT}/events-to-mart": "Cloud Run service events-to-mart was replaced by grace@example.com",
    "build_orders_daily": f"{PROJECT}.{SOURCE} was dropped by bob@example.com",
    CHECK: f"{PROJECT}.{SOURCE} was dropped by bob@example.com",
}
MINUTE = timedelta(minutes=1)
_OF_DIGEST = re.compile(rf"{CAUSE.en}: ([^']*)")  # in a row of a digest; a card has a section


def write_changes(url: str, now: datetime) -> None:
    """Writes the changes to the Schema DB as if the collectors had read them an hour before."""
    engine = make_engine(url)
    with SchemaStore(engine).transaction() as session:
        write(session, 1, list(_rows(now)))
    engine.dispose()


def _rows(now: datetime) -> Iterator[Row]:
    yield _call(now - 12 * MINUTE, "carol@example.com", "sqladmin", "cloudsql.instances.update", DATABASE)
    service = "google.cloud.run.v1.Services.ReplaceService"
    yield _call(now - 95 * MINUTE, "grace@example.com", "run", service, SUBSCRIBER)  # the backlog is one of the past
    time, who = now - 25 * MINUTE, "bob@example.com"
    yield JobRunRow(
        service="bigquery", project=PROJECT, run_id="bqjob_drop_orders", job_name=f"{who} DROP_TABLE",
        state=JobState.SUCCEEDED, created_at=time, start_at=time, end_at=time, principal=who,
        statement_type="DROP_TABLE", destination=f"{PROJECT}.{SOURCE}",
    )  # fmt: skip


def _call(time: datetime, who: str, service: str, method: str, resource: str) -> UserActionRow:
    hour = time.replace(minute=0, second=0, microsecond=0)
    return UserActionRow(hour, PROJECT, who, f"{service}.googleapis.com", method, resource, 1, 0, time, time)


def problems(cards: Iterable[dict[str, Any]], error_db: str, schema_db: str) -> list[str]:
    """The failures whose cause is missing or wrong, on a page or a card."""
    named = dict(_named(error_db, schema_db))
    found = []
    for word, change in NAMED.items():
        if not any(word in text and change in cause for text, cause in named.items()):
            found.append(f"{PART}: the incident of {word} does not name '{change}'")
    texts = [text for card in cards if CAUSE.en in (text := str(card))]
    rows = [row for text in texts for row in _OF_DIGEST.findall(text)]
    if wrong := [row for row in rows if not any(change in row for change in NAMED.values())]:
        found.append(f"{PART}: a digest names causes that its incidents do not have: {wrong}")
    for text, cause in [*named.items(), *((text, text) for text in texts if not _OF_DIGEST.search(text))]:
        own = any(word in text and change in cause for word, change in NAMED.items())
        if not own and NONE_FOUND.en not in cause:
            found.append(f"{PART}: an incident names a cause that it does not have: {text[:200]}: {cause[:300]}")
    return found


def _named(error_db: str, schema_db: str) -> Iterator[tuple[str, str]]:
    """The resource of each incident, and its cause."""
    errors, history = make_engine(error_db), make_engine(schema_db)
    with ErrorStore(errors).reading() as session, SchemaStore(history).reading() as past:
        for number in session.scalars(select(Incident.id)):
            detail = queries.incident(session, number)
            if detail is not None:
                view = detail.incident
                causes = before(past, view, redact=()).causes
                text = f"{view.id} {view.resource} {view.summary} {view.labels}"
                yield text, line(causes[0]).en if causes else NONE_FOUND.en
    errors.dispose()
    history.dispose()
