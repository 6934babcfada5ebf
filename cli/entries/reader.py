"""Reads exported log entries from files, folders and standard input, in constant memory.

It accepts the output of `gcloud logging read`, with --format=json or as YAML, the JSON lines that a log sink writes to
Cloud Storage, rows of BigQuery with log entries, responses of the API's entries.list, and gzip of all of these. Entries
are numbered from 1 over all files.
"""

from __future__ import annotations

import gzip
import re
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, Protocol, cast

from cli.entries import bigquery_rows, yaml_documents
from cli.entries.splitter import Splitter
from cli.entries.yaml_documents import YamlDocuments
from cli.language import localize
from shared.errors import InputError
from shared.texts.cli import entries as texts

STDIN = "-"
SUFFIXES = (".json", ".jsonl", ".ndjson", ".yaml", ".yml", ".gz")
GZIP = b"\x1f\x8b"
BEGINNING_BYTES = 256
JSON = re.compile(rb"\s*(?:[\[{]|$)")
UTF8_BOM = b"\xef\xbb\xbf"
UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")


class Stream(Protocol):
    """A plain or gzip file with look-ahead."""

    def peek(self, size: int = 0, /) -> bytes:
        """The next bytes, at least one except at the end."""

    def read(self, size: int = -1, /) -> bytes:
        """Reads and consumes bytes."""


class EntryReader:
    """The entries of `paths` as (number, entry).

    Each path is a file, a folder (its *.json, *.jsonl, *.ndjson, *.yaml and *.gz files and those of its subfolders, in
    order of their names) or `-`.
    `report` is called with an InputError with file and line for each unreadable part, and reading continues. Raises
    InputError at once if a path does not exist. `position` is the file and line of the latest entry. `names` are the
    original names of fields in BigQuery rows (bigquery_rows.logged_names).
    """

    def __init__(
        self,
        paths: Sequence[str],
        report: Callable[[InputError], None],
        names: bigquery_rows.Names = MappingProxyType({}),
    ) -> None:
        self._names = names
        self._files = [file for path in paths for file in _files(path)]
        self._report = report
        self.position = "", 0
        self._raw: IO[bytes] | None = None
        self._bytes_before = 0
        self.total_bytes = None if STDIN in self._files else sum(Path(file).stat().st_size for file in self._files)

    @property
    def bytes_read(self) -> int:
        """The number of bytes read, to compare with `total_bytes` (None for standard input)."""
        return self._bytes_before + (self._raw.tell() if self._raw and self.total_bytes is not None else 0)

    def __iter__(self) -> Iterator[tuple[int, dict[str, Any]]]:
        number = 0
        for file in self._files:
            with self._opened(file) as stream:
                for entry in self._objects(file, stream):
                    number += 1
                    if entry is not None and bigquery_rows.is_flat(entry):
                        name, line = self.position
                        self._report(InputError(texts.FLAT, file=name, line=line))
                    elif entry is not None:
                        is_row = bigquery_rows.is_row(entry)
                        yield number, bigquery_rows.as_log_entry(entry, self._names) if is_row else entry

    def _objects(self, file: str, stream: Stream) -> Iterator[dict[str, Any] | None]:
        name = localize(texts.STANDARD_INPUT) if file == STDIN else file
        try:
            if stream.peek(2)[:2] in UTF16_BOMS or b"\0" in stream.peek(2)[:2]:
                self._report(InputError(texts.UTF16, file=name))
                return
            if stream.peek(3)[:3] == UTF8_BOM:
                stream.read(3)
            beginning = stream.peek(BEGINNING_BYTES)
            is_yaml = yaml_documents.BEGINNING.match(beginning)
            if not is_yaml and not JSON.match(beginning):
                self._report(InputError(texts.NEITHER_JSON_NOR_YAML, file=name, line=1))
                return
            documents = (YamlDocuments if is_yaml else Splitter)(
                stream, lambda line, problem: self._report(InputError(problem, file=name, line=line))
            )
            for document in documents:
                self.position = name, documents.line
                yield document
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            self._report(InputError(texts.BROKEN_GZIP(error=str(error)), file=name))
        except OSError as error:
            self._report(InputError(texts.CANNOT_BE_READ(error=error.strerror or ""), file=name))

    @contextmanager
    def _opened(self, file: str) -> Iterator[Stream]:
        with nullcontext(sys.stdin.buffer) if file == STDIN else Path(file).open("rb") as raw:
            self._raw = raw
            plain = cast("Stream", raw)
            yield cast("Stream", gzip.GzipFile(fileobj=raw)) if plain.peek(2)[:2] == GZIP else plain
            self._bytes_before = self.bytes_read
            self._raw = None


def _files(path: str) -> list[str]:
    """The files of a path argument. Raises InputError when there are none."""
    if path == STDIN:
        return [path]
    found = Path(path)
    if found.is_dir():
        files = sorted(str(file) for file in found.rglob("*") if file.suffix in SUFFIXES and file.is_file())
        if not files:
            raise InputError(texts.NO_FILES(suffixes=", ".join(f"*{suffix}" for suffix in SUFFIXES)), file=path)
        return files
    if not found.exists():
        raise InputError(texts.NO_SUCH_FILE, file=path)
    return [path]
