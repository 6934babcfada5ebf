"""Faults in Cloud Storage."""
