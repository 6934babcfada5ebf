"""Runs that shared a digest are one line, and one event of an incident."""

from __future__ import annotations

from typing import Any

from dashboard.incidents.runs import by_digest, run_line
from dashboard.incidents.timeline import timeline
from shared.records import IncidentDetail, RunView
from tests.support.incidents import action_run, incident

DIGEST = {"seconds": 0.019, "counts": {"1": 2, "7": 1}}


def sent(number: int, about: int, details: dict[str, Any] | None = None) -> RunView:
    message = "digest of 3 notifications sent" if details else "card sent"
    return action_run(
        id=number, incident_id=about, action="teams", target="teams:default", result=message, details=details
    )


def test_runs_of_one_digest_are_one_line_with_their_incidents() -> None:
    another = {**DIGEST, "seconds": 0.4}
    runs = [sent(5, 7, DIGEST), sent(4, 1), sent(3, 1, DIGEST), sent(2, 1, DIGEST), sent(1, 1, another), sent(0, 1)]
    lines = by_digest(run_line(run, {}, "en") for run in runs)
    assert [(line.run.id, list(line.incidents)) for line in lines] == [(5, [1, 7]), (4, []), (1, []), (0, [])]


def test_the_course_of_an_incident_tells_a_digest_once() -> None:
    detail = IncidentDetail(incident(), [], [sent(3, 1, DIGEST), sent(2, 1, DIGEST), sent(1, 1)])
    printed = [event.text.en for event in timeline(detail, (), ["teams"], "en")]
    assert sum("digest of 3" in each for each in printed) == 1
    assert sum("card sent" in each for each in printed) == 1
