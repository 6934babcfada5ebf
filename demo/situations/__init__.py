"""Situations of the demo that are more than one failure."""
