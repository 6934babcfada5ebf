"""The layout of JSON text does not change the result."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.entries import splitter
from cli.entries.splitter import Splitter
from tests.support.examples import several

Problems = list[tuple[int, str]]


def split(text: str | bytes) -> tuple[list[Any], Problems]:
    problems: Problems = []
    data = text.encode() if isinstance(text, str) else text
    return list(Splitter(io.BytesIO(data), lambda line, problem: problems.append((line, str(problem))))), problems


LAYOUTS: dict[str, Callable[[list[dict[str, Any]]], str]] = {
    "lines": lambda rows: "".join(json.dumps(row) + "\n" for row in rows),
    "lines without an end": lambda rows: "\n".join(json.dumps(row, ensure_ascii=False) for row in rows),
    "blank lines": lambda rows: "\n\n".join(json.dumps(row) for row in rows) + "\n \n",
    "array": json.dumps,
    "array as gcloud prints it": lambda rows: json.dumps(rows, indent=2) + "\n",
    "array with tabs": lambda rows: json.dumps(rows, indent="\t"),
    "array without indentation": lambda rows: json.dumps(rows, indent=0),
    "array with Windows line ends": lambda rows: json.dumps(rows, indent=2).replace("\n", "\r\n"),
    "compact array a line": lambda rows: "".join(json.dumps([row]) + "\n" for row in rows),
    "two arrays": lambda rows: json.dumps(rows[:1], indent=2) + "\n" + json.dumps(rows[1:], indent=2),
    "pretty objects": lambda rows: "\n".join(json.dumps(row, indent=4) for row in rows),
    "glued objects": lambda rows: "".join(json.dumps(row) for row in rows),
    "a page of entries.list": lambda rows: json.dumps({"entries": rows}),
    "a page and the next": lambda rows: (
        json.dumps({"entries": rows[:1], "nextPageToken": "a/b="}, indent=2)
        + json.dumps({"entries": rows[1:]}, indent=2)
    ),
    "pages a line": lambda rows: "".join(json.dumps({"nextPageToken": "x", "entries": [row]}) + "\n" for row in rows),
    "an array of pages": lambda rows: json.dumps([{"entries": rows, "nextPageToken": "x"}, {"entries": []}]),
    "lines and then an array": lambda rows: (
        "".join(json.dumps(r) + "\n" for r in rows[:1]) + json.dumps(rows[1:], indent=1)
    ),
}

text = st.text(alphabet=st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ['"', "\\", "{", "}", "\n  }", "\n{", '\\"', "],[", "\u2028", "{}", '{"', "\\\\"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)
objects = st.dictionaries(text, values, max_size=5)


@pytest.mark.slow
@several(40)
@given(rows=st.lists(objects, max_size=4))
def test_every_layout_gives_the_same_objects(rows: list[dict[str, Any]]) -> None:
    for layout, write in LAYOUTS.items():
        assert (layout, *split(write(rows))) == (layout, rows, [])


@pytest.mark.slow
@several(40)
@given(
    rows=st.lists(objects, min_size=1, max_size=5), chunk=st.integers(1, 50), layout=st.sampled_from(sorted(LAYOUTS))
)
def test_chunk_borders_make_no_difference(rows: list[dict[str, Any]], chunk: int, layout: str) -> None:
    class Dripping(io.BytesIO):
        def read(self, _size: int | None = -1, /) -> bytes:
            return super().read(chunk)

    data = LAYOUTS[layout](rows).encode()
    assert list(Splitter(Dripping(data), lambda *problem: pytest.fail(str(problem)))) == rows


@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:\\\n 1a', max_size=60).map(str.encode))
def test_no_bytes_crash_it_and_nothing_is_dropped_silently(data: bytes) -> None:
    found, problems = split(data)
    assert all(isinstance(row, dict) or row is None for row in found)
    assert (None in found) <= bool(problems)


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        ('{"a": 1}\n{"b": oops}\n{"c": 3}\n', 2),
        ('{"a": 1}\n{"b": \n{"c": 3}\n', 2),
        ('{"a": 1}\n{"b": "no end\n{"c": 3}\n', 2),
        ('{"a": 1}\nnull\n{"c": 3}\n', 2),
        ('{"a": 1}\n"text"\n{"c": 3}\n', 2),
        ('{"a": 1}\n{"b": "\x00"}\n{"c": 3}', 2),
        ('[\n  {\n    "a": 1\n  },\n  {\n    "b": oops\n  },\n  {\n    "c": 3\n  }\n]', 5),
        ('[\n  {\n    "a": 1\n  },\n  {\n    "b": {\n  },\n  {\n    "c": 3\n  }\n]', 5),
        ('[{"a": 1}, {"b": oops}, {"c": 3}]', 1),
        ('[{"a": 1}, 5, {"c": 3}]', 1),
    ],
)
def test_a_broken_object_is_named_and_the_rest_goes_on(broken: str, line: int) -> None:
    found, problems = split(broken)
    assert found == [{"a": 1}, None, {"c": 3}]
    assert [at for at, _ in problems] == [line]


@pytest.mark.parametrize("end", ["", "]", "],", '], "nextPageToken": "x"'])
def test_a_page_that_was_cut_off_is_reported(end: str) -> None:
    found, problems = split('{"entries": [{"a": 1}' + end)
    assert found[0] == {"a": 1}
    assert problems


def test_an_object_that_only_begins_like_a_page_is_an_object() -> None:
    assert split('{"entries": 1}\n{"nextPageToken": "x"}') == ([{"entries": 1}, {"nextPageToken": "x"}], [])


def test_bytes_that_are_not_utf_8_break_their_object_only() -> None:
    found, problems = split(b'{"a": "\xff"}\n{"b": 2}\n')
    assert found == [None, {"b": 2}]
    assert problems[0][0] == 1


def test_deep_nesting_is_a_broken_object() -> None:
    found, problems = split('{"a": 1}\n' + '{"b":' * 100_000 + "}" * 100_000 + '\n{"c": 3}\n')
    assert found == [{"a": 1}, None, {"c": 3}]
    assert len(problems) == 1


def test_an_endless_object_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splitter, "LIMIT_BYTES", 1000)
    monkeypatch.setattr(splitter, "CHUNK_BYTES", 100)
    found, problems = split('{"a": "' + "x" * 5000 + '"}\n{"c": 3}\n')
    assert found[0] is None
    assert found[-1] == {"c": 3}
    assert problems[0] == (1, "too long for a log entry")


def test_an_export_that_was_cut_off_is_reported() -> None:
    found, problems = split('[{"a": 1},\n{"b": 2},\n')
    assert found == [{"a": 1}, {"b": 2}]
    assert problems == [(3, "the array has no end: was the export cut off?")]


def test_text_of_another_program_is_reported_once_a_line() -> None:
    found, problems = split('ERROR: (gcloud) log in first\n{"a": 1}\n')
    assert [row for row in found if row is not None] == [{"a": 1}]
    assert [line for line, _ in problems] == [1]
