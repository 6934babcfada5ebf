"""Texts about the collectors of history."""
