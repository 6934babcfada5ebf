"""Detects changes that violate the access intended by the platform map."""
