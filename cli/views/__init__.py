"""Formats answers for the terminal."""
