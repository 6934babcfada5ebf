"""Baselines of stored samples: each sample is learned once, and an interrupted run continues where it stopped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import func, select

from collectors.history_analysis.baselines import learn
from db.schema_db.models import ExpectedRange, SeriesBaseline, StoredSeries, UnlearnedHour, UnusualPoint
from db.schema_db.store import SchemaStore
from shared.history import MetricPoint
from tests.support.history import HOUR, TEN, History, series
from tests.support.runs import keep

STEP = timedelta(minutes=5)
POINTS = 190
BEGIN = TEN - POINTS * STEP
OUTLIER = POINTS - 3


def samples(first: int, last: int, *numbers: int) -> list[MetricPoint]:
    """Noise around a level for each of these series; an odd number has an outlier near the end.

    Series whose numbers differ by ten have equal values.
    """
    made = []
    for number in numbers:
        kind = number % 10
        values = 50 * (kind + 1) + np.random.default_rng(kind).normal(size=POINTS + 12)
        values[OUTLIER] += 40 * (kind % 2)
        key = series(number)
        made += [MetricPoint(key, BEGIN + STEP * place, float(values[place])) for place in range(first, last)]
    return made


def run(store: SchemaStore, time: datetime) -> None:
    History(store, []).run(time)


def learned(store: SchemaStore) -> dict[str, tuple[Any, ...]]:
    """The baselines by the names of the series."""
    columns = StoredSeries.resource, SeriesBaseline.points, SeriesBaseline.learned_until, SeriesBaseline.state
    with store.reading() as session:
        rows = session.execute(select(*columns).join(SeriesBaseline, SeriesBaseline.series_id == StoredSeries.id))
        return {name.removeprefix("reservation "): tuple(rest) for name, *rest in rows}


def unusual(store: SchemaStore) -> list[Any]:
    """The unusual points with the names of their series."""
    columns = StoredSeries.resource, *UnusualPoint.__table__.columns
    query = select(*columns).join(UnusualPoint, UnusualPoint.series_id == StoredSeries.id)
    with store.reading() as session:
        return list(session.execute(query.order_by(StoredSeries.resource)).all())


def count(store: SchemaStore, model: Any) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_samples_are_learned_once_in_any_parts(schema_store: SchemaStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learn, "LEARNED", 150)
    for first, last in ((0, 100), (100, 187), (187, POINTS)):
        keep(schema_store, samples(first, last, 10, 11))
        run(schema_store, BEGIN + STEP * last + timedelta(minutes=2))
    keep(schema_store, samples(0, POINTS, 0, 1))
    run(schema_store, TEN + HOUR)
    run(schema_store, TEN + 2 * HOUR)
    found = learned(schema_store)
    assert (found["r0"], found["r1"]) == (found["r10"], found["r11"])
    assert found["r0"][:2] == (POINTS, TEN - STEP)
    assert count(schema_store, UnlearnedHour) == 0
    assert count(schema_store, ExpectedRange) == 4 * 3
    high = [each for each in unusual(schema_store) if each.value > each.high]
    expected = BEGIN + STEP * OUTLIER
    assert [(each.resource, each.time) for each in high] == [
        ("reservation r1", expected),
        ("reservation r11", expected),
    ]
    assert 90 < high[0].low < 100 < high[0].high < 110 < high[0].value
    assert high[0].first_rarity > 1.5


def test_an_interrupted_run_continues_after_the_last_group(
    sqlite_schema_store: SchemaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = sqlite_schema_store
    for number in range(3):
        keep(store, samples(0, 5, number))
    monkeypatch.setattr(learn, "GROUP", 1)
    advance, seen = learn.advance, []

    def stops_at_the_second(session: Any, numbers: Sequence[int], *rest: Any) -> int:
        seen.append(numbers[0])
        if seen.count(2) == 1 and numbers[0] == 2:
            raise SystemExit
        return advance(session, numbers, *rest)

    monkeypatch.setattr(learn, "advance", stops_at_the_second)
    with pytest.raises(SystemExit):
        run(store, BEGIN + HOUR)
    assert set(learned(store)) == {"r0"}
    keep(store, samples(12, 14, 0))  # marked while the run is interrupted
    run(store, BEGIN + HOUR + timedelta(minutes=15))
    assert {name: points for name, (points, *_) in learned(store).items()} == {"r0": 7, "r1": 5, "r2": 5}
    assert seen == [1, 2, *(2, 3), *(1, 2, 3)]  # it ends what it began, then it learns what came meanwhile
    assert count(store, UnlearnedHour) == 0


def test_samples_that_are_written_meanwhile_are_left_to_the_next_run(
    sqlite_schema_store: SchemaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the second day would be learned before the rest of the first day."""
    store, advance, key = sqlite_schema_store, learn.advance, series(0)
    keep(store, [MetricPoint(key, BEGIN + HOUR * at, 1.0) for at in range(3)])

    def then_more(*arguments: Any) -> int:
        monkeypatch.setattr(learn, "advance", advance)
        found = advance(*arguments)
        arguments[0].commit()
        keep(store, [MetricPoint(key, BEGIN + HOUR * at, 1.0) for at in range(3, 30)])
        return found

    monkeypatch.setattr(learn, "advance", then_more)
    run(store, BEGIN + 40 * HOUR)
    assert learned(store)["r0"][:2] == (3, BEGIN + 2 * HOUR)
    run(store, BEGIN + 41 * HOUR)
    assert learned(store)["r0"][:2] == (30, BEGIN + 29 * HOUR)


def test_a_sample_that_arrives_after_a_later_one_is_left_out(sqlite_schema_store: SchemaStore) -> None:
    keep(sqlite_schema_store, samples(10, 12, 0))
    run(sqlite_schema_store, BEGIN + 2 * HOUR)
    before = learned(sqlite_schema_store)
    keep(sqlite_schema_store, samples(8, 10, 0))
    run(sqlite_schema_store, BEGIN + 3 * HOUR)
    assert learned(sqlite_schema_store) == before
    assert count(sqlite_schema_store, UnlearnedHour) == 0
