"""What is redacted, and where it is looked for afterwards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_a_value_of_any_type_is_redacted_whole() -> None:
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


def test_a_long_value_is_masked_where_a_template_cut_it() -> None:
    value = "SELECT " + ", ".join(f"column_{index}" for index in range(100))
    redactor = Redactor(("q",))
    redactor.redact({"q": value})
    assert redactor.mask(f"failed: {value[:299]}…") == f"failed: {REDACTED}"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=4), st.text(max_size=5), st.text(max_size=5))
def test_no_redacted_value_stays_in_a_text(value: str, before: str, after: str) -> None:
    redactor = Redactor(("q",))
    redactor.redact({"q": value})
    if value.strip():
        assert value.strip() not in redactor.mask(f"{before}{value}{after}").replace(REDACTED, "")
