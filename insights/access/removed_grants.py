"""The roles that the account of a failed job lost before, on a resource that the error message names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.schema_db.models import Binding
from db.schema_db.selection import valid_at
from insights.access.grants import grant_of
from insights.access.model import AccessGrant
from shared.identity.iam_names import is_service_account, member_of_principal
from shared.model import IncidentKind
from shared.records import IncidentView

if TYPE_CHECKING:
    from insights.causes.lookup import Causes

_DENIED = re.compile(r"denied|permission|forbidden|not authorized|unauthorized|\b403\b", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*[A-Za-z0-9_]|[A-Za-z0-9_]")
_SEPARATOR = re.compile(r"[.:/]")


def removed_before(causes: Causes | None, incident: IncidentView, now: datetime, *, days: int) -> Sequence[AccessGrant]:
    """Like `removed_grants`; empty if the Schema DB does not exist or does not respond."""
    if causes is None:
        return ()
    return causes.ask(lambda session: removed_grants(session, incident, now, days=days), now) or ()


def removed_grants(session: Session, incident: IncidentView, now: datetime, *, days: int) -> list[AccessGrant]:
    """The grants that the service account of a failed job lost in the days before and has not got back, latest first.

    The error must say that access was denied and name the resource: a dataset, a bucket, a topic or a project.
    """
    text = " ".join(_texts(incident))
    if incident.kind is not IncidentKind.JOB_FAILURE or not _DENIED.search(text):
        return []
    if not is_service_account(incident.principal):
        return []
    member, since = member_of_principal(incident.principal), incident.opened_at - timedelta(days=days)
    ended = select(Binding).where(Binding.member == member, Binding.valid_to >= since, Binding.valid_to <= now)
    current = select(Binding).where(Binding.member == member, valid_at(Binding, now))
    present = {grant_of(row).key for row in session.scalars(current)}
    named = {part for word in _WORD.findall(text) for part in (word, *_SEPARATOR.split(word))}
    removed: dict[tuple[str, str, str, str], AccessGrant] = {}
    for row in session.scalars(ended.order_by(Binding.valid_to)):
        grant = grant_of(row)
        if grant.key not in present and grant.resource.rpartition("/")[2] in named:
            removed[grant.key] = grant
    return sorted(removed.values(), key=lambda grant: grant.valid_to or now, reverse=True)


def _texts(incident: IncidentView) -> Iterator[str]:
    yield from (incident.summary, incident.reason or "", incident.resource, *incident.labels.values())
    yield from (str(value) for value in incident.evidence.get("fields", {}).values())
