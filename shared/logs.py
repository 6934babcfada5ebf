"""Structured log lines on standard output, in the form that Cloud Logging parses.

The keys are Cloud Logging's own (docs.cloud.google.com/logging/docs/structured-logging). A line holds ids
and counts, never a payload or a secret.
"""

from __future__ import annotations

import json
import sys


def log(severity: str, message: str, **fields: object) -> None:
    """Writes one line. `severity` is Cloud Logging's: INFO, WARNING, ERROR."""
    line = json.dumps({"severity": severity, "message": message, **fields}, default=str, ensure_ascii=False)
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
