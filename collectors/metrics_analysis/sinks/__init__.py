"""Generates Cloud Logging filters for the log sinks from the compiled rules; see docs/sinks.md."""

from __future__ import annotations
