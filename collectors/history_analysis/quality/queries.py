"""Runs the queries of rules/quality.yaml (insights/quality/queries_file.py). Each row is a result of a check."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from collectors.history_analysis.bigquery import query
from collectors.history_analysis.collector import Batch, Collector, SnapshotContext
from shared.config import Settings
from shared.errors import InputError
from shared.model import Severity
from shared.quality.result import QUERIED, CheckState, QualityResultRow, quality_key
from shared.texts import quality_queries as texts

DOC = "Results of data quality checks, from a query of rules/quality.yaml."
SHOWN = 300  # characters of a value
_COMPARISONS = {
    "=": lambda value, limit: value == limit,
    "!=": lambda value, limit: value != limit,
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
    ">": lambda value, limit: value > limit,
    ">=": lambda value, limit: value >= limit,
}
_OPPOSITES = {"=": "!=", "!=": "", "<": "at least ", "<=": "more than ", ">": "at most ", ">=": "less than "}


def collectors(queries: Sequence[Mapping[str, Any]]) -> Iterator[Collector]:
    """A collector for each compiled query."""
    return (QualityQuery(spec).collector() for spec in queries)


@dataclass(frozen=True, slots=True)
class QualityQuery:
    """A query. deploy/parts/quality_grants.py grants reading its tables; the generated role only permits running it."""

    spec: Mapping[str, Any]

    def collector(self) -> Collector:
        """The collector that runs the query in its project, if the project is monitored."""
        return Collector(
            name=f"quality.{self.spec['name']}",
            doc=DOC,
            every=timedelta(seconds=self.spec["every"]),
            permissions=("bigquery.jobs.create",),
            scopes=self._scopes,
            collect=self._collect,
            lag=timedelta(0),
            overlap=timedelta(hours=1),  # a row that is written late counts once all the same
        )

    def _scopes(self, settings: Settings) -> list[str]:
        return [f"projects/{self.spec['project']}"] if self.spec["project"] in settings.projects else []

    def _collect(self, context: SnapshotContext) -> Iterator[Batch]:
        window = {"since": context.window_start, "until": context.window_end}
        bounds = {name: time for name, time in window.items() if re.search(rf"@{name}\b", self.spec["sql"])}
        most = self.spec["max_megabytes"] * 1_000_000
        for page in query.run(context, self.spec["location"], self.spec["sql"], bounds, max_bytes=most):
            yield Batch([self._row(row, context) for row in page])

    def _row(self, row: Mapping[str, Any], context: SnapshotContext) -> QualityResultRow:
        check, table = self._text(row, "check") or self.spec["name"], self._text(row, "table") or self.spec["table"]
        place = (check, table, self._text(row, "column"), self._text(row, "partition"))
        state = self._state(row)
        return QualityResultRow(
            check_key=quality_key(QUERIED, self.spec["name"], *place),
            source=QUERIED,
            origin=self.spec["name"],
            check_name=check,
            table_name=table,
            column_name=place[2],
            partition_name=place[3],
            state=state,
            time=_time(self._value(row, "time")) or context.slot,
            dimension=self._text(row, "dimension").lower()[:60],
            severity=_severity(self._text(row, "severity")),
            value=self._text(row, "value"),
            expected=self._text(row, "expected") or _allowed(self.spec["warn"] or self.spec["fail"]),
            message=self._text(row, "message"),
            run=self._text(row, "run"),
            url=_https(self._text(row, "url")),
        )

    def _value(self, row: Mapping[str, Any], name: str) -> Any:
        column = self.spec["columns"].get(name)
        if column is None:
            return None
        if column not in row:
            listed = ", ".join(row)
            raise InputError(texts.NO_COLUMN(query=self.spec["name"], column=column, columns=listed))
        return row[column]

    def _text(self, row: Mapping[str, Any], name: str) -> str:
        return _shown(self._value(row, name))

    def _state(self, row: Mapping[str, Any]) -> CheckState:
        """The state of a row: that of its column, else that of its value. Raises InputError for an unknown one."""
        if "state" in self.spec["columns"]:
            found = self._text(row, "state").strip().lower()
            if found not in self.spec["states"]:
                raise InputError(texts.UNKNOWN_STATE(query=self.spec["name"], state=found))
            return CheckState(self.spec["states"][found])
        value = self._value(row, "value")
        if value is None:
            return CheckState.ERROR
        for condition, state in ((self.spec["fail"], CheckState.FAILED), (self.spec["warn"], CheckState.WARNED)):
            if condition and _holds(condition, float(value)):
                return state
        return CheckState.PASSED


def _holds(condition: str, value: float) -> bool:
    sign, limit = _parts(condition)
    holds: bool = _COMPARISONS[sign](value, float(limit))
    return holds


def _allowed(condition: str) -> str:
    """The allowed values, from the condition for a failure: `at most 0` for `> 0`."""
    if not condition:
        return ""
    sign, limit = _parts(condition)
    return f"{_OPPOSITES[sign]}{limit}"


def _parts(condition: str) -> tuple[str, str]:
    sign = condition.rstrip("-.0123456789 ")
    return sign, condition[len(sign) :].strip()


def _shown(value: Any) -> str:
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _time(value: Any) -> datetime | None:
    """The time in a column: TIMESTAMP, DATETIME and DATE in UTC, or their text."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime(value.year, value.month, value.day, tzinfo=UTC) if isinstance(value, date) else None


def _severity(text: str) -> str:
    return text.lower() if text.lower() in list(Severity) else ""


def _https(text: str) -> str:
    return text if text.startswith("https://") and not re.search(r"[\s<>\"'\\]", text) else ""
