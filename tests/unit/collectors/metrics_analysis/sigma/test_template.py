from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.metrics_analysis.sigma.template import LONGEST_VALUE, Scope, parse, render

ENTRY = {
    "resource": {"labels": {"k8s.io/name": "pod"}},
    "name": "projects/p/buckets/b",
    "code": 7,
    "ok": True,
    "empty": "",
    "deltas": [{"member": "a"}, {"member": "b"}, {"member": "b"}],
    "object": {"x": [1]},
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{name} has {code}", "projects/p/buckets/b has 7"),
        ("{name:tail}", "b"),
        ("{missing|empty|code}", "7"),
        ("{missing:tail|name:tail}", "b"),
        ("[{missing}]", "[]"),
        ("{{{code}}}", "{7}"),
        ("{ok}", "true"),
        (r"{resource.labels.k8s\.io/name}", "pod"),
        ("{deltas.member}", "a, b"),
        ("{deltas[1].member}", "b"),
        ("{object}", '{"x":[1]}'),
        ("{extracted.dag} {count}", "daily 3"),
    ],
)
def test_a_template_is_filled(template: str, text: str) -> None:
    assert render(template, Scope(ENTRY, extra={"extracted": {"dag": "daily"}, "count": 3})) == text


@pytest.mark.parametrize("template", ["{", "}", "{a", "a}", "{}", "{|a}", "{a..b}", "{a[any]}", "{a{b}}"])
def test_a_wrong_template_says_so(template: str) -> None:
    with pytest.raises(ValueError, match=r"brace|field|part|bracket"):
        parse(template)


def test_a_bound_list_shows_only_its_bound_elements() -> None:
    scope = Scope(ENTRY, {("deltas",): [ENTRY["deltas"][1]]})  # type: ignore[index]
    assert render("{deltas.member} {code}", scope) == "b 7"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("two\nlines\ttab", "two lines tab"),
        ("\x1b[31mred", "[31mred"),
        ("a\u2028b", "a b"),
        ("abc\u202edef", "abc\N{REPLACEMENT CHARACTER}def"),
        ("\ud800", "\N{REPLACEMENT CHARACTER}"),
        ("nul\x00", "nul"),
        ("x" * 1000, "x" * (LONGEST_VALUE - 1) + "…"),
        ("日本語", "日本語"),
    ],
)
def test_values_are_one_clean_line(value: str, shown: str) -> None:
    assert render("{name}", Scope({"name": value})) == shown


@pytest.mark.slow
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_a_log_says_the_text_is_one_line_that_utf8_can_encode(value: Any) -> None:
    text = render("{name} {name:tail}", Scope({"name": value}))
    assert text.splitlines() in ([text], [])
    assert "\x00" not in text
    text.encode()
