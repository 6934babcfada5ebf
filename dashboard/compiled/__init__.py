"""Compiled templates and an index of the pages, as files, so that the first page of a process is fast."""
