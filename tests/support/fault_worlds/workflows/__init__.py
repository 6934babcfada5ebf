"""Faults that a workflow repairs."""
