"""Text at the terminal."""

from __future__ import annotations

import io
import json
import os
import re
import sys
import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from cli.language import echo
from cli.printable import clean
from cli.views import output
from shared.errors import InputError
from shared.model import Severity, Status
from shared.texts import Text as Localized
from tests.support.incidents import incident

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp.exe\r\n[red]not markup[/red]\u2028:smile:"


def steering(text: str) -> set[str]:
    """The control characters and invisible characters of a text."""
    return {char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")} - {"\n"}


@pytest.mark.slow
@given(st.text())
def test_cleaned_text_has_nothing_that_steers_a_terminal(text: str) -> None:
    assert not steering(clean(text))
    assert "\n" not in clean(text)


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)))
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5))
def test_json_is_safe_to_print_and_means_the_same(value: Any) -> None:
    text = output.json_text(value)
    assert not set(text) & set("\x1b\x07\x7f\x9b\u202e\u2066\u2028\ud800")
    assert json.loads(text) == value


def test_hostile_text_reaches_no_table(capsys: pytest.CaptureFixture[str]) -> None:
    made = output.table(["a", "b"])
    made.add_row(output.styled(HOSTILE), output.styled("[bold]x[/bold]"))
    output.console().print(made)
    output.print_details(output.console(), [("name", HOSTILE)])
    shown = capsys.readouterr().out
    assert not steering(shown)
    assert "[bold]x[/bold]" in shown
    assert ":smile:" in shown


def test_hostile_text_reaches_no_json(capsys: pytest.CaptureFixture[str]) -> None:
    output.emit_json([{"summary": HOSTILE}])
    shown = capsys.readouterr().out
    assert not steering(shown)
    assert json.loads(shown) == [{"summary": HOSTILE}]


def test_json_takes_the_rows_of_views(capsys: pytest.CaptureFixture[str]) -> None:
    output.emit_json({"at": NOW, "severity": Severity.HIGH, "path": Path("a/b"), "set": {"b", "a"}})
    assert json.loads(capsys.readouterr().out) == {
        "at": "2026-11-23T06:00:00Z",
        "severity": "high",
        "path": "a/b",
        "set": ["a", "b"],
    }


@pytest.mark.parametrize("value", Severity)
def test_a_severity_is_shown_in_words(value: Severity) -> None:
    assert output.severity(value).plain.lower() == value


@pytest.mark.parametrize("value", Status)
def test_a_status_is_shown_in_words(value: Status) -> None:
    assert output.status(incident(status=value)).plain == value


@pytest.mark.parametrize("ended", ["quiet", "expired"])
def test_an_incident_without_a_recovery_is_closed_and_not_resolved(ended: str) -> None:
    shown = output.status(incident(status=Status.RESOLVED, resolved_by=ended))
    assert (shown.plain, shown.style) == ("closed", "dim")


@pytest.mark.parametrize("width", [80, 140])
def test_a_table_keeps_to_the_width_of_the_terminal(width: int) -> None:
    made = output.table(["id", "summary"], right=["id"])
    made.add_row("1", output.styled("long words " * 40 + "x" * 200))
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(made)
    lines = console.export_text().splitlines()
    assert max(len(line) for line in lines) <= width
    assert "x" * 20 in "".join(lines)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "1 min ago"),
        (720, "12 min ago"),
        (7200, "2 h ago"),
        (86400, "24 h ago"),
        (3 * 86400, "3 d ago"),
        (30 * 86400, "2026-10-24"),
        (-30, "just now"),
        (-7200, "in 2 h"),
        (-7 * 86400 + 1, "in 7 d"),
    ],
)
def test_relative_times(seconds: int, text: str) -> None:
    assert output.ago(NOW - timedelta(seconds=seconds), NOW) == text


def test_a_time_is_shown_with_its_zone() -> None:
    assert output.clock(NOW, output.zone("UTC")) == "2026-11-23 06:00:00 UTC"
    assert output.clock(NOW, output.zone("Asia/Tokyo")) == "2026-11-23 15:00:00 JST"


@pytest.mark.parametrize("name", ["Mars/Phobos", "", "../etc/passwd"])
def test_an_unknown_time_zone_is_invalid_input(name: str) -> None:
    with pytest.raises(InputError, match="HINOMI_TIMEZONE"):
        output.zone(name)


@pytest.mark.parametrize(
    ("count", "noun", "text"),
    [
        (1, "entry", "1 entry"),
        (2, "entry", "2 entries"),
        (0, "day", "0 days"),
        (2, "resolved incident", "2 resolved incidents"),
        (3, "match", "3 matches"),
        (1000, "rule", "1,000 rules"),
    ],
)
def test_nouns_agree_with_their_number(count: int, noun: str, text: str) -> None:
    assert output.plural(count, noun) == text


@given(
    st.lists(st.text(alphabet="abc/夜間", min_size=1, max_size=30), min_size=1, max_size=30),
    st.integers(20, 60),
    st.integers(0, 10),
)
def test_hanging_text_breaks_no_name_and_keeps_to_the_width(words: list[str], width: int, indent: int) -> None:
    text = " ".join(words)
    lines = output.hanging(Text(text), indent, width).plain.split("\n")
    assert "".join("".join(lines).split()) == "".join(words)
    names = [run for word in words for run in re.findall("[!-~]+", word)]
    assert all(any(name in line for line in lines) for name in names)
    longest = max(map(len, names), default=0)
    assert all(cell_len(line) <= max(width, longest) for line in lines)


