"""Values that HINOMI_REDACT names are in no text that a template makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from collectors.metrics_analysis.compiler import compile_rules
from collectors.metrics_analysis.rule_state import MemoryRuleState
from collectors.metrics_analysis.sigma.engine import Engine
from collectors.metrics_analysis.stateful import resolve_state
from shared.model import Finding
from shared.redaction import REDACTED
from tests.support.rules import BURST, DENIED, audit, folder, platform

LEAKY = r"""
title: Leaky
id: 44444444-4444-4444-8444-444444444445
level: high
logsource: {product: gcp, service: gcp.platform}
detection:
  failed: {jsonPayload.state: FAILED, logName|endswith: /logs/platform}
  good: {jsonPayload.state: OK, logName|endswith: /logs/platform}
  condition: failed
hinomi:
  kind: job_failure
  resource: '{jsonPayload.job}'
  principal: '{jsonPayload.token|jsonPayload.user}'
  fingerprint: ['{jsonPayload.token}']
  extract: [{field: jsonPayload.token, regex: 'key-(?P<key>\w+)'}, {field: jsonPayload.note, regex: '(?P<word>\w+)'}]
  labels: {key: '{extracted.key}', word: '{extracted.word}'}
  summary: 'TEMPLATE'
  recovery: {condition: good, summary: 'over with TEMPLATE'}
  ja: {title: 漏洩, summary: '漏洩 TEMPLATE', recovered: '復旧 TEMPLATE'}
"""
SECRET = "path/to/key-hunter2"


def leaky(root: Path, template: str, redact: tuple[str, ...] = ("*token*",)) -> Engine:
    return Engine(compile_rules(folder(root, {"test/leaky.yml": LEAKY.replace("TEMPLATE", template)})), redact)


def found(rules: Engine, **payload: Any) -> Finding:
    (finding,) = rules.evaluate(platform(**{"job": "daily", "state": "FAILED", "token": SECRET, **payload})).findings
    return finding


@pytest.mark.parametrize(
    "template",
    ["{jsonPayload.token}", "{jsonPayload.token:tail}", "{jsonPayload.none|jsonPayload.token}", "{extracted.key}"],
)
def test_a_value_is_hidden_by_its_path_however_it_is_shown(tmp_path: Path, template: str) -> None:
    finding = found(leaky(tmp_path, template))
    assert finding.summary == REDACTED
    assert finding.translations["ja"]["summary"] == f"漏洩 {REDACTED}"
    assert finding.labels["key"] == finding.principal == REDACTED


def test_a_value_inside_a_shown_object_is_hidden(tmp_path: Path) -> None:
    finding = found(leaky(tmp_path, "{jsonPayload.request}"), request={"token": 'a"b', "size": 3})
    assert finding.summary == '{"token":"<redacted>","size":3}'


def test_a_recovery_hides_values_too(tmp_path: Path) -> None:
    rules = leaky(tmp_path, "{jsonPayload.token}")
    (over,) = rules.evaluate(platform(state="OK", token=SECRET)).recoveries
    assert over.summary == f"over with {REDACTED}"
    assert over.translations == {"ja": {"summary": f"復旧 {REDACTED}"}}


def test_hidden_values_still_distinguish_faults(tmp_path: Path) -> None:
    rules = leaky(tmp_path, "x")
    assert found(rules).fingerprint != found(rules, token="other").fingerprint


def test_values_without_a_pattern_are_shown(tmp_path: Path) -> None:
    finding = found(leaky(tmp_path, "{jsonPayload.note} {extracted.word}"), note="plain text")
    assert finding.summary == "plain text plain"
    assert found(leaky(tmp_path, "{jsonPayload.token:tail}", redact=())).summary == "key-hunter2"


def test_a_correlation_hides_values_too(tmp_path: Path) -> None:
    files = {"test/denied.yml": DENIED, "test/burst.yml": BURST}
    rules = Engine(compile_rules(folder(tmp_path, files)), ("*.principalEmail",))
    state = MemoryRuleState()
    entries = [
        audit(second=at, status={"code": 7}, authenticationInfo={"principalEmail": "eve@example.com"})
        for at in range(3)
    ]
    findings = [finding for entry in entries for finding in resolve_state(rules.evaluate(entry), state)[0]]
    assert [finding.summary for finding in findings] == [f"3 denied calls by {REDACTED}"]


OPERATION = """
title: Instance not created
id: 66666666-6666-4666-8666-666666666666
level: medium
logsource: {product: gcp, service: gcp.audit}
detection:
  call: {protoPayload.methodName: insert}
  failed: {protoPayload.status.code|gte: 1}
  condition: call and failed
hinomi:
  kind: job_failure
  resource: '{protoPayload.resourceName}'
  fingerprint: ['{protoPayload.resourceName}']
  summary: '{protoPayload.request.name} failed ({protoPayload.request.disks.secretKey})'
  operation: {start: call}
"""


def start(root: Path, *texts: str, **request: Any) -> dict[str, Any]:
    """The stored fields of an operation's first entry."""
    files = {f"test/rule{at}.yml": text for at, text in enumerate(texts)}
    rules = Engine(compile_rules(folder(root, files)), ("*secret*",))
    entry = audit(methodName="insert", authenticationInfo={"principalEmail": "a@example.com"}, request=request)
    first, *others = rules.evaluate({**entry, "operation": {"id": "1", "first": True}}).starts
    assert all(other == first for other in others)
    return dict(first.start["protoPayload"])


def test_only_fields_that_can_be_shown_are_stored_of_the_start_of_an_operation(tmp_path: Path) -> None:
    disks = [{"secretKey": "hunter2", "size": 3}, {"size": 4}]
    kept = start(tmp_path, OPERATION, name="vm-1", disks=disks, metadata={"startup-script": "curl …"})
    assert kept == {
        "authenticationInfo": {"principalEmail": "a@example.com"},
        "request": {"name": "vm-1", "disks": [{"secretKey": REDACTED}]},
    }


def test_the_start_of_an_operation_serves_every_rule(tmp_path: Path) -> None:
    other = OPERATION.replace("-666666666666", "-777777777777").replace("not created", "not made")
    kept = start(tmp_path, OPERATION, other.replace("request.name", "request.zone"), name="vm-1", zone="z", size=3)
    assert kept["request"] == {"name": "vm-1", "zone": "z"}
