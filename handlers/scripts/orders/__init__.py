"""Orders for workers on-premises: what the function publishes for a run of a script, and what the worker answers."""
