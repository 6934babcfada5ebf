from __future__ import annotations

import pytest

from shared import strict_yaml
from shared.config import ROOT
from shared.errors import InputError
from shared.strict_yaml import load, load_all


def test_every_value_knows_its_line() -> None:
    document = load("match:\n  kind: x\n  labels:\n    - a\n    - b: 1\n", "f.yaml")
    assert document.value == {"match": {"kind": "x", "labels": ["a", {"b": 1}]}}
    assert document.line("match", "kind") == 2
    assert document.line("match", "labels", 1, "b") == 5


def test_a_missing_path_has_the_line_of_its_parent() -> None:
    document = load("a: 1\nmatch:\n  kind: x\n", "f.yaml")
    assert document.line("match", "severity") == 2


def test_a_duplicate_key_is_an_error_with_its_line() -> None:
    with pytest.raises(InputError, match=r"^f.yaml:4: the key 'c' appears twice \(first in line 3\)"):
        load("a: 1\nb:\n  c: 1\n  c: 2\n", "f.yaml")


def test_broken_yaml_is_an_error_with_its_line() -> None:
    with pytest.raises(InputError, match=r"^f.yaml:2: this is not YAML"):
        load("a: 1\nb: ]\n", "f.yaml")


def test_on_and_yes_are_texts_and_only_true_and_false_are_booleans() -> None:
    assert load("on: [yes, off, true, False]", "f.yaml").value == {"on": ["yes", "off", True, False]}


BOMB = """\
a: &a [x, x, x, x, x, x, x, x, x, x]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
"""


@pytest.mark.parametrize(
    ("text", "line"),
    [(BOMB, 1), ("a: 1\nb: &x [*x]\n", 2), ("a: 1\n---\nb: 2\nc: &x 3\n", 4), ("a:\n  - *x\n", 2)],
)
def test_an_anchor_or_an_alias_is_an_error_with_its_line(text: str, line: int) -> None:
    with pytest.raises(InputError, match=rf"^f.yaml:{line}: YAML anchors and aliases"):
        load_all(text, "f.yaml")


def test_a_star_or_an_ampersand_in_quotes_is_text() -> None:
    assert load("a: ['*x', '&y']", "f.yaml").value == {"a": ["*x", "&y"]}


def test_nesting_beyond_the_limit_is_an_error() -> None:
    with pytest.raises(InputError, match="nested"):
        load("[" * 60 + "]" * 60, "f.yaml")


def test_a_key_that_is_not_text_is_an_error() -> None:
    with pytest.raises(InputError, match="cannot be a key"):
        load("? [1]\n: 2", "f.yaml")


def test_two_documents_are_read_by_load_all_and_rejected_by_load() -> None:
    assert [document.value for document in load_all("a: 1\n---\nb: 2", "f.yaml")] == [{"a": 1}, {"b": 2}]
    with pytest.raises(InputError, match="one YAML document"):
        load("a: 1\n---\nb: 2", "f.yaml")


@pytest.mark.slow
def test_an_empty_file_is_a_document_of_none() -> None:
    assert load("", "f.yaml").value is None


@pytest.mark.slow
def test_both_parsers_read_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {str(path): path.read_text(encoding="utf-8") for path in (ROOT / "rules").rglob("*.y*ml")}
    assert len(texts) > 50
    from_c = {file: load_all(text, file) for file, text in texts.items()}
    monkeypatch.setattr(strict_yaml, "c_loader", lambda: None)
    assert {file: load_all(text, file) for file, text in texts.items()} == from_c


ODD = [
    "a: \ud800",
    "a: 1\n\tb: 2",
    "a: 'x\n b'",
    "\ufeffa: 1",
    "a: >\n  x\n\n  y\n",
    "? [1]\n: 2",
    "%YAML 1.2\n---\na: 1",
]


@pytest.mark.parametrize("text", ["a: b: c", "- a\nb", "a: 'x", "a: \x00", "a: @b", "{a: 1", "a: !x 1", *ODD])
def test_both_parsers_say_the_same_of_odd_yaml(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    from_c = outcome(text)
    monkeypatch.setattr(strict_yaml, "c_loader", lambda: None)
    assert outcome(text) == from_c


def outcome(text: str) -> str:
    try:
        return str(load_all(text, "f.yaml"))
    except InputError as error:
        return str(error)
