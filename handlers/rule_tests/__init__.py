"""Tests of handler rules, stored beside the rules: an incident, and the rules that should run for it, in order."""
