"""One result of a data quality check, as every source reports it and the Schema DB stores it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from shared.identity.fingerprint import fingerprint
from shared.lazy.dataclass import dataclass

RULE = "quality/check_failed"
REPORTED, QUERIED, DATAPLEX = "report", "query", "dataplex"  # where results come from


class CheckState(StrEnum):
    """The outcome of a check: `error` is a check that could not run, `skipped` one that did not."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"


PROBLEMS = (CheckState.ERROR, CheckState.FAILED, CheckState.WARNED)  # the states that are incidents, worst first


@dataclass(frozen=True, slots=True)
class QualityResultRow:
    """One result of one check. Key: `check_key`, time and run.

    `source` says where it comes from (REPORTED, QUERIED, DATAPLEX), `origin` names the reporter, the declared query or
    the scan. `value` is the measured value, `expected` the allowed value, both as text; `message` has details. `url`
    leads to the run.
    """

    check_key: str
    source: str
    origin: str
    check_name: str
    table_name: str
    state: CheckState
    time: datetime
    column_name: str = ""
    partition_name: str = ""
    dimension: str = ""
    severity: str = ""
    value: str = ""
    expected: str = ""
    message: str = ""
    run: str = ""
    url: str = ""


def quality_key(source: str, origin: str, check: str, table: str, column: str = "", partition: str = "") -> str:
    """The fingerprint of a check: only the same check of the same table, column and partition resolves its incident."""
    return fingerprint(RULE, source, origin, check, table, column, partition)
