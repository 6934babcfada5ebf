"""Engines, models and queries of the two databases."""
