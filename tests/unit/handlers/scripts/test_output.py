"""Output of a script is bounded, readable, and without its secrets."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from handlers.scripts.output import HEAD, KEPT_BYTES, TAIL, OutputBuffer

PASSWORD = "hunter2 & 'co' é\"x"
KEY = "first line of it\nsecond line of it\n"


def text(*chunks: bytes | str, secrets: tuple[str, ...] = (PASSWORD, KEY)) -> str:
    buffer = OutputBuffer()
    for chunk in chunks:
        buffer.write(chunk.encode() if isinstance(chunk, str) else chunk)
    return buffer.text(secrets)


@pytest.mark.parametrize(
    "printed",
    [
        PASSWORD,
        base64.b64encode(PASSWORD.encode()).decode(),
        base64.urlsafe_b64encode(PASSWORD.encode()).decode().rstrip("="),
        quote(PASSWORD, safe=""),
        json.dumps(PASSWORD),
        json.dumps(PASSWORD, ensure_ascii=False),
        PASSWORD.replace("'", "'\\''"),
        f"\x1b[31m{PASSWORD[:7]}\x1b[0m{PASSWORD[7:]}",
        "second line of it",
        KEY.replace("\n", "\r\n"),
    ],
)
def test_a_secret_is_replaced_in_each_form(printed: str) -> None:
    shown = text("before ", printed, " after")
    assert "<redacted>" in shown
    assert "hunter2" not in shown
    assert "line of it" not in shown


def test_secrets_of_known_patterns_are_replaced_too() -> None:
    assert "AKIA" not in text("key AKIAABCDEFGHIJKLMNOP\n", secrets=())


def test_a_secret_that_arrives_in_two_parts_is_replaced() -> None:
    assert text(PASSWORD[:5], PASSWORD[5:]) == "<redacted>"


@pytest.mark.parametrize("before", range(KEPT_BYTES - 40, KEPT_BYTES + 3, 5))
def test_no_part_of_a_secret_remains_where_output_is_omitted(before: int) -> None:
    secret = "S" * 40
    # Codes of the terminal vanish, so that what is stored comes from next to the omitted bytes.
    flood = b"\x1b[0m" * (before // 4)
    shown = text(flood, secret, flood * 3, secret, flood, secrets=(secret,))
    assert "SS" not in shown


def test_of_a_long_output_the_beginning_and_the_end_remain() -> None:
    shown = text("begin\n", *["x" * 9_999 + "\n"] * 1_000, "end\n")
    assert shown.startswith("begin\n")
    assert shown.endswith("x\nend")
    assert "… 9,99" in shown
    assert len(shown) < HEAD + TAIL + 100


def test_memory_stays_bounded_whatever_the_size_of_a_chunk() -> None:
    buffer = OutputBuffer()
    for size in (1, 10 * KEPT_BYTES, 3, KEPT_BYTES, 7) * 50:
        buffer.write(b"a" * size)
    assert buffer.held <= 4 * KEPT_BYTES


def test_control_characters_and_progress_bars_become_plain_lines() -> None:
    shown = text(b"10%\r20%\r\nred \x1b[31mtext\x1b[0m \x00\x07\xff \xe2\x80\xae end \x1b]0;title\x07done")
    assert shown == "10%\n20%\nred text \N{REPLACEMENT CHARACTER}  end done"
