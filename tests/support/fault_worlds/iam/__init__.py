"""Faults of access."""
