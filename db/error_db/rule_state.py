"""The state of stateful rules in the Error DB, within the transaction of the message.

Whether a window is full or a split entry is complete depends on commits of other instances, so each group is locked
before it is read: otherwise two instances that add one event each would miss the other's.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, or_, select
from sqlalchemy.orm import Session

from db.error_db.lock import lock
from db.error_db.models import CorrelationEventRow, OperationRow, ResourceFactRow, SplitPart
from db.insert import insert
from db.sanitize import clean_json, scrubbed_key
from shared import events
from shared.identity.fingerprint import fingerprint

# In a burst every event has all others as neighbours: reading enough to fill a window is sufficient.
NEAREST = 1_000
_FAILED = "failed"  # the group of events that did not take place: no hash is so short


class StoredRuleState:
    """Implements RuleState (collectors/metrics_analysis/rule_state.py).

    Raises SQLAlchemy errors, which the store translates.
    """

    def __init__(self, session: Session, now: datetime) -> None:
        self.session = session
        self.now = now

    def count(self, event: events.CountedEvent) -> list[tuple[datetime, str]] | None:
        """Counts the event; returns the events in its window, None for a duplicate.

        The result has the times and value digests of the group's events within `timespan` before and after it, earliest
        first, including the event itself: the nearest NEAREST on either side; for a value_count, only those of each
        value that can fill a window.
        """
        rule, group = scrubbed_key(event.rule, 200), scrubbed_key(event.group_key, 64)
        lock(self.session, "correlation", rule, group)
        values = {
            "rule": rule,
            "event_key": scrubbed_key(event.event_key, 300),
            "group_key": group,
            "value": _digest(event.value),
            "time": event.time,
            "call": clean_json(event.call) or None,
        }
        counted = insert(self.session, CorrelationEventRow).values(values).on_conflict_do_nothing()
        if self.session.execute(counted.returning(CorrelationEventRow.event_key)).first() is None:
            return None
        queries = _of_each_value(event) if event.spec.get("type") == "value_count" else _nearest(event)
        of_group = CorrelationEventRow.rule == rule, CorrelationEventRow.group_key == group
        rows = [row for query in queries for row in self.session.execute(query.where(*of_group))]
        return sorted((time, value) for time, value in rows)

    def discount(self, event: events.CountedEvent) -> events.DiscountedEvent | None:
        """Stops counting the event; None if it was not counted, or has more than NEAREST events on one side.

        Its row stays without a group, so that its first entry is not counted when it arrives later.
        """
        row = CorrelationEventRow
        rule, key = scrubbed_key(event.rule, 200), scrubbed_key(event.event_key, 300)
        values = {"rule": rule, "event_key": key, "group_key": _FAILED, "value": "", "time": event.time}
        added = insert(self.session, row).values(values).on_conflict_do_nothing().returning(row.event_key)
        if self.session.execute(added).first() is not None:
            return None
        stored = select(row).where(row.rule == rule, row.event_key == key).execution_options(populate_existing=True)
        known = self.session.scalars(stored.with_for_update()).one()
        if known.group_key == _FAILED:
            return None
        group = known.group_key
        lock(self.session, "correlation", rule, group)
        known.group_key = _FAILED
        self.session.flush()
        span = 2 * event.timespan
        near = select(row.time, row.value).where(row.rule == rule, row.group_key == group)
        before = near.where(row.time.between(known.time - span, known.time)).order_by(row.time.desc()).limit(NEAREST)
        after = near.where(row.time > known.time, row.time <= known.time + span).order_by(row.time).limit(NEAREST)
        found = [[(time, value) for time, value in self.session.execute(query)] for query in (before, after)]
        if max(map(len, found)) >= NEAREST:
            return None
        return events.DiscountedEvent(group, known.time, known.value, sorted([*found[0], *found[1]]))

    def remember(self, start: events.OperationStart) -> None:
        """Stores the first entry of an operation; a second delivery changes nothing."""
        values = {
            "operation_key": scrubbed_key(start.operation_key, 300),
            "start": clean_json(start.start),
            "time": start.time,
        }
        self.session.execute(insert(self.session, OperationRow).values(values).on_conflict_do_nothing())

    def recall(self, operation_key: str) -> dict[str, Any] | None:
        """The first entry of the operation; None if it has not arrived."""
        key = scrubbed_key(operation_key, 300)
        return self.session.scalar(select(OperationRow.start).where(OperationRow.operation_key == key))

    def join(self, part: events.OperationStart, other_key: str) -> dict[str, Any] | None:
        """The other entry of the operation; None if it has not arrived, in which case this entry is stored for it."""
        lock(self.session, "operation", *sorted((scrubbed_key(part.operation_key, 300), scrubbed_key(other_key, 300))))
        other = self.recall(other_key)
        if other is None:
            self.remember(part)
        return other

    def learn(self, fact: events.ResourceFact) -> None:
        """Stores fields of a resource, even if they are equal to known ones: different fields from in between may arrive later.

        Call `uses_after` before.
        """
        if not (fact.complete or fact.fields):
            return
        values = {
            "resource_key": scrubbed_key(fact.resource_key, 64),
            "event_key": scrubbed_key(fact.event_key, 300),
            "time": fact.time,
            "whole": fact.complete,
            "fields": clean_json(fact.shown, bounded=False),
        }
        self.session.execute(insert(self.session, ResourceFactRow).values(values).on_conflict_do_nothing())

    def known(self, resource_key: str, before: datetime) -> dict[str, Any]:
        """The fields of a resource that entries before a time showed; of changes, only the latest NEAREST count."""
        row = ResourceFactRow
        of_resource = row.resource_key == scrubbed_key(resource_key, 64), row.time < before
        # What a complete one replaces has no effect.
        whole = select(func.max(row.time)).where(*of_resource, row.whole.is_(True)).scalar_subquery()
        recent = select(row).where(*of_resource, or_(whole.is_(None), row.time >= whole))
        latest = recent.order_by(row.time.desc(), row.event_key.desc()).limit(NEAREST)
        facts = [
            events.ResourceFact(one.resource_key, one.event_key, one.time, one.fields, complete=one.whole)
            for one in self.session.scalars(latest)
        ]
        return events.remembered_fields(reversed(facts))

    def forget_fact(self, fact: events.ResourceFact) -> None:
        """Deletes the fields of a resource that one entry showed."""
        row = ResourceFactRow
        of_resource = row.resource_key == scrubbed_key(fact.resource_key, 64)
        self.session.execute(delete(row).where(of_resource, row.event_key == scrubbed_key(fact.event_key, 300)))

    def use(self, use: events.ResourceUse) -> None:
        """Stores an entry that is evaluated with fields of a resource; a second delivery changes nothing."""
        lock(self.session, "resource", scrubbed_key(use.resource_key, 64))
        values = {
            "resource_key": _key_of_uses(use.resource_key),
            "event_key": scrubbed_key(use.event_key, 300),
            "time": use.time,
            "whole": False,
            "fields": clean_json(use.entry, bounded=False),
        }
        self.session.execute(insert(self.session, ResourceFactRow).values(values).on_conflict_do_nothing())

    def uses_after(self, resource_key: str, time: datetime) -> list[events.ResourceUse]:
        """The stored entries about a resource later than a time, the first NEAREST; locks the resource."""
        lock(self.session, "resource", scrubbed_key(resource_key, 64))
        row = ResourceFactRow
        of_resource = row.resource_key == _key_of_uses(resource_key), row.time > time
        latest = select(row).where(*of_resource).order_by(row.time, row.event_key).limit(NEAREST)
        return [
            events.ResourceUse(resource_key, one.event_key, one.time, one.fields)
            for one in self.session.scalars(latest)
        ]

    def part(self, uid: str, index: int, total: int, entry: dict[str, Any]) -> list[dict[str, Any]] | None:
        """Stores one part of a split entry; returns all parts in order if this one completes them, otherwise None.

        None is also returned for a duplicate. A part that arrives after the others were evaluated without it (`incomplete_parts`) is
        returned alone, so that it is not lost.
        """
        uid = scrubbed_key(uid, 200)
        lock(self.session, "split", uid)
        values = {"uid": uid, "part": index, "total": total, "entry": clean_json(entry, bounded=False)}
        added = insert(self.session, SplitPart).values(values | {"received_at": self.now}).on_conflict_do_nothing()
        if self.session.execute(added.returning(SplitPart.part)).first() is None:
            return None
        rows = self._parts(uid)
        fresh = [row for row in rows if row.used_at is None]
        if len(rows) < total and len(fresh) == len(rows):
            return None
        return _use(fresh, self.now)

    def incomplete_parts(self, before: datetime, *, limit: int = 100) -> list[list[dict[str, Any]]]:
        """The parts of split entries that have been incomplete since `before`.

        They are marked as used and returned only once.
        """
        stale = (
            select(SplitPart.uid)
            .where(SplitPart.used_at.is_(None))
            .group_by(SplitPart.uid)
            .having(func.max(SplitPart.received_at) < before)
            .order_by(SplitPart.uid)
            .limit(limit)
        )
        groups = []
        for uid in self.session.scalars(stale).all():
            lock(self.session, "split", uid)
            groups.append(_use([row for row in self._parts(uid) if row.used_at is None], self.now))
        return [parts for parts in groups if parts]

    def _parts(self, uid: str) -> Sequence[SplitPart]:
        query = select(SplitPart).where(SplitPart.uid == uid).order_by(SplitPart.part)
        return self.session.scalars(query.execution_options(populate_existing=True)).all()


def counted_events(
    session: Session, rule: str, group_key: str, start: datetime, end: datetime, *, limit: int
) -> list[tuple[datetime, dict[str, Any]]]:
    """The time and the call of the latest events that a correlation counted for a group from `start` to `end`, latest first.

    Without the events of earlier releases, which stored no calls.
    """
    row = CorrelationEventRow
    of_group = row.rule == rule, row.group_key == group_key, row.time.between(start, end), row.call.is_not(None)
    query = select(row.time, row.call).where(*of_group).order_by(row.time.desc(), row.event_key).limit(limit)
    return [(time, call) for time, call in session.execute(query) if call]


def _key_of_uses(resource_key: str) -> str:
    """The key under which the entries about a resource are stored, next to its fields."""
    return fingerprint("uses", resource_key)


def _nearest(event: events.CountedEvent) -> list[Select[datetime, str]]:
    """Time and value of the nearest events up to this one, and of those after it."""
    time = CorrelationEventRow.time
    many = max(NEAREST, math.ceil(event.spec.get("limit", 0)) + 1)
    rows = select(time, CorrelationEventRow.value)
    return [
        rows.where(time.between(event.time - event.timespan, event.time)).order_by(time.desc()).limit(many),
        rows.where(time > event.time, time <= event.time + event.timespan).order_by(time).limit(many),
    ]


def _of_each_value(event: events.CountedEvent) -> list[Select[datetime, str]]:
    """For each value its latest event until this one, and its first one afterwards, in both time slots.

    A window with this event contains a value if it contains one of these events.
    """
    time, value = CorrelationEventRow.time, CorrelationEventRow.value
    border = event.slot_start(event.slot(event.time) + 1)
    first, latest = select(func.min(time), value).group_by(value), select(func.max(time), value).group_by(value)
    return [
        latest.where(time.between(event.time - event.timespan, event.time)),
        first.where(time > event.time, time < border),
        first.where(time > event.time, time >= border, time <= event.time + event.timespan),
    ]


def _digest(value: str) -> str:
    """A digest, because only the equality of values matters."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:32] if value else ""


def _use(rows: Sequence[SplitPart], now: datetime) -> list[dict[str, Any]]:
    """The entries of the rows. The rows remain, so that a redelivery is recognized."""
    entries = [row.entry for row in rows]
    for row in rows:
        row.entry = {}
        row.used_at = now
    return entries
