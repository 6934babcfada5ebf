"""Compares jobs with their own history."""
