"""Remediations of Cloud Storage."""
