"""Entries in logs that others can write, or in logs of another resource, match no shipped rule."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from collectors.metrics_analysis.compiler.examples import cases
from collectors.metrics_analysis.evidence import LogEntry, understand
from tests.support.findings import NOON
from tests.support.shipped_rules import RULES, compiled, engine

AUDIT = "/logs/cloudaudit.googleapis.com%2F"
PLACES = ("project_id", "folder_id", "organization_id", "resource_container")


def _read(data: dict[str, Any]) -> dict[str, Any]:
    evidence = understand(data, received=NOON)
    assert isinstance(evidence, LogEntry)
    return evidence.entry


@cache
def _examples() -> list[tuple[str, dict[str, Any]]]:
    """Each example entry from a log that matches a rule, with that rule."""
    return [
        (case.rule, entry)
        for case in cases(RULES, compiled())
        for data in case.entries
        if engine().evaluate(entry := _read(data)) and entry.get("logName")
    ]


def _parent(log: str) -> str:
    return log.partition("/logs/")[0]


def _end(log: str) -> str:
    return "/logs/" + log.partition("/logs/")[2]


CUSTOM: dict[str, Callable[[str], str]] = {
    "a log of another name": lambda log: f"{_parent(log)}/logs/mine",
    "a name that begins like an audit log": lambda log: f"{log}2",
    "a longer path": lambda log: f"{log}%2Fmine",
    "an audit log below another name": lambda log: f"{_parent(log)}/logs/mine{_end(log)[5:]}",
    "the same, escaped": lambda log: f"{_parent(log)}/logs/mine%2Flogs%2F{_end(log)[6:]}",
    "a name that is not escaped": lambda log: log.replace("%2F", "/"),
    "a name that is escaped twice": lambda log: log.replace("%2F", "%252F"),
    "a name that is escaped in lower case": lambda log: log.replace("%2F", "%2f"),
    "a name in upper case": str.upper,
    "a line break": lambda log: f"{log}\n",
    "a leading slash": lambda log: f"/{log}",
    "no name": lambda _: "",
}


@pytest.mark.slow
@pytest.mark.parametrize("renamed", CUSTOM.values(), ids=CUSTOM)
def test_an_audit_entry_in_another_log_matches_nothing(renamed: Callable[[str], str]) -> None:
    audit = [(rule, entry) for rule, entry in _examples() if AUDIT in entry["logName"]]
    assert len({rule for rule, _ in audit}) > 70
    found = {rule for rule, entry in audit if engine().evaluate({**entry, "logName": renamed(entry["logName"])})}
    assert found == set()


def _names_its_place(entry: dict[str, Any]) -> bool:
    """Whether the entry contains a project id; a project number is not enough."""
    labels = entry["resource"]["labels"]
    return any(not str(labels[name]).rpartition("/")[2].isdecimal() for name in PLACES if name in labels)


@pytest.mark.parametrize(
    "parent", ["projects/other", "projects/99988877", "folders/777", "organizations/777", "billingAccounts/A-1"]
)
def test_an_entry_in_a_log_of_another_place_matches_nothing(parent: str) -> None:
    placed = [(rule, entry) for rule, entry in _examples() if _names_its_place(entry)]
    assert len({rule for rule, _ in placed}) > 100
    found = {rule for rule, entry in placed if engine().evaluate({**entry, "logName": parent + _end(entry["logName"])})}
    assert found == set()


def _with_domain(data: dict[str, Any], domain: str) -> dict[str, Any]:
    """The entry with other domains of service accounts; `*` stands for the label before `gserviceaccount.com`."""
    text = re.sub(
        r"@([a-z0-9.-]*)gserviceaccount\.com", lambda found: f"@{domain.replace('*', found[1])}", json.dumps(data)
    )
    return _read(json.loads(text))


def _matching(entry: dict[str, Any]) -> set[str]:
    found = engine().evaluate(entry)
    return {rule for some in (found.findings, found.recoveries, found.counted) for rule in (one.rule for one in some)}


@pytest.mark.slow
@pytest.mark.parametrize(
    "domain", ["evilgserviceaccount.com", "*gserviceaccount.com.example.net", "*gserviceaccount.company.example"]
)
def test_a_domain_similar_to_that_of_service_accounts_is_one_of_people(domain: str) -> None:
    examples = [
        data for case in cases(RULES, compiled()) for data in case.entries if "gserviceaccount.com" in str(data)
    ]
    assert len(examples) > 100
    different = [
        (seen ^ expected, data["insertId"])
        for data in examples
        if (seen := _matching(_with_domain(data, domain)))
        != (expected := _matching(_with_domain(data, "*example.net")))
    ]
    assert different == []
