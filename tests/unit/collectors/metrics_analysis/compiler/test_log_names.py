"""Comparisons with logName that determine the logs of a rule, and others that do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectors.metrics_analysis.compiler import RuleErrors, compile_rules
from tests.support.rules import RULE, folder

UNNAMED = [
    "logName|contains: /logs/",
    "logName|contains: /logs/a",
    "logName|contains: [/logs/worker, /logs/]",
    "logName|startswith: projects/p/logs/",
    "logName|startswith: projects/p/logs/a",
    "logName|endswith: activity",
    "logName: '*/logs/*'",
    "logName: '*/logs/a*'",
    "logName|neq: /logs/worker",
    "logName|exists: true",
    "logName|fieldref: resource.type",
    "jsonPayload.logName|endswith: /logs/worker",
    "logName|re: '/logs/.*'",
    r"logName|re: '/logs/\w+'",
    r"logName|re: '/logs/\S'",
    r"logName|re: '/logs/[^/]+$'",
    "logName|re: '/logs/a*'",
    "logName|re: '/logs/(worker)?'",
    "logName|re: '/logs/(?:worker){0,3}'",
    "logName|re: '(/logs/worker)?'",
    "logName|re: '(?:/logs/worker)*'",
    "logName|re: '/logs/(worker|.*)'",
    "logName|re: 'worker|/logs/worker'",
    "logName|re: 'worker$|/logs/worker$'",
    "logName|re: '/logs/worker|.'",
    f"logName|re: '/logs/worker({'|'.join(['[ab]'] * 30)})|{'(a|b|c)' * 7}'",
]
NAMED = [
    "logName: projects/p/logs/worker",
    "logName|endswith: [/logs/worker, /logs/ps]",
    "logName|startswith|cased: projects/p/logs/worker",
    "logName: '*/logs/worker-?'",
    r"logName|re: '^projects/[^/]+/logs/cloudaudit\.googleapis\.com%2Factivity$'",
    r"logName|re|i: '/logs/(?:(?P<role>worker|ps)[\w-]*|ml[.]googleapis[.]com%2F[^/]+)\z'",
    r"logName|re: '(?i)/logs/(worker+|\Qml.googleapis.com\E)(x{1}){2,}?$'",
]


def test_each_rule_on_other_logs_than_audit_logs_names_a_log(tmp_path: Path) -> None:
    for at, log in enumerate(UNNAMED):
        with pytest.raises(RuleErrors, match="names them in every condition: add logName"):
            compile_rules(_rule(log, tmp_path / str(at)))


@pytest.mark.parametrize("log", NAMED)
def test_a_comparison_names_logs_by_their_id_or_its_beginning(log: str, tmp_path: Path) -> None:
    assert compile_rules(_rule(log, tmp_path))["rules"]


def _rule(log: str, root: Path) -> Path:
    return folder(root, {"test/rule.yml": RULE.replace("logName|endswith: /logs/platform", log)})
