"""What a detection rule would have found in the past: on what an installation keeps, or on log entries.

An installation keeps the fields of the entries that some rule matched, and what the history knows of calls. A rule is
evaluated on these with three values (partial.py): it matches, it does not, or a field that decides is not kept.
"""
