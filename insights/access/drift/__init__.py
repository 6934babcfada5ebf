"""Compares actual access with the access that the platform map intends."""
