"""Faults in Cloud Run."""