def test_hanging_text_is_indented_below_its_first_line() -> None:
    text = Text.assemble(("[1] ", "bold"), "one two three")
    assert output.hanging(text, 4, 12).plain == "[1] one two\n    three"


@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_names_and_commands_in_details_are_in_one_piece(
    columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    name = "//bigquery.googleapis.com/projects/example-project/datasets/warehouse/tables/orders_by_day_and_country"
    command = f"gcloud logging read 'resource.type=bigquery_dataset AND {name}' --format=json --limit=1000"
    advice = "Run `hinomi snapshot run bigquery.jobs composer.runs compute.operations dataflow.jobs vertex_ai.jobs`."
    pairs = [
        ("resource", f"the table {name} of the warehouse"),
        ("look", output.ShellCommands([command, "ls"])),
        ("", ""),
    ]
    output.print_details(output.console(), [*pairs, ("advice", advice)], indent=2)
    output.print_indented(output.console(), output.styled(f"the table {name}"), 2)
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.endswith(command)] == [f"  look      {command}"]
    assert "            ls" in lines
    assert sum(name in line for line in lines) == 3
    assert [line for line in lines if advice[4:-1] in line]
    assert all(line.startswith("  ") or name in line or "`" in line for line in lines)


def test_an_incident_is_shown_as_flapping_until_it_is_stable() -> None:
    assert output.status(incident(flapping_since=NOW)).plain == "flapping"
    assert output.status(incident(flapping_since=NOW, status=Status.RESOLVED)).plain == "resolved"


COMMAND = "`hinomi baselines staged`"
ONE_LINE = Localized(
    en=f"{'No metrics are watched, so none open incidents. ' * 2}{COMMAND} shows the alarms.",
    ja=f"インシデントを作成するメトリクスはありません (記録のみ)。{COMMAND} で、発生したはずのアラームを確認できます。",
)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("columns", [40, 66, 70, 80])
def test_a_command_in_backticks_is_never_broken_over_two_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, language: str, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    text = ONE_LINE.in_language(language)
    output.console().print(text)
    output.console().print(output.styled(text, "dim"))
    lines = capsys.readouterr().out.splitlines()
    assert [COMMAND in line for line in lines].count(True) == 2
    assert max(map(cell_len, lines)) <= columns
    assert "".join(lines).replace(" ", "") == (text * 2).replace(" ", "")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_message_on_a_terminal_breaks_no_command(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    monkeypatch.setenv("COLUMNS", "66")
    monkeypatch.setenv("HINOMI_LANGUAGE", language)
    here, there = os.openpty()
    with os.fdopen(there, "w") as terminal, os.fdopen(here, "rb", buffering=0) as screen:
        monkeypatch.setattr(sys, "stdout", terminal)
        echo(ONE_LINE)
        print("end", file=terminal, flush=True)
        shown = b""
        while not shown.endswith(b"end\r\n"):  # a terminal passes on what is written in parts
            shown += screen.read(4096)
    lines = shown.decode().splitlines()
    assert [COMMAND in line for line in lines].count(True) == 1
    assert max(map(cell_len, lines)) <= 66


LONG = "プリンシパル、メソッド、リソースごとの呼び出し回数 (1 時間単位)、ロールの付与 (秒単位)、実行 3 回目、直近 1 時間に 6 回。"


@pytest.mark.parametrize("columns", range(20, 64))
def test_a_japanese_line_begins_with_no_sign_and_ends_with_no_bracket_or_number(columns: int) -> None:
    lines = output.hanging(Text(LONG), 0, columns).plain.split("\n")
    assert len(lines) > 1
    assert max(map(cell_len, lines)) <= columns
    assert [line for line in lines if line[0] in "、。)" or line[-1] in "(0123456789"] == []


@pytest.mark.parametrize("columns", [40, 60])
def test_a_japanese_cell_of_a_table_fills_its_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    message = "レポートの送信元 'mallory' は宣言されていません。rules/reporters.yaml で宣言し、デプロイしてください"
    made = output.table(["id", "reason"])
    made.add_row(output.styled("r1"), output.styled(message))
    output.console().print(made)
    lines = [line[5:].strip() for line in capsys.readouterr().out.splitlines()[3:] if line.strip()]
    assert "".join(lines).replace(" ", "") == message.replace(" ", "")
    # No line could have taken the first word of the next one: rich alone would take a Japanese sentence for one word.
    room = max(map(cell_len, lines))
    firsts = [next(iter(output.words_of(line))) for line in lines[1:]]
    assert [
        line for line, first in zip(lines, firsts, strict=False) if cell_len(line) + cell_len(first) < room - 1
    ] == []


def test_the_times_of_a_stored_sentence_are_in_the_zone_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HINOMI_TIMEZONE", "Asia/Tokyo")
    assert output.in_local_times("期限の 2026-11-30 19:38 UTC") == "期限の 2026-12-01 04:38 JST"
    assert output.prose("read at 2026-11-30 19:18:30 UTC").plain == "read at 2026-12-01 04:18:30 JST"
    monkeypatch.setenv("HINOMI_TIMEZONE", "UTC")
    assert output.in_local_times("due 2026-11-30 19:38 UTC") == "due 2026-11-30 19:38 UTC"
