"""Faults of programs that read from Pub/Sub."""
