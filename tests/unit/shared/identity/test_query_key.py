from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.identity.query_key import normalised, query_key, window

QUERY = "SELECT id FROM `p-1.mart.orders` WHERE day = DATE '2026-11-23' AND amount > 3.5"
LITERALS = st.one_of(
    st.integers(0, 10**9).map(str),
    st.floats(0, 1e6, allow_nan=False).map(repr),
    st.text(st.characters(exclude_characters="'\\\n", codec="utf-8"), max_size=20).map("'{}'".format),
)
SPACES = st.sampled_from([" ", "\n", "\t ", " /* why */ ", " -- note\n", " # note\n"])


@pytest.mark.parametrize(
    "same",
    [
        "select id from `p-1.mart.orders` where day = date '2026-11-22' and amount > 99",
        'SELECT id\n  FROM p-1.mart.orders -- of today\n WHERE day = DATE "2026-01-01" AND amount > 1e3;',
        '/* {"app": "dbt"} */ SELECT id FROM `p-1`.mart.`orders` WHERE day = DATE r\'x\' AND amount > -3',
    ],
)
def test_spelling_and_literals_make_no_difference(same: str) -> None:
    assert query_key(same) == query_key(QUERY)


@pytest.mark.parametrize(
    "other",
    [
        QUERY.replace("orders", "returns"),
        QUERY.replace("amount >", "amount >="),
        QUERY.replace("SELECT id", "SELECT id, name"),
        QUERY + " LIMIT 10",
    ],
)
def test_another_statement_has_another_key(other: str) -> None:
    assert query_key(other) != query_key(QUERY)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("SELECT * FROM t WHERE id IN (1, 2, 3)", "SELECT * FROM t WHERE id IN (7)"),
        ("INSERT t VALUES (1, 'a'), (2, 'b')", "INSERT t VALUES (3, 'c')"),
        ("SELECT * FROM d.events_20261122", "SELECT * FROM d.events_20261123"),
        ("SELECT * FROM _script1f0c2a9b77de.x", "SELECT * FROM _scriptaa37b1c09f12.x"),
        ("DROP TABLE d.m__dbt_tmp_20261123061500123", "DROP TABLE d.m__dbt_tmp_20261122061500999"),
        (
            "SELECT 1 FROM tmp_1b4e28ba_2fa1_11d2_883f_0016d3cca427",
            "SELECT 1 FROM tmp_9f4e28ba_3fa1_41d2_a83f_0016d3cca111",
        ),
        ("SELECT '''a -- 'b' /* c */''' FROM t", "SELECT 'x' FROM t"),
    ],
)
def test_changing_parts_make_no_difference(one: str, two: str) -> None:
    assert normalised(one) == normalised(two)


def test_a_comment_mark_inside_a_text_is_text() -> None:
    assert normalised("SELECT '--', a FROM t") == "select ? , a from t"


def test_a_name_with_digits_stays() -> None:
    assert normalised("SELECT utm_5 FROM dim_2026") == "select utm_5 from dim_2026"


def test_no_query_has_no_key() -> None:
    assert query_key(" -- nothing\n") == ""


@given(st.lists(st.tuples(LITERALS, SPACES), min_size=3, max_size=3))
def test_any_literal_and_any_space_give_the_same_key(parts: list[tuple[str, str]]) -> None:
    (one, gap), (two, space), (three, blank) = parts
    query = f"SELECT{gap}a{space}FROM{blank}t{gap}WHERE{space}x = {one}{blank}AND{gap}y <> {two} OR z IN ({three}, 1)"
    assert normalised(query) == "select a from t where x = ? and y < > ? or z in ( ? )"


@given(st.text(max_size=200))
def test_any_text_has_a_key_that_fits_the_column(query: str) -> None:
    assert len(query_key(query)) <= 64


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("CALL p('2026-11-27')", "2026-11-27"),
        ("CALL p(DATE(2026, 11, 7))", "2026-11-07"),
        ("SELECT 1 WHERE day BETWEEN '20261101' AND DATE '2026-11-27'", "2026-11-01/2026-11-27"),
        ("SELECT 1 FROM `p.d.events_2026112703`", "2026-11-27T03"),
        ("SELECT TIMESTAMP '2026-11-27 03:00:00 UTC'", "2026-11-27T03"),
        ("CALL close('2026-11')", "2026-11"),
        ("SELECT '2026-11-27 03:12:44'", ""),
        ("-- '2026-11-27'\nSELECT 'phone 20261127', '20261399'", ""),
        ("", ""),
    ],
)
def test_the_window_of_a_query_is_the_span_of_its_dates(query: str, expected: str) -> None:
    assert window(query) == expected


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ("d >= DATE '2026-11-19'", "2026-11-19/"),
        ("d > DATE(2026, 11, 19) AND x > 3", "2026-11-19/"),
        ("d < '2026-11-19'", "/2026-11-19"),
        ("d BETWEEN '2026-11-19' AND '2026-11-25'", "2026-11-19/2026-11-25"),
        ("d = '2026-11-25' AND created >= '2020-01-01'", "2026-11-25"),
        ("ts >= '2026-11-20' FROM events_20261125", "2026-11-25"),
        ("d <> '2026-11-19'", "2026-11-19"),
    ],
)
def test_bounds_of_a_range_are_the_window_of_a_query_without_another_date(query: str, days: str) -> None:
    assert window(f"SELECT 1 WHERE {query}") == days
