"""Detects jobs that have not started by their usual time, and runs that take longer than usual."""
