"""rules/quality.yaml: errors name their line; queries on elementary's tables need no columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from insights.quality.queries_file import compile_queries
from shared.errors import InputError

BASE = "queries:\n  - name: checks\n    project: my-project\n    location: EU\n"


def mistakes(folder: Path, text: str) -> list[str]:
    (folder / "quality.yaml").write_text(BASE + text, encoding="utf-8")
    errors: list[InputError] = []
    compile_queries(folder, errors)
    return [f"{each.line}: {each.message}" for each in errors]


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("    elementary: my-project.quality\n    sql: SELECT 1\n", 2, "either 'sql' or 'elementary'"),
        ("    sql: SELECT 1\n", 2, "name the column 'state'"),
        ("    sql: DROP TABLE x\n    columns: {state: s}\n", 5, "use one SELECT statement"),
        ("    sql: SELECT 1\n    columns: {value: v}\n    fail: bad\n", 7, "is not a comparison such as '> 0'"),
        ("    elementary: my-project.quality\n    every: 5m\n", 6, "use 15m or more"),
        ("    elementary: my-project.quality\n    colums: {}\n", 6, "columns"),
    ],
)
def test_a_mistake_has_its_line(tmp_path: Path, text: str, line: int, problem: str) -> None:
    (found,) = mistakes(tmp_path, text)
    assert found.startswith((f"{line}: ", "2: "))
    assert problem in found


def test_two_queries_of_one_name_are_refused(tmp_path: Path) -> None:
    one = "    elementary: my-project.quality\n"
    assert mistakes(tmp_path, one + BASE.removeprefix("queries:\n") + one) == ["6: another query has the name 'checks'"]


def test_elementary_has_the_names_of_its_table(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "    elementary: my-project.quality\n") == []
    (query,) = compile_queries(tmp_path, [])
    assert "`my-project.quality.elementary_test_results`" in query["sql"]
    assert "CONCAT(test_name, ' ', test_sub_type)" in query["sql"]  # a metric of an anomaly test is a check
    assert "@since" in query["sql"]
    assert {query["states"][word] for word in ("pass", "fail", "warn", "error")} == {
        "passed",
        "failed",
        "warned",
        "error",
    }
