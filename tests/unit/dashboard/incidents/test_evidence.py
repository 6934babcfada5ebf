from __future__ import annotations

from typing import Any

import pytest

from dashboard.incidents.evidence import EvidenceRow, evidence_rows
from shared.log_readings import EVIDENCE, ReadingOutcome

RECORD = {
    "outcome": "nothing", "project": "p", "by": "a@example.com", "entries": 1, "query": "severity>=ERROR",
    "since": "2026-11-25T17:00:00+00:00", "until": "2026-11-25T17:32:00+00:00", "at": "2026-11-25T17:33:01.5+00:00",
}  # fmt: skip
READ = "1 entry of project p from 2026-11-25 17:00:00 UTC to 2026-11-25 17:32:00 UTC was read at 2026-11-25 17:33:01 UTC by a@example.com."


def rows(outcome: ReadingOutcome, *, is_reason_known: bool) -> list[EvidenceRow]:
    evidence: dict[str, Any] = {"fields": {"textPayload": "failed"}, EVIDENCE: {**RECORD, "outcome": outcome}}
    return evidence_rows(evidence, "en", is_reason_known=is_reason_known)


@pytest.mark.parametrize(
    ("outcome", "is_reason_known", "message"),
    [
        (ReadingOutcome.NOTHING, False, f"No line contains the reason. {READ}"),
        (ReadingOutcome.NOTHING, True, f"The reason comes from another entry; none of these lines contains it. {READ}"),
        (ReadingOutcome.FOUND, True, f"Found the line with the reason. {READ}"),
    ],
)
def test_the_record_of_a_reading_does_not_deny_a_reason_that_is_known(
    outcome: ReadingOutcome,
    is_reason_known: bool,  # noqa: FBT001 - a parameter of a test
    message: str,
) -> None:
    field, record, query = rows(outcome, is_reason_known=is_reason_known)
    assert field == EvidenceRow("textPayload", "failed", is_matched=True)
    assert record == EvidenceRow("log around it", message, is_matched=False, is_sentence=True)
    assert query == EvidenceRow("filter of the reading", "severity>=ERROR", is_matched=False)
