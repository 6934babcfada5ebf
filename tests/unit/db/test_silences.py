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


@pytest.mark.parametrize(
    ("minute", "expected"),
    [
        (-5, (0, 20)),  # it has not started: its first window begins with it
        (10, (0, 20)),
        (20, (10_050, 10_100)),
        (10_090, (10_050, 10_100)),
        (10_101, (20_130, 20_165)),  # the last one ends with the silence
        (20_165, None),
    ],
)
def test_a_recurring_silence_is_active_in_its_windows(
    session: Session, minute: int, expected: tuple[int, int] | None
) -> None:
    made = silences.add(session, matcher={}, owner="alice", reason="", starts_at=NOON, expires_at=at(20_165), now=NOON)
    made = silences.limit(session, made, {"windows": ["mon 11:30-12:20"], "timezone": "UTC"})
    found = silences.window(made, at(minute))
    assert found == ((at(expected[0]), at(expected[1])) if expected else None)
    is_active = found is not None and found[0] <= at(minute)
    assert [each.expires_at for each in silences.active(session, at(minute))] == (
        [found[1]] if found and is_active else []
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
