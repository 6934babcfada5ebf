"""`hinomi analyze` in a process of its own."""

from __future__ import annotations

import gzip
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from cli.entries.splitter import CHUNK_BYTES
from tests.support import forked_cli
from tests.unit.cli.probes import RULES, entry, failed, fine

COMMAND = (sys.executable, "-c", "from cli.app import main; main()")
ROOT = Path(__file__).resolve().parents[3]
KEYS = [
    "line", "insert_id", "rule", "kind", "severity", "service", "resource", "principal", "summary", "fingerprint", "time",
]  # fmt: skip


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rules") / "rules"
    shutil.copytree(RULES, folder)
    return folder


@pytest.fixture
def environment(rules: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HINOMI_")}
    return {**kept, "HINOMI_RULES_DIR": str(rules), "COLUMNS": "140", "PYTHONPATH": str(ROOT)}


@pytest.fixture
def export(tmp_path: Path) -> Path:
    file = tmp_path / "export.json"
    rows = [fine(9), failed(3, who="alice@example.com"), failed(1), entry(0, hello="world")]
    file.write_text(json.dumps(rows, indent=2))
    return file


Hinomi = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def hinomi(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Hinomi:
    def run(*args: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return forked_cli.hinomi([str(arg) for arg in args], environment, tmp_path_factory.mktemp("streams"), stdin)

    return run


def test_json_lines_have_exactly_the_promised_keys(hinomi: Hinomi, export: Path) -> None:
    done = hinomi("analyze", export, "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [list(row) for row in rows] == [KEYS, KEYS]
    assert [row["line"] for row in rows] == [2, 3]
    assert rows[0] == rows[0] | {
        "rule": "probe/job_failed",
        "kind": "job_failure",
        "severity": "medium",
        "service": "probe",
        "resource": "probes/a",
        "principal": "alice@example.com",
        "summary": "probe a failed: no answer",
        "time": "2026-11-23T06:03:00Z",
    }
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_person_reads_first_what_was_read(hinomi: Hinomi, export: Path) -> None:
    done = hinomi("analyze", export)
    rest = done.stdout.decode().splitlines()
    assert " ".join(rest[:3]).rstrip() == (
        "Read 4 entries, from 2026-11-23 06:00:00 to 2026-11-23 06:09:00 (times in UTC). 2 findings of 1 rule."
    )
    assert "medium  1 incident" in rest
    assert "(recovered)" in done.stdout.decode()
    assert rest[-2].startswith("Next:")


def test_no_findings_is_a_success(hinomi: Hinomi) -> None:
    done = hinomi("analyze", "-", stdin=json.dumps([fine(0, "x")]).encode())
    assert done.stdout.startswith(b"Read 1 entry, of 2026-11-23 06:00:00 (times in UTC).\n0 findings of 0 rules.\n")
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("data", [b"[]", b"", b"[\n]\n", b'{"entries": []}'])
def test_an_empty_export_is_named_and_not_good_news(hinomi: Hinomi, data: bytes) -> None:
    done = hinomi("analyze", "-", stdin=data)
    assert " ".join(done.stdout.decode().split()) == (
        "Read 0 entries: the export is empty. Check its filter, its project and its period: `gcloud logging read` reads"
        " the last day unless `--freshness` says otherwise."
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_file_without_entries_has_only_its_error(hinomi: Hinomi, tmp_path: Path) -> None:
    file = tmp_path / "error.txt"
    file.write_text("Traceback (most recent call last):\n  File 'a.py', line 1, in <module>\nValueError: x\n")
    done = hinomi("analyze", file)
    assert done.stderr.decode().startswith(f"hinomi: {file}:1: neither JSON nor YAML: export with `gcloud logging read")
    assert (done.stdout, done.returncode) == (b"", 2)


def test_lines_are_numbered_through_standard_input_and_files(hinomi: Hinomi, export: Path) -> None:
    lines = b"\n".join(json.dumps(row).encode() for row in [fine(0, "x"), failed(1, "x")])
    done = hinomi("analyze", export, "-", "--json", stdin=gzip.compress(lines))
    assert [json.loads(line)["line"] for line in done.stdout.splitlines()] == [2, 3, 6]


def test_less_severe_findings_can_be_left_out(hinomi: Hinomi, export: Path) -> None:
    assert hinomi("analyze", export, "--json", "--severity", "high").stdout == b""


def test_invalid_entries_are_reported_and_the_rest_is_analyzed(hinomi: Hinomi, tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    file.write_text(f'{json.dumps(failed(0))}\n{{oops\n[7]\n{{"hello": 1}}\n{json.dumps(failed(1))}\n')
    done = hinomi("analyze", file, "--json")
    assert [json.loads(line)["line"] for line in done.stdout.splitlines()] == [1, 5]
    output = done.stderr.decode().splitlines()
    assert [line.split(": ")[1] for line in output] == [f"{file}:2", f"{file}:3", f"{file}:4"]
    assert done.returncode == 2


def test_many_invalid_entries_are_counted(hinomi: Hinomi) -> None:
    done = hinomi("analyze", "-", "--json", stdin=b"{oops}\n" * 100)
    output = done.stderr.decode().splitlines()
    assert (len(output), output[-1]) == (4, "hinomi: and 97 more parts that could not be read")


def test_a_missing_file_is_reported_in_one_line(hinomi: Hinomi, tmp_path: Path) -> None:
    done = hinomi("analyze", tmp_path / "gone.json")
    assert (done.stdout, done.stderr.decode()) == (b"", f"hinomi: {tmp_path / 'gone.json'}: no such file\n")
    assert done.returncode == 2


def test_invalid_rules_are_reported_with_one_error_a_line(hinomi: Hinomi, export: Path, tmp_path: Path) -> None:
    (tmp_path / "rules" / "bad").mkdir(parents=True)
    (tmp_path / "rules" / "bad" / "one.yml").write_text("title: x\ntitle: y\n")
    (tmp_path / "rules" / "bad" / "two.yml").write_text("title: [\n")
    done = hinomi("analyze", export, "--rules", tmp_path / "rules")
    output = done.stderr.decode().splitlines()
    assert done.returncode == 2
    assert "Traceback" not in done.stderr.decode()
    assert {"one.yml", "two.yml"} == {name for name in ("one.yml", "two.yml") if any(name in line for line in output)}


@pytest.mark.parametrize("option", [(), ("--json",)])
def test_hostile_text_does_not_reach_the_terminal(hinomi: Hinomi, option: tuple[str, ...]) -> None:
    hostile = failed(0, "\x1b]0;owned\x07\x9b2J\u202e[red]", who="\x1b[2J")
    done = hinomi("analyze", "-", *option, stdin=json.dumps(hostile).encode())
    assert not set(done.stdout.decode()) & set("\x1b\x07\x9b\u202e")


@pytest.mark.parametrize("as_json", [["--json"], []])
def test_a_closed_pipe_is_not_an_error(environment: dict[str, str], tmp_path: Path, as_json: list[str]) -> None:
    file = tmp_path / "many.jsonl"
    file.write_text("".join(json.dumps(failed(minute, f"probe-{minute}")) + "\n" for minute in range(3000)))
    with subprocess.Popen(
        (*COMMAND, "analyze", str(file), "--limit", "3000", *as_json),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=120) == 141


def test_ctrl_c_ends_it_quietly(environment: dict[str, str]) -> None:
    pipes: Any = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    # The tests may run with SIGINT ignored, which their processes would inherit.
    command = ("env", "--default-signal", *COMMAND, "analyze", "-", "--json")
    with subprocess.Popen(command, env={**environment, "PYTHONUNBUFFERED": "1"}, **pipes) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(json.dumps(failed(1)).encode() + b"\n" * 2 * CHUNK_BYTES)
        process.stdin.flush()
        assert json.loads(process.stdout.readline())  # it has begun, and waits for more
        # A signal that arrives just before the process begins to wait for more is seen with the next one.
        for _ in range(24):
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5)
                break
        assert process.returncode == 130
        assert process.stderr.read() == b""


def test_a_long_file_shows_a_bar_to_a_person_only(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "long.jsonl"
    row = json.dumps(entry(0, hello="x" * 1000)) + "\n"
    file.write_text(row * 6000)
    main, side = pty.openpty()
    done = subprocess.run(
        (*COMMAND, "analyze", str(file)),
        env={**environment, "TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=side,
        check=True,
        timeout=120,
    )
    os.close(side)
    bar = os.read(main, 100_000)
    os.close(main)
    assert b"entries" in bar
    assert b"\x1b" not in done.stdout
    assert done.stdout.startswith(b"Read 6,000 entries")


def test_an_unavailable_database_is_one_line_with_a_fix(hinomi: Hinomi, environment: dict[str, str]) -> None:
    environment["HINOMI_ERROR_DB_URL"] = "postgresql+psycopg://127.0.0.1:1/none"
    done = hinomi("incidents", "list")
    assert done.returncode == 1
    assert done.stderr.decode().count("\n") == 1
