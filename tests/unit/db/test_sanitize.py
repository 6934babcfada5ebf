"""Text and JSON from logs that a database would reject are cleaned."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.error_db.store import ErrorStore
from db.sanitize import clean, clean_json, clean_key, scrubbed_key
from tests.support.findings import NOON, finding, only


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [("a\x00b", "a\ufffdb"), ("half \ud83d", "half ?"), ("火の見", "火の見"), ("plain", "plain"), ("x" * 9, "xxxx…")],
)
def test_text_is_cleaned(text: str, cleaned: str) -> None:
    assert clean(text, 5 if text == "x" * 9 else 100) == cleaned


def test_long_keys_stay_apart() -> None:
    one, other = clean_key("k" * 400 + "1", 300), clean_key("k" * 400 + "2", 300)
    assert one != other
    assert len(one) == len(other) == 300


def test_keys_with_different_secrets_stay_apart() -> None:
    one, other = scrubbed_key("run password=hunter22", 300), scrubbed_key("run password=hunter23", 300)
    assert one != other
    assert one.startswith("run password=<redacted>#")
    assert scrubbed_key("run password=hunter22", 300) == one


@pytest.mark.parametrize("other", ["k\ufffd", "k\x00\x00", "k?"])
def test_keys_that_differ_by_a_bad_character_only_stay_apart(other: str) -> None:
    assert clean_key("k\x00", 300) != clean_key(other, 300)


def test_json_is_cleaned_all_the_way_down() -> None:
    assert clean_json({"a\x00": [{"b": "c\x00"}, 1, None, True]}) == {"a\ufffd": [{"b": "c\ufffd"}, 1, None, True]}


def test_numbers_that_json_does_not_know_become_text() -> None:
    assert clean_json([float("nan"), float("inf"), 1.5]) == ["nan", "inf", 1.5]


def test_json_is_bounded_unless_requested_otherwise() -> None:
    assert len(clean_json(["x"] * 5_000)) == 2_000
    assert len(clean_json(["x"] * 5_000, bounded=False)) == 5_000


def test_a_secret_inside_a_text_does_not_reach_the_database() -> None:
    text = "cannot connect to postgresql://etl:hunter2@db.example.com/mart"
    assert "hunter2" not in clean(text)
    assert "hunter2" not in clean_json({"message": [text]})["message"][0]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(json_values)
def test_clean_json_is_valid_text(value: Any) -> None:
    def texts(inner: Any) -> str:
        if isinstance(inner, dict):
            return "".join(texts(key) + texts(member) for key, member in inner.items())
        return "".join(map(texts, inner)) if isinstance(inner, list) else str(inner)

    assert "\x00" not in texts(clean_json(value)).encode().decode()


def test_a_finding_of_bad_text_is_recorded(store: ErrorStore) -> None:
    bad = "n\x00u\ud800l"
    texts: dict[str, Any] = dict.fromkeys(
        ("title", "resource", "principal", "summary", "log_name", "insert_id", "log_url"), bad
    )
    item = finding(**texts, project=bad, service=bad, rule=bad * 200, event_key=bad * 200, fields={bad: [bad]})
    with store.transaction(NOON, bad * 200) as transaction:
        change = only(transaction.record(item, redact=()))
        assert change.incident.summary == "n\ufffdu?l"
        assert transaction.record(item, redact=()) == []
