"""Sources of exported entries: files, folders, gzip files, standard input."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
from pathlib import Path
from types import SimpleNamespace

import pytest

from cli.entries.reader import EntryReader
from shared.errors import InputError

LINES = b'{"insertId": "a"}\n{"insertId": "b"}\n'


def read(*paths: Path | str) -> tuple[list[tuple[int, str]], list[str]]:
    problems: list[str] = []
    reader = EntryReader([str(path) for path in paths], lambda error: problems.append(str(error)))
    return [(number, entry["insertId"]) for number, entry in reader], problems


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_entries_count_over_all_the_files(tmp_path: Path) -> None:
    first, second = written(tmp_path / "1", LINES), written(tmp_path / "2", b'[{"insertId": "c"}]')
    assert read(first, second) == ([(1, "a"), (2, "b"), (3, "c")], [])


def test_a_broken_line_counts_and_is_named_with_file_and_line(tmp_path: Path) -> None:
    file = written(tmp_path / "log.jsonl", b'{"insertId": "a"}\n\n{oops}\n{"insertId": "b"}\n')
    entries, problems = read(file)
    assert entries == [(1, "a"), (3, "b")]
    assert len(problems) == 1
    assert problems[0].startswith(f"{file}:3: not valid JSON")


@pytest.mark.parametrize("name", ["log.jsonl.gz", "log"])
def test_gzip_is_known_by_its_content(tmp_path: Path, name: str) -> None:
    assert read(written(tmp_path / name, gzip.compress(LINES))) == ([(1, "a"), (2, "b")], [])


@pytest.mark.parametrize("end", [-9, -4])
def test_a_gzip_file_that_was_cut_off_is_reported_and_the_next_file_is_read(tmp_path: Path, end: int) -> None:
    broken, good = written(tmp_path / "1.gz", gzip.compress(LINES * 100)[:end]), written(tmp_path / "2", LINES)
    entries, problems = read(broken, good)
    assert [name for _, name in entries[-2:]] == ["a", "b"]
    assert problems[0].startswith(f"{broken}: broken gzip file")


YAML = b"""---
insertId: a
timestamp: '2026-11-23T06:00:00Z'
protoPayload:
  '@type': type.googleapis.com/google.cloud.audit.AuditLog
  status: {}
---
insertId: b
timestamp: 2026-11-23T06:00:00Z
"""


YAML_LIST = b"""# an export
- insertId: a
  timestamp: '2026-11-23T06:00:00Z'
  protoPayload: {'@type': type.googleapis.com/google.cloud.audit.AuditLog, status: {}}
- insertId: b
  timestamp: 2026-11-23T06:00:00Z
