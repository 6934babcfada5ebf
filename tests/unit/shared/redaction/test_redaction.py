"""Redacted fields, and their values within texts."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collectors.metrics_analysis.sigma.template import clean, show
from shared.redaction import REDACTED, Redactor


@pytest.mark.parametrize(
    ("path", "hidden"),
    [
        ("jsonPayload.password", True),
        ("jsonPayload.DbPassword", True),
        ("jsonPayload.passwords.first", True),
        ("jsonPayload.user", False),
    ],
)
def test_a_value_is_redacted_by_its_path_in_any_case(path: str, *, hidden: bool) -> None:
    assert Redactor(("*password*",)).redact({path: "hunter22"}) == {path: REDACTED if hidden else "hunter22"}


def test_an_inner_value_is_redacted() -> None:
    redactor = Redactor(("*.token",))
    assert redactor.redact({"a": [{"token": "t", "user": "bob"}]}) == {"a": [{"token": REDACTED, "user": "bob"}]}


def test_a_value_of_any_type_is_redacted_completely() -> None:
    assert Redactor(("secret",)).redact({"secret": {"a": [1, None]}}) == {"secret": REDACTED}


def test_no_pattern_redacts_nothing() -> None:
    redactor = Redactor(())
    assert redactor.redact({"password": "hunter22"}) == {"password": "hunter22"}
    assert redactor.mask("hunter22") == "hunter22"


@pytest.mark.parametrize(
    ("value", "text", "masked"),
    [
        ("hunter22", "login with hunter22.", "login with <redacted>."),
        ("a", "a cat has a hat", "<redacted> cat has <redacted> hat"),
        ("SELECT\n  1", "query SELECT 1 failed", "query <redacted> failed"),
        ("SELECT\n  1", "query SELECT\ufffd\ufffd\ufffd1 failed", "query <redacted> failed"),
        (True, "True or not", "True or not"),
        (4711, "pin 4711", "pin <redacted>"),
        ("(.*)", "regex (.*) here", "regex <redacted> here"),
        (" \n ", "nothing to find", "nothing to find"),
        ("   \x1b", "escape    \x1b here", "escape    <redacted> here"),
        ("a\n\n\n", "a cat", "<redacted> c<redacted>t"),
        ('say "hi"\n', '{"password":"say \\"hi\\"\\n"}', '{"password":"<redacted>"}'),
    ],
)
def test_a_redacted_value_is_masked_in_a_text(value: object, text: str, masked: str) -> None:
    redactor = Redactor(("secret",))
    redactor.redact({"secret": value})
    assert redactor.mask(text) == masked


def test_the_longer_of_two_values_is_masked_first() -> None:
    redactor = Redactor(("*",))
    redactor.redact({"a": "abcd", "b": "abcdefgh"})
    assert redactor.mask("abcdefgh") == REDACTED


QUERY = "SELECT " + ", ".join(f"column_{index}" for index in range(100))


@pytest.mark.parametrize(
    ("value", "text", "masked"),
    [
        (QUERY, f"failed: {QUERY[:299]}…", "failed: <redacted>"),
        (QUERY, f"failed: {QUERY[:299]}", "failed: <redacted>"),
        (QUERY, "failed: SELECT 1", "failed: SELECT 1"),
        ("hunter22", "login with hunter… failed", "login with <redacted> failed"),
        ("hunter22", "login with hunter", "login with hunter"),
        (" " * 300 + "hunter22", "login with hunter22", "login with <redacted>"),
        ("SELECT" + " " * 300 + "x" * 90, f"failed: SELECT {'x' * 90}.", "failed: <redacted>."),
    ],
)
def test_a_value_is_masked_where_a_text_was_cut(value: str, text: str, masked: str) -> None:
    redactor = Redactor(("q",))
    redactor.redact({"q": value})
    assert redactor.mask(text) == masked


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=4)


@example("   \x1b", "", "")
@example("abcd", "ab", "cd")
@example("\u2028" * 300 + "abcd", "", "")
@given(texts, st.text(max_size=5), st.text(max_size=5))
def test_no_redacted_value_stays_in_a_text(value: str, before: str, after: str) -> None:
    redactor = Redactor(("q",))
    redactor.redact({"q": value})
    if value.strip():
        left = redactor.mask(f"{before}{value}{after}").split(REDACTED)
        assert [part for part in left if value.strip() in part] == []


def visible(text: str) -> str:
    return re.sub(r"[\s\ufffd]", "", clean(text))


@example("a" + " " * 400 + "secret", 0)
@example("SELECT\n" + " " * 2000 + "secret", 0)
@given(texts, st.integers(0, 300))
def test_templates_show_no_redacted_value(value: str, before: int) -> None:
    redactor = Redactor(("q",))
    redactor.redact({"q": value})
    if len(beginning := visible(value)[:4]) == 4:
        left = redactor.mask(show("." * before + " " + value)).split(REDACTED)
        assert [part for part in left if beginning in visible(part)] == []
