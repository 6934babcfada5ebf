"""Detects changes that break the access that the platform map intends."""
