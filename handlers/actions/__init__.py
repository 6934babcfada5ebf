"""Remediations, one module each; all modules of this package are loaded."""
