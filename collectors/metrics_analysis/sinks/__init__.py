"""From the compiled rules to Cloud Logging filters for the log sinks: docs/sinks.md says what they let through and why."""

from __future__ import annotations
