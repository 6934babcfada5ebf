"""A simulated quarter of a data platform: its jobs, tables, metrics and costs, and the faults that are put into it."""