"""
FORMS = [
    YAML,
    YAML.removeprefix(b"---\n"),
    gzip.compress(YAML),
    YAML_LIST,
    b"entries:\n" + YAML_LIST + b"nextPageToken: x\n",
]


@pytest.mark.parametrize("data", FORMS)
def test_yaml_as_gcloud_prints_it_is_read(tmp_path: Path, data: bytes) -> None:
    file = written(tmp_path / "log.yaml", data)
    assert read(file) == ([(1, "a"), (2, "b")], [])
    first, second = (entry for _, entry in EntryReader([str(file)], lambda error: pytest.fail(str(error))))
    assert first["protoPayload"] == {"@type": "type.googleapis.com/google.cloud.audit.AuditLog", "status": {}}
    assert first["timestamp"] == second["timestamp"] == "2026-11-23T06:00:00Z"


@pytest.mark.parametrize(
    ("broken", "line", "problem"),
    [
        (b"---\ninsertId: [\n", 3, "not valid YAML"),
        (b"---\ninsertId: a\n---\n&x [*x]\n", 4, "not valid YAML, so the rest is not read: aliases"),
        (b"---\njust text\n", 2, "not a mapping"),
    ],
)
def test_broken_yaml_is_named_with_file_and_line(tmp_path: Path, broken: bytes, line: int, problem: str) -> None:
    file = written(tmp_path / "log.yaml", broken)
    _, problems = read(file)
    assert len(problems) == 1
    assert problems[0].startswith(f"{file}:{line}: {problem}")


@pytest.mark.parametrize("data", [b"TIMESTAMP  SEVERITY\n2026-11-23  ERROR\n", b"insertId,timestamp\na,b\n", b"<html>"])
def test_tables_and_csv_name_the_flag_to_export_with(tmp_path: Path, data: bytes) -> None:
    entries, problems = read(written(tmp_path / "log.txt", data))
    assert entries == []
    (problem,) = problems
    assert problem.startswith(
        f"{tmp_path / 'log.txt'}:1: neither JSON nor YAML: export with `gcloud logging read … --f"
    )
    assert problem.endswith(", or with `bq query --format=json`")


def test_rows_of_bigquery_are_entries(tmp_path: Path) -> None:
    row = {"insertId": "a", "timestamp": "2026-11-23 06:00:00 UTC", "protopayload_auditlog": {"methodName": "x"}}
    file = written(tmp_path / "rows.json", json.dumps([row]).encode())
    ((_, entry),) = EntryReader([str(file)], lambda error: pytest.fail(str(error)))
    assert entry["protoPayload"]["methodName"] == "x"


def test_flattened_rows_of_bigquery_name_the_command_to_export_with(tmp_path: Path) -> None:
    row = {"logName": "projects/p/logs/x", "insertId": "a", "resource.type": "bigquery_dataset"}
    entries, (problem,) = read(written(tmp_path / "rows.json", json.dumps([row]).encode()))
    assert entries == []
    assert problem.startswith(f"{tmp_path / 'rows.json'}:1: nested columns were flattened")
    assert "`bq query --format=json`" in problem


def test_a_byte_order_mark_is_not_part_of_the_text(tmp_path: Path) -> None:
    assert read(written(tmp_path / "bom.json", b"\xef\xbb\xbf" + LINES)) == ([(1, "a"), (2, "b")], [])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])  # the last two have no byte order mark
def test_utf_16_is_named(tmp_path: Path, encoding: str) -> None:
    entries, (problem,) = read(written(tmp_path / "windows.json", LINES.decode().encode(encoding)))
    assert entries == []
    assert "UTF-16" in problem


def test_a_folder_stands_for_its_exports_by_name(tmp_path: Path) -> None:
    written(tmp_path / "b.json", b'{"insertId": "2"}')
    written(tmp_path / "a.jsonl.gz", gzip.compress(b'{"insertId": "1"}'))
    written(tmp_path / "notes.txt", b"not read")
    assert read(tmp_path) == ([(1, "1"), (2, "2")], [])


def test_the_folders_that_a_log_sink_makes_in_a_bucket_are_read(tmp_path: Path) -> None:
    hour = tmp_path / "cloudaudit.googleapis.com" / "activity" / "2026" / "11" / "23"
    hour.mkdir(parents=True)
    written(hour / "06:00:00_06:59:59_S0.json", LINES)
    assert read(tmp_path) == ([(1, "a"), (2, "b")], [])


def test_a_folder_without_exports_is_invalid_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no \*\.json"):
        read(tmp_path)


def test_a_missing_file_is_invalid_input_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read(written(tmp_path / "there", LINES), tmp_path / "gone")


def test_an_empty_file_has_no_entries(tmp_path: Path) -> None:
    assert read(written(tmp_path / "empty.json", b"")) == ([], [])
    assert read(written(tmp_path / "nothing.json", b"[]\n")) == ([], [])


@pytest.mark.parametrize("data", [LINES, gzip.compress(LINES)], ids=["plain", "compressed"])
def test_standard_input_is_a_dash(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BufferedReader(io.BytesIO(data))))
    assert read("-") == ([(1, "a"), (2, "b")], [])


def test_progress_ends_at_the_size_of_the_files(tmp_path: Path) -> None:
    files = [written(tmp_path / "1.jsonl", LINES), written(tmp_path / "2.gz", gzip.compress(LINES))]
    reader = EntryReader([str(file) for file in files], lambda error: pytest.fail(str(error)))
    assert len(list(reader)) == 4
    assert reader.bytes_read == reader.total_bytes == sum(file.stat().st_size for file in files)


@pytest.mark.slow
@pytest.mark.parametrize("indent", [None, 2])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, indent: int | None) -> None:
    small, large = (_peak_bytes(tmp_path / f"{count}.json", count, indent) for count in (6_000, 18_000))
    assert large < small * 1.2


def _peak_bytes(path: Path, count: int, indent: int | None) -> int:
    rows = [{"insertId": str(number), "textPayload": "x" * 1000} for number in range(count)]
    reader = EntryReader(
        [str(written(path, json.dumps(rows, indent=indent).encode()))], lambda error: pytest.fail(str(error))
    )
    del rows
    tracemalloc.start()
    assert sum(1 for _ in reader) == count
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak
