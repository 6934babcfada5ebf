"""A noun after a number agrees with it: "1 run", and not "1 runs"."""

from __future__ import annotations

import re

import pytest

from shared.texts import Plural, Template
from shared.texts.cli import backtest, baselines, history, rules
from shared.texts.dashboard import handlers, job, jobs
from shared.texts.detection import backtest as rule_backtest
from tests.support.texts import Entry, entries

COUNTED = re.compile(r"(?<!of )\{count\} (?:days|runs|jobs|rules|grants|times|incidents|hours|minutes|entries)\b")
SEVERAL = {  # texts about at least two, and about limits of hundreds
    "actions.CHANGED_MEANWHILE",
    "baselines.TIMES",
    "cli.dlq.NOT_DELIVERED_OFTEN",  # Pub/Sub gives up after five attempts at the earliest
    "dashboard.access.FIRST_GRANTS",
    "dashboard.access.FIRST_OF_PRINCIPAL",
    "dashboard.access_matrix.FIRST_GRANTS",
    "job_chains.timeline.DECIDED",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (handlers.VERSION_TITLE(number=3, count=1), "Version 3 changed 1 rule."),
        (handlers.RUNS_VERDICT(count=1), "The last run of an action."),
        (jobs.CELL(day="1 Dec", state="late", count=1, failed=0), "1 Dec: late, 1 run, 0 failed"),
        (jobs.CELL_MISSING(day="1 Dec", count=1), "1 Dec: 1 run never started"),
        (job.DURATION_LABEL(count=1), "Duration of the last run"),
        (rules.MORE_ENTRIES(count=1), "Only the first entry is explained: use --limit for more."),
        (rule_backtest.CUT_ENTRIES(count=1), "Only the first entry was read: raise --limit, or shorten --since."),
        (backtest.SUMMARY(count=1, series=1, days=backtest.DAYS(count=1)), "1 incident of 1 series in 1 day."),
        (baselines.DAYS(count=1), "1 day"),
        (history.NO_JOB_RAN(count=1, of_service="", latest="Never."), "No job ran in the last day. Never."),
    ],
)
def test_one_is_singular(text: object, expected: str) -> None:
    assert getattr(text, "en", text) == expected


def test_every_counted_noun_has_a_singular() -> None:
    templates = [
        entry for entry in entries() if isinstance(entry.text, Template) and not isinstance(entry.text, Plural)
    ]
    assert {str(entry) for entry in templates if _counts(entry)} == SEVERAL


def _counts(entry: Entry) -> bool:
    return any(COUNTED.search(text) for text in entry.english)
