"""Silences apply from their start until their end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from db.error_db import silences
from db.error_db.store import ErrorStore
from shared.records import SilenceView
from tests.support.findings import NOON, at


@pytest.fixture
def session(store: ErrorStore) -> Iterator[Session]:
    with store.transaction(NOON) as transaction:
        yield transaction.session


def an_hour(session: Session) -> SilenceView:
    return silences.add(
        session,
        matcher={"service": ["bigquery"]},
        owner="alice",
        reason="migration",
        starts_at=NOON,
        expires_at=at(60),
        now=NOON,
    )


@pytest.mark.parametrize(("minute", "holds"), [(-1, False), (0, True), (59, True), (60, False)])
def test_a_silence_is_active_from_its_start_until_its_end(session: Session, minute: int, *, holds: bool) -> None:
    silence = an_hour(session)
    assert silences.active(session, at(minute)) == ([silence] if holds else [])


def test_an_expired_silence_is_inactive(session: Session) -> None:
    silence = an_hour(session)
    assert silences.expire(session, silence.id, at(10))
    assert silences.active(session, at(10)) == []


def test_an_expired_silence_cannot_be_expired_again(session: Session) -> None:
    assert not silences.expire(session, an_hour(session).id, at(61))


def test_expired_silences_are_listed_on_demand(session: Session) -> None:
    an_hour(session)
    assert silences.listed(session, at(61)) == []
    assert len(silences.listed(session, at(61), with_expired=True)) == 1


def test_a_silence_counts_suppressed_runs(session: Session) -> None:
    silence = an_hour(session)
    silences.count_suppressed(session, silence.id)
    session.expire_all()
    assert silences.active(session, NOON)[0].hidden_count == 1
