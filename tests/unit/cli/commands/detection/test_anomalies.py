"""`hinomi anomalies` on files that a user exported."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.app import run

HEAD = "timestamp,value\n"


def score(path: Path, capsys: pytest.CaptureFixture[str], text: str, *options: str) -> list[list[str]]:
    path.write_text(text, encoding="utf-8")
    assert run(["anomalies", str(path), *options]) == 0
    return [line.split(",") for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cpu.csv"


def test_every_row_has_a_score_and_keeps_its_text(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "2026-11-01 00:00:00,1.50\n2026-11-01T00:05:00Z,\n2026-11-01T09:10:00+09:00, 2e3\n1793491500,nan\n"
    found = score(path, capsys, HEAD + rows)
    assert found[0] == ["timestamp", "value", "anomaly_score"]
    assert [row[:2] for row in found[1:]] == [
        ["2026-11-01 00:00:00", "1.50"],
        ["2026-11-01T00:05:00Z", ""],
        ["2026-11-01T09:10:00+09:00", "2e3"],
        ["1793491500", "nan"],
    ]
    assert all(0 <= float(row[2]) <= 1 for row in found[1:])


def test_a_point_that_differs_from_its_past_scores_highest(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"{1_790_000_000 + 300 * at},{at % 5}\n" for at in range(300)]
    found = score(path, capsys, "".join([*rows, "1790090000,50\n"]))
    assert max(found[1:], key=lambda row: float(row[2]))[1] == "50"


def test_an_empty_file_has_no_rows(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(score(path, capsys, "")) == 1
    assert len(score(path, capsys, HEAD, "--alarms")) == 1


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("2026-11-01,1,2", "line 2 has 3 columns"),
        ("yesterday,1", "line 2: 'yesterday' is not a time"),
        ("2026-11-01,much", "line 2: 'much' is not a number"),
        ("2026-11-01,inf", "line 2: 'inf' is not a number"),
        ("nan,1", "line 2: 'nan' is not a time"),
    ],
)
def test_a_bad_row_is_named(path: Path, capsys: pytest.CaptureFixture[str], row: str, message: str) -> None:
    path.write_text(f"{HEAD}{row}\n", encoding="utf-8")
    assert run(["anomalies", str(path)]) == 2
    assert message in capsys.readouterr().err


def test_a_missing_file_is_named(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["anomalies", str(path)]) == 2
    assert f"cannot read '{path}'" in capsys.readouterr().err.replace("\n", " ")
