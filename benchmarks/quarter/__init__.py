"""A simulated quarter of a data platform: its jobs, tables, metrics and costs, with injected faults."""
