"""The matrix of principals and resources: the part that an address asks for, and its rows in a CSV file."""

# ruff: noqa: PLC0415 - SQLAlchemy is imported with the first question, not with the process

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import flask

from dashboard import moments
from dashboard.page_request import PageRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from insights.access.answers.matrix import AccessMatrix, MatrixQuestion
    from insights.access.model import Usage
    from shared.texts import Text

DAYS = 90
COLUMNS, ROWS = 6, 15  # on a page
EXPORTED = 200  # resources in a CSV file
UNQUOTED = "!$'()*,/:;?@"  # in the query string of an address, as Werkzeug writes it
HEAD = (
    "principal",
    "resource",
    "level",
    "intended",
    "use",
    "last_used",
    "reason",
    "removed",
    "role",
    "granted_on",
    "member",
)


def question(request: PageRequest, start: datetime, *, is_export: bool = False) -> MatrixQuestion:
    """The part of the matrix in the query string; the first resources with every principal for an export."""
    from insights.access.answers.matrix import MatrixQuestion
    from insights.access.model import Level

    may = request.args.get("may", "")
    text = {name: request.args.get(name, "").strip() for name in ("project", "on", "who")}
    first_row, first_column = ((request.number(name) - 1) for name in ("page", "columns"))
    return MatrixQuestion(
        at=moments.chosen(request, "at") or request.now,
        history=(start, request.now),
        project=text["project"],
        resources=text["on"],
        principals=text["who"],
        may=Level(may) if may in list(Level) else None,
        columns=range(EXPORTED) if is_export else range(first_column * COLUMNS, (first_column + 1) * COLUMNS),
        rows=range(sys.maxsize) if is_export else range(first_row * ROWS, (first_row + 1) * ROWS),
        days=DAYS,
    )


def cell_link(at: str | None) -> Callable[[str, str, str], str]:
    """The address of the grants behind a cell: of a resource, a level and a principal, at the time of the matrix.

    Flask would need six times as long for each of a hundred cells.
    """
    path, time = flask.url_for("access.show_resource"), {"at": at} if at is not None else {}

    def link(resource: str, level: str, principal: str) -> str:
        values = {"on": resource, "may": level, "who": principal, **time}
        return f"{path}?{urlencode(values, safe=UNQUOTED)}"

    return link


def reason(usage: Usage) -> Text | None:
    """Why a use is unknown, in words that are the same for all grants with this kind of reason; None if it is known."""
    from insights.access.model import Use
    from shared.texts.access.usage import KINDS

    return KINDS.get(usage.kind, usage.text) if usage.state is Use.UNKNOWN else None


def moment_before(end: datetime) -> str:
    """The last second before access ended, for the address of the page that shows it."""
    return (end - timedelta(seconds=1)).isoformat()


def csv_rows(matrix: AccessMatrix) -> Iterator[list[Any]]:
    """A row for each principal and resource with access, now or before, in the order of HEAD."""
    for row in matrix.rows:
        for resource, cell in zip(matrix.resources, row.cells, strict=True):
            if cell is not None:
                usage, grant = cell.usage, cell.ways[0].access.grant
                use = "" if cell.ended else str(usage.state)
                access = row.principal, resource, str(cell.level), str(cell.intent), use, usage.last_used, usage.text
                yield [*access, cell.ended, grant.role, grant.resource, grant.member]
