"""Lines over time, bars and stacks: coordinates within the picture, and gaps for missing values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from dashboard.charts.durations import DurationMark, duration_pictures
from dashboard.charts.lines import LineData, TimeFlag, line_pictures, spark
from dashboard.charts.run_bars import run_bars, run_paths
from dashboard.charts.scale import FULL
from dashboard.charts.stacks import stack_pictures, stack_rows
from insights.performance.expected import ExpectedHour, Unusual
from insights.performance.series import SeriesPoint

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FIVE = timedelta(minutes=5)


def points(*values: float | None) -> list[SeriesPoint]:
    """One point every five minutes; None is a gap."""
    return [
        SeriesPoint(NOON + place * FIVE, value, value, value) for place, value in enumerate(values) if value is not None
    ]


def local(moment: datetime) -> datetime:
    return moment


def test_a_line_breaks_where_values_are_missing_and_is_marked_beyond_its_limit() -> None:
    seen = points(1, 2, 9, 9, 2, None, None, None, 1, 1)
    flag = TimeFlag(7, NOON + FIVE, None, needs=True)
    data = LineData(NOON, NOON + 10 * FIVE, "1", seen, (), 5, lambda value: value > 5, [flag])
    picture = line_pictures(data, FULL, local)[0]
    assert [len(line.split()) for line in picture.seen] == [5, 2]
    assert [len(line.split()) for line in picture.out] == [2]
    assert picture.limit is not None
    assert picture.size.top < picture.limit < picture.size.base
    assert picture.flags[0][:2] == (picture.size.x(0.1), picture.size.x(1))
    assert picture.spread == []
    assert line_pictures(LineData(NOON, NOON + FIVE, "1", []), FULL, local) == []


def test_a_limit_far_above_the_values_does_not_flatten_them() -> None:
    data = LineData(NOON, NOON + 10 * FIVE, "1", points(1, 2, 3), (), 1000, lambda value: value > 1000)
    assert line_pictures(data, FULL, local)[0].limit is None


def test_the_words_of_a_limit_are_crossed_by_no_grid_line() -> None:
    for limit, is_below in ((0.95, True), (0.8, False)):
        data = LineData(NOON, NOON + 10 * FIVE, "10^2.%", points(0.3, 0.97), (), limit, lambda value: value > 1)
        for picture in line_pictures(data, FULL, local):
            assert picture.limit is not None
            assert (picture.limit_label > picture.limit) is is_below
            words = range(round(picture.limit_label - 9), round(picture.limit_label))
            assert not [y for y, _ in picture.lines if round(y) in words]


def test_a_band_has_an_area_for_each_part_without_a_gap_and_only_points_outside_it_are_marked() -> None:
    hours = [ExpectedHour(NOON + timedelta(hours=at), 1, 1000 if at == 1 else 4) for at in (0, 1, 4)]
    odd = [Unusual(NOON + FIVE * at, value, 1, 4, 2.0, 2.0) for at, value in ((1, 9), (2, 3))]
    data = LineData(NOON, NOON + timedelta(hours=6), "1", points(2, 9, 3), band=hours, unusual=odd)
    picture = line_pictures(data, FULL, local)[0]
    assert [len(area.split()) for area in picture.band] == [6, 4]
    heights = [float(place.split(",")[1]) for area in picture.band for place in area.split()]
    assert picture.size.top <= min(heights) < max(heights) <= picture.size.base
    assert [each.value for _, _, each in picture.unusual] == [9]
    assert picture.lines[-1][1] <= 20  # a band far above the values does not flatten them


def test_a_constant_value_is_a_line_in_the_middle() -> None:
    (line,) = spark(points(5, 5, 5), NOON, NOON + 10 * FIVE)
    assert {place.split(",")[1] for place in line.split()} == {"23.0"}
    assert len(spark(points(0), NOON, NOON + FIVE)) == 1


def test_bars_of_runs_stand_at_the_right_and_a_failed_one_has_room_for_its_cross() -> None:
    bars = run_bars([("ok", 60), ("failed", 1), ("missing", None)], most=14)
    assert [(bar.kind, bar.x, bar.height) for bar in bars] == [("ok", 77, 18), ("failed", 84, 8), ("missing", 91, 9)]
    assert len(run_bars([("ok", 0.0)] * 20, most=14)) == 14


def test_the_bars_of_a_kind_are_one_path_and_only_the_last_failure_needs_a_person() -> None:
    kinds = ["ok", "failed", "slow", "ok", "live", "missing", "other", "failed"]
    bars = run_bars([(kind, 60) for kind in kinds], most=14)
    assert [name for name, _ in run_paths(bars)] == ["ok", "bad", "slow", "live", "none", "rest", "x", "notch"]
    paths = dict(run_paths(bars, needs=True))
    assert paths["ok"] == "M42 1h5v18h-5zM63 1h5v18h-5z"
    assert paths["none"] == "M77.5 1.5h4v17h-4z"
    assert (paths["bad"], paths["bad now"]) == ("M49 1h5v18h-5z", "M91 1h5v18h-5z")
    assert run_paths([]) == []


def test_the_marks_of_durations_share_a_scale() -> None:
    marks = [DurationMark(NOON + place * FIVE, 60 * (place + 1), "ok", str(place)) for place in range(30)]
    wide, _, narrow = duration_pictures(marks, 900)
    assert (len(wide.marks), len(narrow.marks)) == (30, 24)
    assert wide.marks[-1][1] == wide.size.y(1800 / wide.lines[-1][1])
    assert duration_pictures([], None) == []


def test_a_bar_of_many_days_is_a_week() -> None:
    days = [date(2026, 1, 1) + timedelta(days=place) for place in range(365)]
    values = dict.fromkeys(days, 2.0)
    picture = stack_pictures(days, [("ctx-1", values), ("focus", {days[-1]: 7.0})])[0]
    assert (len(picture.bars), picture.days, picture.bars[-1].total) == (53, 7, 21)
    (low, high) = picture.bars[-1].sections
    assert (low[0], high[0]) == ("ctx-1", "focus")
    assert low[1] > high[1]
    assert len(stack_pictures(days[-28:], [("ctx-1", values)])[0].bars) == 28


def test_names_prices_and_addresses_of_a_stack_are_escaped() -> None:
    days = [date(2026, 1, 1), date(2026, 1, 2)]
    picture = stack_pictures(days, [("ctx-1", dict.fromkeys(days, 2.0))])[0]
    drawn = picture.drawing(dict.fromkeys(days, "<b>: €2"), days[1], '/cost?label="&day=0000-00-00')
    assert drawn.count("<title>&lt;b&gt;: €2</title>") == drawn.count('aria-label="&lt;b&gt;: €2"') == 2
    assert 'href="/cost?label=&#34;&amp;day=2026-01-02#explained"' in drawn
    assert drawn.count("stack-bar chosen") == 1
    rows = stack_rows({days[0]: "<i>"}, [{days[0]: 1.5}, {}], lambda price: f"<{price}>")
    assert rows == (
        '<tr><td>&lt;i&gt;</td><td class="r num">&lt;1.5&gt;</td><td class="r num">&lt;0.0&gt;</td>'
        '<td class="r num">&lt;1.5&gt;</td></tr>'
    )
