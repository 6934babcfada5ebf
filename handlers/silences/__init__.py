"""Silences: their extent, a reminder before a long one expires, and a summary of what each suppressed."""
