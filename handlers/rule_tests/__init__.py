"""Tests of handler rules, beside the rules: an incident, and which rules run for it in which order."""
