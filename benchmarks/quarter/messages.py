"""The messages of the platform: lines of Airflow, audit entries after the examples of the documentation, and reports."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

from benchmarks.quarter.platform import ENVIRONMENT, PROJECT
from shared.config import ROOT

Message = dict[str, Any]
LOG = f"projects/{PROJECT}/logs/airflow-scheduler"


def marked(line: str) -> Message:
    """A line of Airflow about a task or a DAG run."""
    return {
        "logName": LOG if line.startswith("Marking run") else LOG.replace("scheduler", "worker"),
        "severity": "ERROR" if "failed" in line else "INFO", "textPayload": line,
        "resource": {"type": "cloud_composer_environment",
                     "labels": {"environment_name": ENVIRONMENT, "location": "eu", "project_id": PROJECT}},
    }  # fmt: skip


def example(rule: str, *replaced: tuple[str, str]) -> Message:
    """The first example of a rule, with other names."""
    examples = json.loads((ROOT / "rules" / f"{rule}.examples.json").read_text(encoding="utf-8"))
    text = json.dumps(examples["match"][0]["entries"][0])
    for old, new in replaced:
        text = text.replace(old, new)
    return json.loads(text)  # type: ignore[no-any-return]


def pushed(message: Message, time: datetime, number: int) -> bytes:
    """The body of the push of a message, published at `time`."""
    stamp = time.isoformat().replace("+00:00", "Z")
    if "logName" in message:
        message = {**message, "insertId": f"m{number}", "timestamp": stamp, "receiveTimestamp": stamp}
    data = base64.b64encode(json.dumps(message).encode()).decode()
    envelope = {"data": data, "messageId": f"m{number}", "publishTime": stamp}
    return json.dumps({"message": envelope, "subscription": "s"}).encode()
