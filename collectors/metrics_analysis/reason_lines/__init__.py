"""Reads the log around a failure whose entry does not say why: once, read-only, within limits of time, entries and calls."""

from __future__ import annotations

from shared.config import Settings

PERMISSIONS = ("logging.logEntries.list",)


def is_enabled(settings: Settings) -> bool:
    """Whether logs are read at all (HINOMI_REASON_LOG_ENTRIES)."""
    return settings.reason_log_entries > 0


def can_read(settings: Settings) -> bool:
    """Whether this process can read Cloud Logging: always on Google Cloud, elsewhere only if an endpoint is set."""
    return is_enabled(settings) and (settings.on_google_cloud or bool(settings.logging_endpoint))
