"""Locks groups of jobs. An entry that connects several groups merges them."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy import Executable, select, update
from sqlalchemy.orm import Session

from db.error_db.models import FingerprintState, Incident, ReasonRow
from db.insert import dialect_of, insert_of
from db.sanitize import scrubbed_key
from db.tables import table_of
from shared.model import Finding, Recovery


def lock_group(session: Session, name: str, rule: str, now: datetime) -> FingerprintState:
    """The row of a fingerprint or of a group, inserted if necessary, and locked until the transaction ends.

    For a group that has joined another one, it is the row of the other group.
    """
    values = {"fingerprint": name, "rule": scrubbed_key(rule, 200), "touched_at": now}
    state: FingerprintState = session.scalars(_locked(dialect_of(session)), values).one()
    if state.joined is None:
        return state
    root = lock_group(session, state.joined, rule, now)
    state.joined = root.fingerprint  # the next lock takes one step
    return root


@cache
def _locked(dialect: str) -> Executable:
    table = table_of(FingerprintState)
    added = insert_of(dialect, table)  # an INSERT of the class takes twice as long
    locked = added.on_conflict_do_update(
        index_elements=[table.c.fingerprint], set_={"touched_at": added.excluded.touched_at}
    )
    row = select(FingerprintState).from_statement(locked.returning(*table.c))
    return row.execution_options(populate_existing=True)


def connect(session: Session, effect: Finding | Recovery, now: datetime) -> FingerprintState:
    """Locks the group of an effect and the groups that it joins, and makes them one group; returns its row.

    All instances lock in the same order. The joined group is that of the effect, unless the effect only has its
    fingerprint as a group.
    """
    own = effect.links.group or effect.fingerprint
    rows = {name: lock_group(session, name, effect.rule, now) for name in sorted({own, *effect.links.joins})}
    states = {state.fingerprint: state for state in rows.values()}
    named = [name for name in (rows[own].fingerprint, *states) if name != effect.fingerprint]
    root = states.pop(named[0] if named else own)
    for state in states.values():
        state.joined = root.fingerprint
        if state.recovered_at is not None and (root.recovered_at is None or root.recovered_at < state.recovered_at):
            root.recovered_at, root.recovery = state.recovered_at, state.recovery
        for model in (Incident, ReasonRow):
            moved = update(model).where(model.fault_group == state.fingerprint).values(fault_group=root.fingerprint)
            session.execute(moved, execution_options={"synchronize_session": False})
    session.flush()
    return root
