"""Writes the rows that collectors bring."""
