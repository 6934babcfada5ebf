import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from handlers.cards.escape import GAP, clean, cut, markdown, plain, url

# Texts with a meaning in Markdown, so that hypothesis generates them often.
PIECES = st.sampled_from(
    [
        "[a](https://evil.example)",
        "![i](x)",
        "<at>Alice</at>",
        "<b>",
        "<https://evil.example>",
        "{{DATE(2026-11-23T06:00:00Z)}}",
        "{{TIME(2026-11-23T06:00:00Z)}}",
        "${user}",
        "#",
        "##",
        "-",
        "+",
        "*",
        "1.",
        "2)",
        ">",
        "```",
        "`",
        "~~",
        "**",
        "__",
        "_",
        "\\",
        "\\\\",
        "[",
        "]",
        "(",
        ")",
        "!",
        "|",
        "---",
        "===",
        "&lt;",
        "&#42;",
        "www.evil.example",
        "https://evil.example",
        "mailto:a@b.c",
        "[r]:",
        "javascript:x",
        "\n",
        "\r\n",
        "\t",
        "\u202e",
    ]
)
HOSTILE = st.lists(PIECES | st.text(max_size=8), max_size=12).map(" ".join) | st.lists(PIECES, max_size=8).map("".join)

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
MACRO = re.compile(r"\{\{(DATE|TIME)\(", re.IGNORECASE)


def read(text: str) -> list[Token]:
    return READER.parse(text)


def shown(text: str) -> str:
    return "".join(child.content for token in read(text) for child in token.children or [])


@given(HOSTILE)
@example("[a](https://evil.example)")
@example("1. one")
@example("    code")
@example("\\[a\\](https://evil.example)")
def test_nothing_but_text_survives_markdown(text: str) -> None:
    tokens = read(markdown(text, 10_000))

    assert {token.type for token in tokens} <= {"paragraph_open", "inline", "paragraph_close"}
    assert {child.type for token in tokens for child in token.children or []} <= {"text", "text_special"}


@given(HOSTILE)
def test_the_reader_sees_the_text_that_was_there(text: str) -> None:
    assert shown(markdown(text, 10_000)).replace(GAP, "") == clean(text)


@given(HOSTILE)
def test_no_macro_mention_or_autolink_survives_anywhere(text: str) -> None:
    for harmless in (plain(text, 10_000), markdown(text, 10_000)):
        assert not MACRO.search(harmless)
        assert "<at>" not in harmless
        assert "://" not in harmless
        assert "${" not in harmless


@given(st.text())
def test_clean_text_is_one_line_that_utf8_can_encode(text: str) -> None:
    cleaned = clean(text)

    assert len(cleaned.splitlines()) <= 1
    cleaned.encode()


@given(st.text(), st.integers(1, 50))
def test_a_cut_text_is_never_longer_than_asked(text: str, length: int) -> None:
    assert len(cut(text, length)) <= length


def test_a_right_to_left_override_is_removed() -> None:
    assert clean("exe\u202egnp.") == "exegnp."


def test_a_lone_surrogate_is_replaced() -> None:
    assert clean("a\ud800b") == "a\ufffdb"


def test_an_emoji_of_several_parts_is_not_split() -> None:
    assert clean("👩\u200d🚒") == "👩\u200d🚒"


@pytest.mark.parametrize(
    "address",
    [
        "http://console.cloud.google.com/",
        "javascript:alert(1)",
        "https://console.cloud.google.com/ x",
        'https://a.example/"',
        "https://user@evil.example/",
        "https://" + "a" * 2_000,
        "https://[",
        "https:///path",
        "",
    ],
)
def test_a_button_opens_no_such_address(address: str) -> None:
    assert url(address) is None


def test_a_button_opens_the_logs_explorer() -> None:
    address = "https://console.cloud.google.com/logs/query;query=insertId%3D%22a%22?project=example-project"

    assert url(address) == address


def test_a_dashboard_on_this_machine_needs_no_tls() -> None:
    assert url("http://127.0.0.1:8080/incidents/1", loopback=True) == "http://127.0.0.1:8080/incidents/1"


def test_a_dashboard_elsewhere_needs_tls() -> None:
    assert url("http://dashboard.example/", loopback=True) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@everyone look", f"@{GAP}everyone look"),
        ("ping (@here)", f"ping (@{GAP}here)"),
        ("@channels of all@example.com and x@all.example.com", "@channels of all@example.com and x@all.example.com"),
    ],
)
def test_nobody_is_mentioned(text: str, shown: str) -> None:
    assert plain(text, 100) == shown
