"""Common parts of the formats: values as text, quoted names, and checks with the same name."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Report = dict[str, Any]
IDENTITY = ("check", "table", "column", "partition")
DETAILS = "_details"  # of a report: what tells it from another of the same name; it is not sent


def given(**fields: Any) -> Report:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value not in (None, "", {}, [])}


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is an object, otherwise an empty object."""
    return value if isinstance(value, Mapping) else {}


def objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def scalar(value: Any) -> Any:
    """A number, text or boolean unchanged; any other value as short JSON."""
    if value is None or isinstance(value, str | int | float):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)[:200]


def unquoted(name: Any) -> str:
    """The name of a table without the quotes of a database."""
    return str(name or "").replace('"', "").replace("`", "").strip()


def distinct(reports: Iterable[Report]) -> Iterator[Report]:
    """The reports without DETAILS.

    Checks in one file with equal name, table, column and partition get a digest of DETAILS.
    """
    every = list(reports)
    count = Counter(_identity(each) for each in every)
    for each in every:
        details = each.get(DETAILS)
        named = {name: value for name, value in each.items() if name != DETAILS}
        if count[_identity(each)] > 1 and details is not None:
            text = json.dumps(details, sort_keys=True, default=str)
            named["check"] = f"{each['check']} #{hashlib.sha256(text.encode()).hexdigest()[:6]}"
        yield named


def _identity(report: Report) -> tuple[str, ...]:
    return tuple(str(report.get(name, "")) for name in IDENTITY)
