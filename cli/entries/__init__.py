"""Exported log entries: read, split and analyzed."""
