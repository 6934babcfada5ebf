"""Texts of remediations."""
