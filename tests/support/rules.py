"""Rules and entries for tests of the engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from collectors.metrics_analysis.compiler import compile_rules
from collectors.metrics_analysis.compiler.detection import Detection
from collectors.metrics_analysis.compiler.rule_errors import Problems
from collectors.metrics_analysis.sigma import matcher
from collectors.metrics_analysis.sigma.engine import Engine
from collectors.metrics_analysis.sigma.matcher import Node
from shared.strict_yaml import Document

RULE = """\
title: Job failed
id: 11111111-1111-4111-8111-111111111111
status: test
level: medium
sigma-version: 3
logsource: {product: gcp, service: gcp.platform}
detection:
  job: {jsonPayload.job|exists: true, logName|endswith: /logs/platform}
  failed: {jsonPayload.state: FAILED}
  condition: job and failed
hinomi:
  kind: job_failure
  resource: '{jsonPayload.job}'
  fingerprint: ['{jsonPayload.job}']
  summary: 'Job {jsonPayload.job} failed'
  recovery: {condition: job and not failed, quiet: 1h}
"""

NEXT = """\
  next:
    - en: Read the log.
      ja: ログを確認します。
      command: >-
        gcloud logging read 'jsonPayload.job="{jsonPayload.job}"'
    - en: Run it again.
      ja: 再実行します。
"""

DENIED = """\
title: Denied call
id: 22222222-2222-4222-8222-222222222222
name: denied
logsource: {product: gcp, service: gcp.audit}
detection:
  denied: {protoPayload.status.code: 7}
  condition: denied
hinomi: {only: correlation}
"""

BURST = """\
title: Burst of denied calls
id: 33333333-3333-4333-8333-333333333333
level: high
correlation:
  type: event_count
  rules: [denied]
  group-by: [protoPayload.authenticationInfo.principalEmail]
  timespan: 10m
  condition: {gte: 3}
hinomi:
  kind: irregular_access
  resource: '{resource.labels.project_id}'
  fingerprint: ['{protoPayload.authenticationInfo.principalEmail}']
  summary: '{count} denied calls by {protoPayload.authenticationInfo.principalEmail}'
"""


def folder(root: Path, files: dict[str, str]) -> Path:
    """Writes a rules folder with these files, by path."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def engine(root: Path, *texts: str) -> Engine:
    """An engine with the rules, named test/rule0, test/rule1 and so on."""
    return Engine(compile_rules(folder(root, {f"test/rule{at}.yml": text for at, text in enumerate(texts)})))


def condition(definitions: dict[str, Any], text: str) -> Node:
    """Compiles a condition with the real compiler, and loads it from JSON as the function does."""
    problems = Problems(Document(definitions, "test.yml", {(): 1}))
    places: dict[str, tuple[str | int, ...]] = {name: (name,) for name in definitions}
    tree = Detection(definitions, places, problems, arrays=True).tree(text, "condition")
    assert not problems.errors, problems.errors
    return matcher.build(json.loads(json.dumps(tree)))


def holds(definition: Any, entry: dict[str, Any]) -> bool:
    """Whether a detection matches an entry."""
    return condition({"selection": definition}, "selection").holds(entry, entry)


def platform(*, second: int = 0, **payload: Any) -> dict[str, Any]:
    """A platform log entry with a jsonPayload."""
    return {**_envelope(second, "platform"), "jsonPayload": payload}


def audit(*, second: int = 0, **payload: Any) -> dict[str, Any]:
    """An audit log entry with a protoPayload."""
    return {**_envelope(second, "cloudaudit.googleapis.com%2Factivity"), "protoPayload": payload}


def _envelope(second: int, log: str) -> dict[str, Any]:
    return {
        "logName": f"projects/example-project/logs/{log}",
        "insertId": f"entry-{second}",
        "timestamp": f"2026-01-02T{3 + second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.5Z",
        "resource": {"type": "global", "labels": {"project_id": "example-project"}},
    }
