"""Helpers that delay work at start-up until its first use, because start-up delays the first response."""
