"""Collects the history of services in snapshots and writes it to the Schema DB."""
