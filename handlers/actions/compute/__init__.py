"""Remediations of Compute Engine."""
