"""Faults of what reads from Pub/Sub."""
