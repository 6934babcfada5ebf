"""Simulates a detection rule on the past: on the data stored by an installation, or on log entries.

An installation stores the fields of the entries that some rule matched, and the calls in its history. The simulation
has three results: the rule matches, it does not match, or a deciding field is not stored (partial.py).
"""
