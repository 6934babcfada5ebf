"""The local Cloud Monitoring filters, aligns and reduces as the real one does."""

from __future__ import annotations

import pytest

from demo.platform.monitoring import alignment, metric_filter

FIELDS = {"metric.type": "a/b", "resource.type": "vm", "metric.labels.state": "used", "resource.labels.zone": "z-1"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('metric.type = "a/b"', True),
        ('metric.type="a/b" resource.type="vm"', True),
        ('metric.type = "a/b" AND resource.type = "disk"', False),
        ('metric.label.state != "used"', False),
        ('metric.labels.state = one_of("free", "used")', True),
        ('NOT resource.labels.zone = starts_with("z-")', False),
        ('(metric.labels.state = "used") AND NOT resource.labels.zone = ends_with("2")', True),
        ('resource.labels.missing = "x"', False),
        ('resource.labels.missing != "x"', True),
    ],
)
def test_a_filter_selects_series(text: str, expected: bool) -> None:  # noqa: FBT001
    assert metric_filter.parse(text)(FIELDS) is expected


@pytest.mark.parametrize("text", ["metric.type", 'metric.type > "a"', "metric.type = a", "(metric.type", 'a = "b")'])
def test_an_unreadable_filter_is_rejected(text: str) -> None:
    with pytest.raises(ValueError):
        metric_filter.parse(text)


@pytest.mark.parametrize(
    ("aligner", "expected"),
    [
        ("ALIGN_MEAN", {120: 2.0, 180: 6.0}),
        ("ALIGN_MAX", {120: 3.0, 180: 6.0}),
        ("ALIGN_SUM", {120: 4.0, 180: 6.0}),
        ("ALIGN_DELTA", {120: 4.0, 180: 6.0}),
        ("ALIGN_RATE", {120: 4 / 60, 180: 0.1}),
        ("ALIGN_PERCENTILE_99", {120: 3.0, 180: 6.0}),
    ],
)
def test_a_slot_contains_the_points_after_its_start_up_to_its_end(aligner: str, expected: dict[float, float]) -> None:
    points: dict[float, float] = {60: 9.0, 61: 1.0, 120: 3.0, 121: 6.0, 181: 9.0}
    assert alignment.align(points, aligner=aligner, kind="DELTA", start=60, end=180, period=60) == expected


def test_slots_are_counted_from_the_end_of_the_interval() -> None:
    aligned = alignment.align({100: 1.0, 45: 2.0}, aligner="ALIGN_SUM", kind="GAUGE", start=0, end=110, period=60)
    assert aligned == {110: 1.0, 50: 2.0}


@pytest.mark.parametrize(
    ("reducer", "expected"),
    [("REDUCE_SUM", 6.0), ("REDUCE_MAX", 4.0), ("REDUCE_MIN", 2.0), ("REDUCE_MEAN", 3.0)],
)
def test_series_are_reduced_slot_by_slot(reducer: str, expected: float) -> None:
    assert alignment.reduce([{60: 2.0, 120: 1.0}, {60: 4.0}], reducer) == {60: expected, 120: 1.0}


@pytest.mark.parametrize(("aligner", "kind"), [("ALIGN_DELTA", "GAUGE"), ("ALIGN_FRACTION_TRUE", "GAUGE")])
def test_an_unsuitable_aligner_is_rejected(aligner: str, kind: str) -> None:
    with pytest.raises(ValueError):
        alignment.align({60: 2.0}, aligner=aligner, kind=kind, start=0, end=60, period=60)
