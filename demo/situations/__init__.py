"""Situations of the demo with more than one failure."""
