"""A table as a file for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import flask


def response(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> flask.Response:
    """The rows as CSV with a header; the browser saves them under `name`. Values must be safe for spreadsheets."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns)
    writer.writeheader()
    writer.writerows(rows)
    made = flask.Response(buffer.getvalue(), mimetype="text/csv")
    made.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return made
