"""A table as a file for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import flask

from dashboard.formats import reader, visible
from shared.texts import Text

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def response(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> flask.Response:
    """The rows as a CSV response with a header; the browser saves it as `name`. Values must be safe for spreadsheets."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns)
    writer.writeheader()
    writer.writerows(rows)
    return _download(buffer, name)


def csv_file(name: str, head: Sequence[Text | str], rows: Iterable[Sequence[Any]]) -> flask.Response:
    """A response that a browser saves as `name`.csv: UTF-8 with a byte order mark, so that spreadsheets show Japanese.

    Times are ISO 8601 in UTC. A text that a spreadsheet would run as a formula begins with an apostrophe.
    """
    written = io.StringIO()
    writer = csv.writer(written)
    for row in ([_cell(each) for each in row] for row in (head, *rows)):
        writer.writerow(row)
    return _download(written, f"{name}.csv")


def _download(written: io.StringIO, name: str) -> flask.Response:
    """The response, with a byte order mark."""
    made = flask.Response("\ufeff" + written.getvalue(), mimetype="text/csv")
    made.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return made


def _cell(value: Any) -> Any:
    """A cell of the file."""
    if isinstance(value, Text):
        return reader().text(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        text = visible(value)
        return f"'{text}" if text.startswith(_FORMULA) else text
    return "" if value is None else value
