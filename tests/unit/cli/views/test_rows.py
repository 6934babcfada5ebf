"""Tables and blocks: at any width and in each language, no column is left out and no value is broken."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console
from rich.text import Text

from cli.language import localize
from cli.views.rows import print_rows
from shared.texts.cli import jobs as texts

COLUMNS = [
    texts.STATE,
    texts.JOB,
    texts.LAST_RUN,
    texts.IN_FIVE_WEEKS,
    texts.USUALLY,
    texts.COST_OF_WEEK,
    texts.SERVICE,
]
ROWS = [
    ["failing", "airflow:daily.load_of_all_orders", "5 min ago", "12 / 35", "1 h 20 min", "1,204.50", "airflow"],
    ["healthy", "mart.sales", "3 h ago", "0 / 35", "4.2 s", "0.20", "bigquery"],
]


def printed(width: int) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False, markup=False)
    print_rows(console, COLUMNS, [[Text(cell) for cell in row] for row in ROWS], right=COLUMNS[3:6], heading=2)
    return out.getvalue()


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_column_is_left_out(language: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HINOMI_LANGUAGE", language)
    text = printed(width)
    assert [cell for row in ROWS for cell in row if cell not in text] == []
    words = {word for name in COLUMNS[2:] for word in localize(name).split()}
    assert [word for word in words if word not in text] == []


def test_the_names_of_columns_are_wrapped_before_a_table_becomes_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HINOMI_LANGUAGE", "en")
    assert re.search(r"^ state .*cost \(7 days\)", printed(200), re.MULTILINE)
    assert re.search(r"^ state .*\(7 days\) +service", printed(112), re.MULTILINE)
    assert printed(60).startswith("failing airflow:daily.load_of_all_orders\n  last run ")


def test_a_name_of_three_words_above_a_digit_takes_two_lines() -> None:
    out = io.StringIO()
    columns = [texts.JOB, texts.IN_A_ROW]
    print_rows(Console(file=out, width=24, highlight=False), columns, [[Text("load_orders_nightly")[:14], Text("1")]])
    assert [line.split() for line in out.getvalue().splitlines()[1:3]] == [["in", "a"], ["job", "row"]]
