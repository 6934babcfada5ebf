"""A benchmark above its limit prints one line and fails; docs/benchmarks.md names every benchmark."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.bars import Bars

ROOT = Path(__file__).resolve().parents[3]
NO_BENCHMARKS = {
    "__init__",
    "bars",
    "house",
    "source_tree",
    "generated_series",
    "browser_paint",
}  # `make house` is in CONTRIBUTING.md


def test_a_bar_that_is_reached_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    bars = Bars()
    bars.at_most(300, "first snapshot", 41.6, " s")
    bars.end()
    assert capsys.readouterr().out == "bar     first snapshot: 41.6 s, at most 300 s\n"


def test_missed_bars_end_the_program_with_one_line() -> None:
    bars = Bars()
    bars.at_most(1.3, "times the empty function", 1.3)
    bars.at_most(400, "memory", 401, " MB")
    bars.at_most(1_100, "rows", 2_000)
    with pytest.raises(SystemExit) as ended:
        bars.end()
    assert ended.value.code == "missed: memory: 401 MB, at most 400 MB; rows: 2,000, at most 1,100"


@pytest.mark.parametrize("page", ["benchmarks.md", "benchmarks.ja.md"])
def test_every_benchmark_is_on_the_page_with_its_command(page: str) -> None:
    names = {path.stem for path in (ROOT / "benchmarks").glob("*.py")} - NO_BENCHMARKS
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert [name for name in sorted(names) if f"python -m benchmarks.{name}" not in text] == []
